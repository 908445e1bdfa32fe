"""HTTP on a bare socket: a client library would cost more than the answers that are measured here."""
import socket

from bench_tools.failure import Failure


def frame(method, path, body=b""):
    """One request, ready to be sent. `body` is JSON already."""
    return _head(method, path, len(body)) + body


def head_of_post(path, length):
    """The first part of a request whose body is large, kept apart and shared between servers."""
    return _head("POST", path, length)


def _head(method, path, length):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json",
             "Content-Type: application/json", f"Content-Length: {length}", "", ""]
    return "\r\n".join(lines).encode()


class Connection:
    """Kept alive, one request at a time. Use as a context manager."""

    def __init__(self, port, timeout_s=600):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb", buffering=1 << 18)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._reader.close()
        self._socket.close()

    def ask(self, *parts):
        """Sends one request, given in parts, and returns the body of its answer, which must be a success."""
        self.send(*parts)
        return self.receive()

    def fileno(self):
        """So that a selector can wait for it."""
        return self._socket.fileno()

    def send(self, *parts):
        self._asked = parts[0]
        for part in parts:
            self._socket.sendall(part)

    def receive(self):
        status, body = self.receive_any()
        if not 200 <= status < 300:
            line = self._asked.partition(b"\r\n")[0].decode()
            raise Failure(f"{line}: status {status}, {body[:300].decode(errors='replace')}")
        return body

    def receive_any(self):
        """Status and body of the answer, whatever it is."""
        status = int(self._line()[9:12])
        length, chunked = 0, False
        while (line := self._line()) != b"\r\n":
            name, _, value = line.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = b"chunked" in value.lower()
        return status, self._chunks() if chunked else self._bytes(length)

    def _line(self):
        line = self._reader.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server ended the connection")
        return line

    def _bytes(self, length):
        body = self._reader.read(length)
        if len(body) < length:
            raise ConnectionError("the server ended the connection within an answer")
        return body

    def _chunks(self):
        parts = []
        while length := int(self._line().partition(b";")[0], 16):
            parts.append(self._bytes(length))
            self._line()
        while self._line() != b"\r\n":
            pass
        return b"".join(parts)
