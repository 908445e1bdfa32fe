"""The catalog of collections as one object: which name means which collection.

A state is a sorted tuple of (name, number of the operation that created the collection). A collection
carries that number in its metadata, so that also one whose creation was never answered is known.
"""
from .journal import FOREVER
from .linearizability import first_violation


def step(state, operation):
    """What create, get_or_create, get, delete and rename do, and what their refusals say."""
    names = dict(state)
    kind, name = operation.kind, operation.name
    if kind == "create":
        if operation.status in (200, None) and name not in names:
            return _with(names, name, operation.label)
        return state if operation.status == 409 and name in names else None
    if kind == "get_or_create":
        current = names.get(name, operation.label)
        if operation.status == 200 and operation.seen != current:
            return None
        return _with(names, name, current)
    if kind == "get":
        return state if operation.seen == names.get(name, 0) else None
    if kind == "delete":
        if operation.status == 404:
            return state if name not in names else None
        return _without(names, name) if name in names else None
    if kind == "rename":
        return _renamed(state, names, operation)
    raise ValueError(f"no such kind: {kind}")


def _renamed(state, names, operation):
    """`operation.collection` is the number of the collection that gets the name."""
    old = next((n for n, number in names.items() if number == operation.collection), None)
    if operation.status == 404:
        return state if old is None else None
    if old is None:
        return None
    taken = operation.name in names and operation.name != old
    if operation.status == 409:
        return state if taken else None
    if taken:
        return None
    del names[old]
    return _with(names, operation.name, operation.collection)


def _with(names, name, number):
    names[name] = number
    return tuple(sorted(names.items()))


def _without(names, name):
    del names[name]
    return tuple(sorted(names.items()))


# Collections that nobody ever saw: nothing tells one from another.
UNSEEN = -1


def violation(operations):
    """A text that says which answer no order of the operations explains, or None."""
    observed = {o.seen for o in operations} | {getattr(o, "collection", None) for o in operations}
    for operation in operations:
        is_seen = operation.end != FOREVER or operation.number in observed
        operation.label = operation.number if is_seen else UNSEEN

    def alike(operation):
        if operation.label != UNSEEN:
            return None
        # Where the name is free both create; where it is not neither changes anything.
        kind = "create" if operation.kind == "get_or_create" else operation.kind
        return kind, operation.name, getattr(operation, "collection", None)

    wrong = first_violation(operations, (), step, alike)
    if wrong is None:
        return None
    near = [o for o in operations if o.start <= wrong.end][-20:]
    return f"nothing explains {wrong}\n  " + "\n  ".join(map(str, near))
