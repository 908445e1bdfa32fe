"""Several servers behind one port: each request goes to the next one, whatever connection it comes by.

    cd Tests/Integration && python -m harness.round_robin COMMAND...

starts two servers with strong reads on one folder (on one S3 bucket with `--s3`) and runs COMMAND, in which
`{port}` stands for the port before them; ends with its status.
"""
import argparse
import http.server
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import threading

from . import s3_server
from .apus_server import ApusServer
from .http_client import HTTPClient, Unanswered

_OF_A_CONNECTION = ("host", "connection", "content-length", "transfer-encoding", "expect")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # With Python's 5 the kernel resets connections when many clients connect at once.
    request_queue_size = 1024


class RoundRobin:
    """A proxy on a free port until `stop`. An answer that does not come ends the client's connection, too."""

    def __init__(self, ports):
        self.counts = [0] * len(ports)
        turns = itertools.cycle(range(len(ports)))
        lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                self.clients = [HTTPClient(port, timeout=120) for port in ports]

            def finish(self):
                for client in self.clients:
                    client.close()
                super().finish()

            def log_message(self, *_):
                pass

            def forward(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length) if length else None
                headers = {
                    name: value for name, value in self.headers.items()
                    if name.lower() not in _OF_A_CONNECTION}
                with lock:
                    turn = next(turns)
                    proxy.counts[turn] += 1
                try:
                    answer = self.clients[turn].request(self.command, self.path, body, headers)
                except Unanswered:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in _OF_A_CONNECTION:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = forward

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class ServersInTurn:
    """`count` servers with strong reads on one bucket, and the proxy before them."""

    def __init__(self, directory, bucket, count=2):
        """`bucket`: the settings that name it."""
        settings = {
            **bucket, "ALLOW_RESET": "True", "APUS_READ_CONSISTENCY": "strong",
            "APUS_LOG_LEVEL": "warning"}
        self.servers = [
            ApusServer(f"server {number + 1}", os.path.join(directory, f"server-{number + 1}"), settings)
            for number in range(count)]
        self.proxy = None
        try:
            for server in self.servers:
                server.start()
            self.proxy = RoundRobin([server.port for server in self.servers])
        except BaseException:
            self.end()
            raise

    @property
    def port(self):
        return self.proxy.port

    def end(self):
        if self.proxy:
            self.proxy.stop()
        for server in self.servers:
            server.end()


def folder_settings(directory):
    return {"S3_ENABLED": "False", "APUS_FOLDER": os.path.join(directory, "bucket")}


def main():
    parser = argparse.ArgumentParser(prog="harness.round_robin", description=__doc__)
    parser.add_argument("--s3", action="store_true", help="on a real S3 server")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="apus-in-turn-", ignore_cleanup_errors=True) as directory:
        s3 = s3_server.start(directory) if options.s3 else None
        servers = None
        try:
            bucket = s3.settings("in-turn/") if s3 else folder_settings(directory)
            servers = ServersInTurn(directory, bucket)
            command = [part.replace("{port}", str(servers.port)) for part in options.command]
            status = subprocess.call(command)
            print(f"requests to each server: {servers.proxy.counts}", flush=True)
            if not all(server.process.is_running for server in servers.servers):
                print("a server ended", flush=True)
                status = status or 1
        finally:
            if servers:
                servers.end()
            if s3:
                s3.end()
    return status


if __name__ == "__main__":
    sys.exit(main())
