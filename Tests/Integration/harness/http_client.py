"""A plain HTTP client: keep-alive, no retries, and no opinion about what an answer means."""
import http.client
import json
import select
import socket


class Unanswered(Exception):
    """No whole answer came. `was_sent` is false only where the server cannot have seen the request."""

    def __init__(self, reason, was_sent):
        super().__init__(reason)
        self.was_sent = was_sent


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


class HTTPClient:
    """One connection at a time to 127.0.0.1; for one thread."""

    def __init__(self, port, timeout=45):
        self.port = port
        self.timeout = timeout
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
            self.connection = None

    def _connected(self):
        if self.connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
            try:
                connection.connect()
            except OSError as error:
                raise Unanswered(f"cannot connect: {error}", was_sent=False) from error
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection = connection
        return self.connection

    def request(self, method, path, body=None, headers=None):
        """`body`: bytes as they are, anything else as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("content-type", "application/json")
        connection = self._connected()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(
                response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(f"{type(error).__name__}: {error}", was_sent=True) from error
        if response.will_close:
            self.close()
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, body, headers)


def upload(port, path, size, chunked=False, timeout=60):
    """Posts `size` bytes that begin like JSON, and stops sending as soon as an answer comes.

    - Returns: the answer and how many bytes of the body were sent.
    """
    part = b'{"ids":["' + b"a" * (1 << 20)
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
    head += "transfer-encoding: chunked\r\n\r\n" if chunked else f"content-length: {size}\r\n\r\n"
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(head.encode())
        try:
            while sent < size:
                readable, _, _ = select.select([connection], [], [], 0)
                if readable:
                    break
                piece = part[: size - sent]
                framed = b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
                connection.sendall(framed)
                sent += len(piece)
                part = b"a" * (1 << 20)
            else:
                if chunked:
                    connection.sendall(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # The answer may still be there.
        response = http.client.HTTPResponse(connection, method="POST")
        try:
            response.begin()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"after {sent} bytes: {error!r}", was_sent=True) from error
        return Answer(response.status, dict(response.getheaders()), body), sent
