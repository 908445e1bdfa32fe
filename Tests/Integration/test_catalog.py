"""Names, created, renamed and deleted by several servers at once, with kills."""
import random
import threading
import time

import pytest

from harness import catalog_check
from harness.chroma import Chroma
from harness.http_client import Unanswered
from harness.journal import ACKNOWLEDGED, Journal, outcome_of
from harness.processes import wait_until


class CatalogClient:
    """One thread that does at random what can be done to a few names, and notes what it was told."""

    def __init__(self, server, journal, names, seed):
        self.client = Chroma(server)
        self.journal = journal
        self.names = names
        self.random = random.Random(seed)
        self.known = []

    def act(self):
        name = self.random.choice(self.names)
        kind = self.random.choice(("create", "get_or_create", "get", "delete", "rename"))
        if kind == "rename" and not self.known:
            kind = "create"
        operation = self.journal.begin(kind, name)
        operation.name = name
        try:
            answer = self._request(operation)
        except Unanswered as error:
            operation.note = str(error)
            answer = None
        self._note(operation, answer)
        return operation

    def _request(self, operation):
        metadata = {"op": operation.number}
        if operation.kind in ("create", "get_or_create"):
            return self.client.create(operation.name, operation.kind == "get_or_create", metadata)
        if operation.kind == "get":
            return self.client.collection(operation.name, strong=True)
        if operation.kind == "delete":
            return self.client.drop(operation.name)
        identifier, operation.collection = self.random.choice(self.known[-4:])
        operation.note = f"of #{operation.collection}"
        return self.client.rename(identifier, operation.name)

    def _note(self, operation, answer):
        """404 and 409 are observations: the state must explain them. 503 is none."""
        if answer is None or answer.status >= 500 and answer.status != 503:
            if answer is not None and answer.status != 504:
                self.journal.flaw(f"{operation}: answered {answer}")
            return
        operation.outcome = outcome_of(answer.status)
        operation.status = answer.status
        operation.end = time.monotonic()
        if answer.status == 200 and operation.kind in ("create", "get_or_create", "get"):
            body = answer.json()
            operation.seen = body["metadata"]["op"]
            self.known.append((body["id"], operation.seen))
        if answer.status == 404 and operation.kind == "get":
            operation.seen = 0
        if answer.status not in (200, 404, 409, 503):
            self.journal.flaw(f"{operation}: answered {answer}")


def explained(operations):
    """Those that say something of the state, or may have changed it."""
    kept = []
    for operation in operations:
        if operation.status == 503 or operation.kind == "get" and operation.status is None:
            continue
        kept.append(operation)
    return kept


def run(lab, servers, seed, threads, actions, names, between=None):
    """`between(finished)` runs on the test's own thread meanwhile."""
    journal = Journal()
    failures = []

    def work(index):
        try:
            client = CatalogClient(servers[index % len(servers)], journal, names, f"{seed}/{index}")
            for _ in range(actions):
                operation = client.act()
                if operation.status in (None, 503):
                    time.sleep(0.05)
        except Exception as error:  # Told below, in the test's own thread.
            failures.append(repr(error))

    workers = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(threads)]
    for worker in workers:
        worker.start()
    if between:
        between(lambda: not any(worker.is_alive() for worker in workers))
    for worker in workers:
        worker.join(300)
        assert not worker.is_alive(), "a client hangs"
    assert not failures, failures
    return journal


