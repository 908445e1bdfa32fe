"""What clients did and were told, kept outside of the servers."""
import itertools
import threading
import time

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"
FOREVER = float("inf")


class Operation:
    """One request. `start` and `end` bound the time at which it took effect, if it did."""

    def __init__(self, number, kind, target, start):
        self.number = number
        self.kind = kind
        self.target = target
        self.start = start
        self.end = FOREVER
        self.outcome = UNKNOWN
        self.status = None
        self.seen = None
        self.note = ""

    def __repr__(self):
        end = "..." if self.end == FOREVER else f"{self.end:.3f}"
        seen = "" if self.seen is None else f" saw {self.seen}"
        return (
            f"#{self.number} {self.kind} {self.target} [{self.start:.3f}, {end}] {self.outcome}"
            f" ({self.status}){seen} {self.note}")


def outcome_of(status):
    """What an HTTP status promises (P2): 4xx and 503 mean not applied, other 5xx nothing."""
    if 200 <= status < 300:
        return ACKNOWLEDGED
    if 400 <= status < 500 or status == 503:
        return REFUSED
    return UNKNOWN


class Journal:
    """For any number of threads."""

    def __init__(self):
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.operations = []
        self.flaws = []

    def begin(self, kind, target):
        operation = Operation(next(self._numbers), kind, target, time.monotonic())
        with self._lock:
            self.operations.append(operation)
        return operation

    def answered(self, operation, answer):
        """An unknown outcome has no end: the operation may take effect at any later time."""
        operation.status = answer.status
        operation.outcome = outcome_of(answer.status)
        if operation.outcome != UNKNOWN:
            operation.end = time.monotonic()
        if answer.status in (429, 503) and "retry-after" not in answer.headers:
            self.flaw(f"{operation}: {answer.status} without Retry-After: {answer}")
        if operation.outcome == UNKNOWN and answer.status != 504:
            self.flaw(f"{operation}: answered {answer}")

    def unanswered(self, operation, error):
        operation.note = str(error)
        if not error.was_sent:
            operation.outcome = REFUSED
            operation.end = time.monotonic()

    def flaw(self, text):
        with self._lock:
            self.flaws.append(text)

    def count(self, outcome, kinds=None):
        return sum(
            operation.outcome == outcome and (kinds is None or operation.kind in kinds)
            for operation in self.operations)

    def by_target(self):
        """The operations that may have had an effect, by target; and those that saw something."""
        histories = {}
        for operation in self.operations:
            if operation.outcome == REFUSED:
                continue
            histories.setdefault(operation.target, []).append(operation)
        return histories
