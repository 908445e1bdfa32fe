"""Clients that write and read one collection until they are told to stop."""
import random
import threading
import time

from .chroma import Chroma, number_of, numbers
from .http_client import Unanswered
from .journal import ACKNOWLEDGED, Journal
from .register_check import batch_violations, log_violations, violations

KINDS = ("add", "upsert", "upsert", "update", "delete")
BATCH_SIZE = 3


class Workload:
    """`clients` threads, spread over the servers, on `ids` records that all of them share.

    Each request is one of add, upsert, update and delete of one id, a batch of new ids that nobody
    touches again, or a strong read of one id.
    """

    def __init__(self, servers, collection, seed, clients=4, ids=40, reads=0.2, batches=0.1,
                 requests=None, pause=0.0):
        self.servers = servers
        self.collection = collection
        self.journal = Journal()
        self.reads = reads
        self.batches = batches
        self.pause = pause
        self.ids = [f"r{index}" for index in range(ids)]
        self._stop = threading.Event()
        self._left = None if requests is None else [requests]
        self._lock = threading.Lock()
        self.failures = []
        self._threads = [
            threading.Thread(
                target=self._guarded, args=(servers[index % len(servers)], f"{seed}/{index}"),
                daemon=True)
            for index in range(clients)]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        self._stop.set()
        return self.join()

    def join(self, seconds=300):
        """Waits for the clients, and fails where one of them did."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0, end - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), "a client hangs"
        assert not self.failures, self.failures
        return self

    def _may_go_on(self):
        if self._stop.is_set():
            return False
        if self._left is None:
            return True
        with self._lock:
            self._left[0] -= 1
            return self._left[0] >= 0

    def _guarded(self, server, seed):
        try:
            self._run(server, random.Random(seed))
        except Exception as error:  # Told by join(), in the test's own thread.
            self.failures.append(repr(error))

    def _run(self, server, generator):
        client = Chroma(server)
        while self._may_go_on():
            drawn = generator.random()
            if drawn < self.reads:
                done = self._read(client, generator.choice(self.ids))
            elif drawn < self.reads + self.batches:
                done = self._batch(client)
            else:
                done = self._write(client, generator.choice(KINDS), generator.choice(self.ids))
            # Nobody is there, or asks to wait: no reason to fill the journal.
            time.sleep(self.pause if done else 0.05)
        client.close()

    def _write(self, client, kind, identifier):
        return self._send(
            self.journal.begin(kind, identifier),
            lambda number: client.write(kind, self.collection, [identifier], number))

    def _batch(self, client):
        operation = self.journal.begin("batch", None)
        operation.target = f"batch{operation.number}"
        ids = [f"{operation.target}-{index}" for index in range(BATCH_SIZE)]
        return self._send(
            operation, lambda number: client.write("add", self.collection, ids, number))

    def _send(self, operation, request):
        try:
            self.journal.answered(operation, request(operation.number))
        except Unanswered as error:
            self.journal.unanswered(operation, error)
        return operation.outcome == ACKNOWLEDGED

    def _read(self, client, identifier):
        """A read that failed has seen nothing and explains nothing: it is left out of the history."""
        operation = self.journal.begin("read", identifier)
        operation.outcome = "refused"
        try:
            answer = client.read(self.collection, [identifier], strong=True)
        except Unanswered:
            return False
        if answer.status == 200:
            operation.seen = number_of(answer, identifier)
            operation.end = time.monotonic()
            operation.outcome = ACKNOWLEDGED
            operation.status = 200
        elif answer.status != 503:
            self.journal.flaw(f"{operation}: answered {answer}")
        return answer.status == 200

    # ---- afterwards

    def read_everything(self, server):
        """What a server shows of all records, noted as reads of every shared id."""
        client = Chroma(server)
        operations = [self.journal.begin("read", identifier) for identifier in self.ids]
        answer = client.read(self.collection, strong=True)
        client.close()
        assert answer.status == 200, answer
        found = numbers(answer)
        for operation in operations:
            operation.seen = found.get(operation.target, 0)
            operation.end = time.monotonic()
            operation.outcome = ACKNOWLEDGED
        return found

    def violations(self, found, log=None):
        """All that is wrong, as texts. `found`: the last `read_everything`; `log`: bodies of its entries."""
        batches = {}
        for identifier in found:
            if identifier.startswith("batch"):
                name = identifier.rpartition("-")[0]
                batches[name] = batches.get(name, 0) + 1
        wrong = self.journal.flaws + violations(self.journal)
        wrong += batch_violations(self.journal, BATCH_SIZE, batches)
        known = set(self.ids) | {
            f"{o.target}-{index}" for o in self.journal.operations if o.kind == "batch"
            for index in range(BATCH_SIZE)}
        wrong += [f"{identifier} was never written" for identifier in found if identifier not in known]
        if log is not None:
            wrong += log_violations(self.journal, log)
        return wrong

    def summary(self):
        outcomes = ("acknowledged", "refused", "unknown")
        kinds = ("add", "upsert", "update", "delete", "batch")
        counts = ", ".join(f"{self.journal.count(o, kinds)} {o}" for o in outcomes)
        return f"writes: {counts}; reads: {self.journal.count(ACKNOWLEDGED, ('read',))}"