def check_names(lab, servers, journal, names):
    """Every answer is explained, and each name can be used, everywhere and for the same thing."""
    clients = [Chroma(server) for server in servers + [lab.server()]]
    last = CatalogClient(servers[0], journal, names, 0)
    for name in names:
        operation = journal.begin("get", name)
        operation.name = name
        last._note(operation, clients[-1].collection(name, strong=True))
    operations = explained(journal.operations)
    kinds = ("create", "get_or_create", "delete", "rename")
    print(f"{journal.count(ACKNOWLEDGED, kinds)} changes, {journal.count('refused')} refusals,"
          f" {journal.count('unknown')} unknown")
    assert journal.flaws == []
    wrong = catalog_check.violation(operations)
    assert wrong is None, wrong
    for name in names:
        ids = {client.create(name, get_or_create=True).json()["id"] for client in clients}
        assert len(ids) == 1, f"{name} means different collections: {ids}"
        collection = ids.pop()
        for index, client in enumerate(clients):
            assert client.write("upsert", collection, [f"id{index}"], index + 1).status == 200
        assert clients[0].read(collection, strong=True).status == 200
        dropped = clients[0].drop(name)
        assert dropped.status == 200, dropped
        again = clients[1].create(name)
        assert again.status == 200 and again.json()["id"] != collection, again
    for client in clients:
        client.close()


def test_all_answers_about_two_names_are_explained_by_one_order(lab, size, seed):
    servers = [lab.server(), lab.server()]
    names = ["left", "right"]
    journal = run(lab, servers, seed, threads=4, actions=size(60, 500), names=names)
    assert journal.flaws == []
    assert journal.count("unknown") == 0
    check_names(lab, servers, journal, names)


def test_all_answers_are_explained_with_kills_in_between(lab, size, seed):
    servers = [lab.server(), lab.server()]
    names = ["left", "right"]
    generator = random.Random(seed)

    def kill(finished):
        # Each leaves up to four unknown answers, of which the check must try all uses.
        for _ in range(size(6, 20)):
            time.sleep(generator.uniform(0.1, 0.8))
            if finished():
                break
            generator.choice(servers).restart_after_kill()

    journal = run(lab, servers, seed, 4, size(60, 300), names, between=kill)
    check_names(lab, servers, journal, names)


def test_all_answers_are_explained_when_the_stores_answers_get_lost(lab, size, seed):
    """A create must not meet its own lost success and answer 409."""
    proxy = lab.proxy(seed)
    servers = [lab.server(proxy), lab.server(proxy)]
    names = ["left", "right"]
    proxy.set("lost_answers")
    journal = run(lab, servers, seed, 4, size(40, 300), names)
    proxy.set("none")
    assert proxy.counts["lose_answer"] > 0
    assert journal.flaws == []
    assert journal.count("unknown") == 0
    check_names(lab, servers, journal, names)


def test_a_wrong_answer_about_a_name_is_reported():
    """The check itself: each of these answers cannot be."""

    def violated(*rows):
        journal = Journal()
        for kind, status, seen in rows:
            operation = journal.begin(kind, "x")
            operation.name, operation.status, operation.seen = "x", status, seen
            operation.end = time.monotonic()
        return catalog_check.violation(journal.operations)

    assert violated(("create", 200, 1), ("get", 200, 1), ("delete", 200, None), ("get", 404, 0)) is None
    assert violated(("create", 200, 1), ("create", 200, 2))  # two of one name
    assert violated(("create", 409, None))  # a name that stays taken
    assert violated(("create", 200, 1), ("delete", 200, None), ("get", 200, 1))  # not deleted
    assert violated(("create", 200, 1), ("get", 404, 0))  # lost
    assert violated(("get_or_create", 200, 1), ("get_or_create", 200, 2))


