"""A proxy before Apus that changes one thing: what the differ must find."""
import http.server
import re
import socket
import threading

from harness.http_client import Unanswered

from .peers import PlainClient


class PlantingProxy:
    """Listens on a free port until `stop`. `change` gets status and body, and returns both; it may leave
    them as they are.
    """

    def __init__(self, upstream_port, change):
        self.changes = 0
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def handle_all(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                headers = {
                    name: value for name, value in self.headers.items()
                    if name.lower() not in ("host", "content-length", "accept-encoding")}
                client = PlainClient(upstream_port)
                try:
                    answer = client.exchange(self.command, self.path, body, headers)
                except Unanswered:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                finally:
                    client.close()
                status, changed = change(answer.status, answer.body)
                proxy.changes += (status, changed) != (answer.status, answer.body)
                self.send_response_only(status)
                for name, value in answer.headers.items():
                    if name not in ("content-length", "connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(changed)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(changed)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = handle_all

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def other_message(status, body):
    """A message that ends with a full stop."""
    return status, body.replace(b' does not exist"', b' does not exist."')


def whole_float(status, body):
    """The first integer in a metadata value as a float."""
    return status, re.sub(rb'("i2?":-?\d{1,9})(?=[,}])', rb"\1.0", body, count=1)


def two_records_swapped(status, body):
    """The first two ids of a get in the other order."""
    return status, re.sub(rb'^\{"ids":\[("[a-z]"),("[a-z]")', rb'{"ids":[\2,\1', body)


def null_for_empty(status, body):
    return status, body.replace(b'"uris":null', b'"uris":[]')


def other_status(status, body):
    return (404, body) if status == 422 else (status, body)


def distance_off(status, body):
    """The first distance larger by a tenth."""
    return status, re.sub(rb'("distances":\[\[\d+\.)(\d)', lambda m: m[1] + b"%d" % ((int(m[2]) + 1) % 10), body)


# Each with a pattern that the report of its difference has.
PLANTS = [
    (other_message, r"body\.message: .*does not exist', Apus .*does not exist\.'"),
    (whole_float, r"metadata.*: Chroma -?\d+, Apus '-?\d+\.0'"),
    (two_records_swapped, r"body\.ids\[0\]: Chroma"),
    (null_for_empty, r"body\.uris: Chroma None, Apus \[\]"),
    (other_status, r"status: Chroma 422, Apus 404"),
    (distance_off, r"query 0: distances: Chroma"),
]
