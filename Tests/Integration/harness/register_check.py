"""Each record as a register: what its id holds must be explained by the operations on it, and by no others.

The value of a register is the number of the operation that wrote it, or ABSENT.
"""
from .linearizability import first_violation

ABSENT = 0


def step(value, operation):
    """Chroma's semantics: add skips an id that exists, update one that does not."""
    kind = operation.kind
    if kind == "read":
        return value if operation.seen == value else None
    if kind == "upsert":
        return operation.number
    if kind == "add":
        return operation.number if value == ABSENT else value
    if kind == "update":
        return value if value == ABSENT else operation.number
    if kind == "delete":
        return ABSENT
    raise ValueError(f"no such kind: {kind}")


def violations(journal):
    """One text for each id whose history no order of its operations explains."""
    found = []
    for target, operations in sorted(journal.by_target().items()):
        if operations[0].kind == "batch":
            continue
        wrong = first_violation(operations, ABSENT, step)
        if wrong is not None:
            found.append(_explained(target, operations, wrong))
    return found


def _explained(target, operations, wrong):
    refused = "(refused operations are left out: they cannot have had an effect)"
    near = [o for o in operations if o.start <= wrong.end][-12:]
    return f"{target}: nothing explains {wrong}\n  " + "\n  ".join(map(str, near)) + f"\n  {refused}"


def batch_violations(journal, size, found):
    """A batch is there wholly or not at all: `found` maps a batch's name to how many of its ids exist."""
    wrong = []
    for operation in journal.operations:
        if operation.kind != "batch":
            continue
        count = found.get(operation.target, 0)
        allowed = {
            "acknowledged": (size,), "refused": (0,), "unknown": (0, size)}[operation.outcome]
        if count not in allowed:
            wrong.append(f"{operation}: {count} of its {size} records are there")
    return wrong


def log_violations(journal, objects):
    """The log itself: an acknowledged write stands in it once, an unknown one at most once, a refused never.

    `objects` are the bodies of a collection's log entries, which keep documents as plain UTF-8.
    """
    text = b"\n".join(objects)
    wrong = []
    for operation in journal.operations:
        if operation.kind not in ("upsert", "batch"):
            continue  # Of add and update those that skip their id may be left out; a delete has no document.
        count = text.count(marker(operation.number).encode())
        allowed = {"acknowledged": (1,), "refused": (0,), "unknown": (0, 1)}[operation.outcome]
        if count not in allowed:
            wrong.append(f"{operation}: stands {count} times in the log")
    return wrong


def marker(number):
    """The document that only operation `number` writes (the first of its records, if it is a batch)."""
    return f"<op {number}>"