@pytest.mark.parametrize("cycles, is_explained", [(15, True), (16, False)])
def test_many_unknown_answers_are_counted_and_do_not_take_for_ever(cycles, is_explained):
    journal = Journal()
    for number in range(60):  # 15 creates and 15 deletes of x, and as many of y
        operation = journal.begin(("create", "delete")[number % 2], ("x", "y")[number // 2 % 2])
        operation.name = operation.target
    for _ in range(cycles):  # Each needs one unknown create of x, and one unknown delete.
        for kind, status in (("create", 409), ("delete", 200), ("create", 200), ("delete", 404)):
            operation = journal.begin(kind, "x")
            operation.name, operation.status, operation.seen = "x", status, operation.number
            operation.end = time.monotonic()
    assert (catalog_check.violation(journal.operations) is None) == is_explained


def write_until(stop, server, collection, log):
    """Notes for each write when it was sent and its status."""
    client = Chroma(server)
    number = 0
    while not stop.is_set():
        number += 1
        start = time.monotonic()
        try:
            status = client.write("upsert", collection, [f"{server.name}-{number % 5}"], number).status
        except Unanswered:
            status = None
            time.sleep(0.02)
        log.append((start, status))
    client.close()


def test_no_write_is_acknowledged_after_the_delete_was_answered(lab, size, seed):
    servers = [lab.server(), lab.server()]
    generator = random.Random(seed)
    for round_number in range(size(8, 50)):
        deleter = servers[round_number % 2]
        client = Chroma(deleter)
        created = client.create("doomed", get_or_create=True).json()["id"]
        stop, log = threading.Event(), []
        threads = [
            threading.Thread(target=write_until, args=(stop, server, created, log), daemon=True)
            for server in servers for _ in range(2)]
        for thread in threads:
            thread.start()
        wait_until(lambda: any(status == 200 for _, status in log), 30, "a write before the delete")
        time.sleep(generator.uniform(0, 0.2))
        kills = round_number % 4 == 3
        if kills:
            # The deleting server dies at any point of it; another finishes what it began.
            def drop():
                try:
                    Chroma(deleter).drop("doomed")
                except Unanswered:
                    pass

            dropping = threading.Thread(target=drop, daemon=True)
            dropping.start()
            time.sleep(generator.uniform(0, 0.03))
            deleter.restart_after_kill()
            dropping.join(60)
            answer = Chroma(servers[(round_number + 1) % 2]).drop("doomed")
            assert answer.status in (200, 404), answer
        else:
            answer = client.drop("doomed")
            assert answer.status == 200, answer
        deleted = time.monotonic()
        if kills and answer.status == 404:
            # Only its own answer promises that no write follows; the dead server gave none.
            deleted = float("inf")
        # Re-created at once by the other server: a new, empty collection under the old name.
        again = Chroma(servers[(round_number + 1) % 2]).create("doomed")
        assert again.status == 200, again
        assert again.json()["id"] != created
        time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join(60)
        late = [status for start, status in log if start > deleted and status is not None]
        assert set(late) <= {404, 503}, f"round {round_number}: {late}"
        for server in servers:
            fresh = Chroma(server)
            assert fresh.count(again.json()["id"]).json() == 0
            assert fresh.by_id(created, strong=True).status == 404
            fresh.close()
        client.close()  # Its connection may lead to a killed server.
        assert client.drop("doomed").status == 200
        client.close()


def test_a_renamed_collection_keeps_its_records_and_the_old_name_is_free(lab):
    first, second = lab.client(lab.server()), lab.client(lab.server())
    old = first.create("before").json()["id"]
    assert first.write("upsert", old, ["kept"], 1).status == 200
    assert second.rename(old, "after").status == 200
    assert first.collection("before", strong=True).status == 404
    new = first.create("before").json()["id"]
    assert new != old
    assert second.collection("after").json()["id"] == old
    assert second.drop("before").status == 200
    assert first.read(old, strong=True).json()["ids"] == ["kept"]


def test_reset_empties_every_server(lab):
    servers = [lab.server(ALLOW_RESET="True"), lab.server()]
    first, second = lab.client(servers[0]), lab.client(servers[1])
    collection = first.create("gone").json()["id"]
    assert second.write("upsert", collection, ["a"], 1).status == 200
    assert second.http.post("/api/v2/reset").status == 403
    assert first.http.post("/api/v2/reset").json() is True
    for client in (first, second):
        assert client.write("upsert", collection, ["a"], 2).status == 404
        assert client.collection("gone", strong=True).status == 404
    again = second.create("gone").json()["id"]
    wait_until(lambda: first.count(again).json() == 0, 5, "the new collection")
