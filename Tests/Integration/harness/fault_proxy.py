"""A proxy that misbehaves by seed, for HTTP/1.1 between a client and a server on 127.0.0.1.

Bytes pass unchanged, so signatures stay valid for a client that signs for the proxy's address. Which
fault a request gets depends on the seed, its method and path, and how often that pair was seen.

| fault | applied | what the client sees |
|---|---|---|
| `refuse` | no | 503 SlowDown |
| `reset_before` | no | a reset |
| `lose_answer` | yes | a reset; the answer is thrown away |
| `fail_after` | yes | 500 InternalError; the answer is thrown away |
| `late` | later | a reset at once; forwarded `late_seconds` afterwards |
| `duplicate` | twice | the second answer |
| `truncate` | yes | the answer's head with part of its body, then the end |
| `pretend` | no | `pretended(method, path)`: a success that is a lie |

Each is a probability per request; `write_only` limits all of them to PUT, POST and DELETE. `blind` makes a
success of every 412, as a store does that ignores `If-None-Match`.
"""
import asyncio
import collections
import random
import re
import socket
import struct
import threading

from .ports import free_port

FAULTS = (
    "refuse", "reset_before", "lose_answer", "fail_after", "late", "duplicate", "truncate", "pretend")
PROFILES = {
    "none": {},
    "lost_answers": {"lose_answer": 0.2, "fail_after": 0.1, "duplicate": 0.05, "write_only": True},
    "chaos": {
        "refuse": 0.05, "reset_before": 0.04, "lose_answer": 0.05, "fail_after": 0.03, "late": 0.02,
        "duplicate": 0.02, "truncate": 0.03, "latency": (0.001, 0.03)},
}
ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>made by the fault proxy'
    "</Message><RequestId>FAULT</RequestId></Error>")
DEFAULTS = {"latency": (0, 0), "late_seconds": 1.0, "write_only": False, "match": "", "blind": False}


class FaultProxy:
    """Listens on its own thread until `stop()`; all settings may be changed while it runs."""

    def __init__(self, upstream_port, seed, profile="none", pretended=None, **settings):
        self.upstream_port = upstream_port
        self.seed = seed
        self.pretended = pretended
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.partition = False
        self.counts = collections.Counter()
        self._seen = collections.Counter()
        self._tasks = set()
        self.set(profile, **settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        started = threading.Event()
        self._loop.call_soon(started.set)
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._client, "127.0.0.1", self.port, limit=1 << 20, backlog=256))
        self._thread.start()
        started.wait()

    def set(self, profile="none", **settings):
        """Replaces all settings; `match` is a pattern that the path must contain to get a fault."""
        merged = {**DEFAULTS, **PROFILES[profile], **settings}
        unknown = set(merged) - set(DEFAULTS) - set(FAULTS)
        if unknown:
            raise ValueError(f"no such settings: {unknown}")
        self.settings = merged

    def seen(self):
        """How often each method and path was asked for."""
        return collections.Counter(self._seen)

    def stop(self):
        def finish():
            self._server.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.call_later(0.05, self._loop.stop)

        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(finish)
            self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)
        self._loop.run_forever()

    # ---- decisions

    def _decide(self, method, path):
        """The fault of this request, its delay in seconds, and the generator for the rest."""
        settings = self.settings
        self._seen[method, path] += 1
        generator = random.Random(f"{self.seed}|{method}|{path}|{self._seen[method, path]}")
        delay = generator.uniform(*settings["latency"])
        drawn = generator.random()
        if settings["write_only"] and method not in ("PUT", "POST", "DELETE"):
            return None, delay, generator
        if not re.search(settings["match"], path):
            return None, delay, generator
        for fault in FAULTS:
            share = settings.get(fault, 0)
            if drawn < share:
                return fault, delay, generator
            drawn -= share
        return None, delay, generator

    # ---- one connection of a client

    async def _client(self, reader, writer):
        try:
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while await self._request(reader, writer):
                pass
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.counts["client_gone"] += 1
        finally:
            writer.close()

    async def _request(self, reader, writer):
        """Serves one request. Returns false where the connection has ended."""
        head = await _head(reader)
        if head is None:
            return False
        if self.partition:
            self.counts["partition"] += 1
            return _reset(writer)
        line, headers = _parsed(head)
        method, path, _ = line.split(" ", 2)
        self.counts["requests"] += 1
        fault, delay, generator = self._decide(method, path)
        if fault:
            self.counts[fault] += 1
        if fault == "reset_before":
            return _reset(writer)
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = head + await _body(reader, headers, has_body=True, until_end=False)
        if delay:
            await asyncio.sleep(delay)
        if fault == "refuse":
            await _send_error(writer, 503, "Slow Down", "SlowDown")
            return True
        if fault == "pretend":
            writer.write(self.pretended(method, path))
            await writer.drain()
            return True
        if fault == "late":
            self._later(request, method)
            return _reset(writer)
        try:
            answer, body_size, is_last = await self._exchange(request, method)
            if fault == "duplicate":
                answer, body_size, is_last = await self._exchange(request, method)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            self.counts["server_gone"] += 1
            return _reset(writer)
        if fault == "lose_answer":
            return _reset(writer)
        if fault == "fail_after":
            await _send_error(writer, 500, "Internal Server Error", "InternalError")
            return True
        if fault == "truncate" and body_size:
            writer.write(answer[: len(answer) - 1 - generator.randrange(body_size)])
            await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return not is_last and headers.get("connection", "").lower() != "close"

    def _later(self, request, method):
        async def forward():
            await asyncio.sleep(self.settings["late_seconds"])
            try:
                await self._exchange(request, method)
                self.counts["late_landed"] += 1
            except (OSError, ValueError, asyncio.IncompleteReadError):
                self.counts["late_failed"] += 1

        task = self._loop.create_task(forward())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self, request, method):
        """Sends the request on a connection of its own.

        - Returns: the answer's bytes, how many of them are body, and whether its connection ends with it.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream_port, limit=1 << 20)
        try:
            writer.write(request)
            await writer.drain()
            while True:
                head = await _head(reader)
                if head is None:
                    raise ConnectionResetError("the server closed the connection")
                line, headers = _parsed(head)
                status = int(line.split()[1])
                if status != 100:
                    break
            if status == 412 and self.settings["blind"]:
                self.counts["blind"] += 1
                await _body(reader, headers, True, until_end=True)
                return b"HTTP/1.1 200 OK\r\netag: \"blind\"\r\ncontent-length: 0\r\n\r\n", 0, False
            has_body = method != "HEAD" and status not in (204, 304)
            body = await _body(reader, headers, has_body, until_end=True)
            is_last = headers.get("connection", "").lower() == "close" or (
                has_body and "content-length" not in headers and "transfer-encoding" not in headers)
            return head + body, len(body), is_last
        finally:
            writer.close()


# ---- HTTP/1.1, as far as bytes must be told apart

async def _head(reader):
    """All up to the empty line; None at the end of the connection."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None


def _parsed(head):
    lines = head.decode("latin1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return lines[0], {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader, headers, has_body, until_end):
    """The body with its framing."""
    if not has_body:
        return b""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        parts = []
        while True:
            line = await reader.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            parts.append(line + await reader.readexactly(size + 2))
            if size == 0:
                return b"".join(parts)
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    return await reader.read() if until_end else b""


async def _send_error(writer, status, reason, code):
    body = ERROR.format(code=code).encode()
    writer.write(
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/xml\r\n"
        f"content-length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()


def _reset(writer):
    """Ends the connection with a TCP reset; false, as there is no next request."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
