"""The checks and the proxy themselves: each can fail, and does what it says."""
import http.server
import threading

import pytest

from harness.fault_proxy import FaultProxy
from harness.http_client import HTTPClient, Unanswered
from harness.journal import ACKNOWLEDGED, FOREVER, REFUSED, Journal, Operation, outcome_of
from harness.linearizability import first_violation
from harness.register_check import batch_violations, log_violations, step, violations


def history(*rows):
    """Rows of kind, start, end (None: unknown) and what a read saw; numbered from 1."""
    operations = []
    for number, (kind, start, end, *seen) in enumerate(rows, 1):
        operation = Operation(number, kind, "x", start)
        operation.end = FOREVER if end is None else end
        operation.seen = seen[0] if seen else None
        operations.append(operation)
    return operations


@pytest.mark.parametrize("rows", [
    [("upsert", 0, 1), ("read", 2, 3, 1)],
    [("upsert", 0, 1), ("upsert", 0.5, 2), ("read", 3, 4, 1)],
    [("upsert", 0, None), ("read", 1, 2, 0), ("read", 3, 4, 1)],
    [("upsert", 0, None), ("upsert", 1, 2), ("read", 3, 4, 2), ("read", 5, 6, 1)],
    [("add", 0, 1), ("add", 2, 3), ("read", 4, 5, 1)],
    [("update", 0, 1), ("read", 2, 3, 0)],
    [("upsert", 0, 1), ("delete", 2, 3), ("add", 4, 5), ("read", 6, 7, 3)],
    [("upsert", 0, 5), ("read", 1, 2, 1), ("read", 3, 4, 1)],
])
def test_a_history_that_some_order_explains_passes(rows):
    assert first_violation(history(*rows), 0, step) is None


@pytest.mark.parametrize("rows", [
    [("upsert", 0, 1), ("read", 2, 3, 0)],  # lost
    [("upsert", 0, 1), ("upsert", 2, 3), ("read", 4, 5, 1)],  # stale
    [("upsert", 0, 5), ("read", 1, 2, 1), ("read", 3, 4, 0)],  # seen, then gone
    [("add", 0, 1), ("delete", 2, 3), ("read", 4, 5, 1)],  # applied twice
    [("add", 0, None), ("read", 1, 2, 1), ("delete", 3, 4), ("read", 5, 6, 1)],  # an unknown one, twice
    [("read", 0, 1, 7)],  # from nowhere
])
def test_a_history_that_no_order_explains_is_reported(rows):
    assert first_violation(history(*rows), 0, step) is not None


def test_an_unknown_write_in_many_places_does_not_take_for_ever():
    rows = [("upsert", index, None) for index in range(14)]
    rows += [("upsert", 20 + index, 20.5 + index) for index in range(50)]
    assert first_violation(history(*rows, ("read", 100, 101, 64)), 0, step) is None


def journal(*rows):
    """Rows of kind, target and outcome."""
    made = Journal()
    for kind, target, outcome in rows:
        operation = made.begin(kind, target)
        operation.outcome = outcome
        if outcome != "unknown":
            operation.end = operation.start
    return made


def test_the_register_check_reports_a_lost_and_a_refused_write():
    made = journal(("upsert", "lost", ACKNOWLEDGED), ("upsert", "refused", REFUSED))
    for target, seen in (("lost", 0), ("refused", 2)):
        read = made.begin("read", target)
        read.outcome, read.seen, read.end = ACKNOWLEDGED, seen, read.start
    assert len(violations(made)) == 2


def test_a_batch_that_is_half_there_is_reported():
    made = journal(
        ("batch", "a", ACKNOWLEDGED), ("batch", "b", REFUSED), ("batch", "c", "unknown"),
        ("batch", "d", "unknown"))
    assert batch_violations(made, 3, {"a": 3, "d": 3}) == []
    assert len(batch_violations(made, 3, {"a": 2, "b": 1, "c": 1, "d": 3})) == 3


def test_a_write_that_stands_twice_in_the_log_is_reported():
    made = journal(("upsert", "x", ACKNOWLEDGED), ("upsert", "x", "unknown"), ("upsert", "y", REFUSED))
    assert log_violations(made, [b"<op 1>", b"..<op 2>"]) == []
    assert len(log_violations(made, [b"<op 1>", b"<op 1>", b"<op 2><op 2>", b"<op 3>"])) == 3


def test_what_a_status_promises():
    statuses = {200: "acknowledged", 201: "acknowledged", 400: "refused", 409: "refused",
                429: "refused", 503: "refused", 500: "unknown", 502: "unknown", 504: "unknown"}
    assert {status: outcome_of(status) for status in statuses} == statuses


# ---- the proxy

class Recorder(http.server.BaseHTTPRequestHandler):
    """Keeps what it was sent; answers 100 bytes."""

    protocol_version = "HTTP/1.1"
    received = []

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.received.append((self.path, body, self.headers["authorization"]))
        self.send_response(200)
        self.send_header("content-length", "100")
        self.end_headers()
        self.wfile.write(b"x" * 100)

    def log_message(self, *_):
        pass


@pytest.fixture
def recorder():
    Recorder.received = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("fault, status, received", [
    (None, 200, 1), ("refuse", 503, 0), ("reset_before", None, 0), ("lose_answer", None, 1),
    ("fail_after", 500, 1), ("duplicate", 200, 2), ("truncate", None, 1), ("late", None, 1),
    ("pretend", 201, 0),
])
def test_what_a_fault_does(recorder, fault, status, received):
    lie = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}"
    settings = {fault: 1} if fault else {}
    proxy = FaultProxy(
        recorder.server_port, seed=1, pretended=lambda *_: lie, late_seconds=0.05, **settings)
    client = HTTPClient(proxy.port, timeout=5)
    try:
        try:
            answer = client.request("PUT", "/key", b"body", {"authorization": "signed"})
            assert answer.status == status
        except Unanswered:
            assert status is None
        if fault == "late":
            assert Recorder.received == []
            for _ in range(100):
                if proxy.counts["late_landed"]:
                    break
                threading.Event().wait(0.05)
        assert Recorder.received == [("/key", b"body", "signed")] * received
        proxy.set("none")
        assert client.request("PUT", "/other", b"", {}).status == 200
        proxy.partition = True
        with pytest.raises(Unanswered):
            client.request("PUT", "/other", b"", {})
    finally:
        client.close()
        proxy.stop()


def test_the_same_seed_gives_the_same_faults(recorder):
    def faults(seed):
        proxy = FaultProxy(recorder.server_port, seed, lose_answer=0.5)
        client = HTTPClient(proxy.port, timeout=5)
        outcome = []
        try:
            for index in range(40):
                try:
                    client.request("PUT", f"/{index % 7}", b"x", {})
                    outcome.append(True)
                except Unanswered:
                    outcome.append(False)
        finally:
            client.close()
            proxy.stop()
        return outcome

    assert faults(1) == faults(1)
    assert faults(1) != faults(2)
