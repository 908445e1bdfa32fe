"""Whether a history of concurrent operations is one that a single, sequential object could have shown.

Just-in-time linearization (Wing and Gong 1993; Lowe 2017): a set of configurations, each a state with the
operations that have taken effect but not ended yet, is carried through the calls and returns in the order
of time. An operation without an end stays "maybe" for ever.
"""
import collections

from .journal import FOREVER

CONFIGURATIONS_MAX = 200_000


class Inconclusive(Exception):
    """Too many possibilities; says nothing about the history."""


def first_violation(operations, initial, step, alike=lambda operation: None):
    """None for a linearizable history, else the first operation whose return nothing explains.

    `step(state, operation)` gives the state after the operation, or None where its result is impossible
    in that state. States must be hashable. Unknown operations for which `alike` gives the same value (not
    None) must have the same effect in every state: only the first of them that is left is tried.
    """
    events = []
    for operation in operations:
        events.append((operation.start, 0, operation))
        if operation.end != FOREVER:
            events.append((operation.end, 1, operation))
    # At the same time calls come first: then the two may have overlapped.
    events.sort(key=lambda event: (event[0], event[1], event[2].number))
    unknown = frozenset(o.number for o in operations if o.end == FOREVER)
    pending = {}
    configurations = [(initial, frozenset())]
    for _, is_return, operation in events:
        if not is_return:
            pending[operation.number] = operation
            continue
        configurations = _returned(configurations, operation, pending, unknown, step, alike)
        if not configurations:
            return operation
        del pending[operation.number]
    return None


def _returned(configurations, operation, pending, unknown, step, alike):
    """The configurations in which the operation has taken effect, with it taken off."""
    found, seen = Minimal(unknown), Minimal(unknown)
    frontier = collections.deque()
    for state, effective in sorted(configurations, key=lambda c: len(c[1])):
        if operation.number in effective:
            found.add(state, effective - {operation.number})
        elif seen.add(state, effective):
            frontier.append((state, effective))
    # Breadth first: what has used up fewer unknown operations comes first, and makes others superfluous.
    while frontier:
        state, effective = frontier.popleft()
        tried = set()
        for other in pending.values():  # In the order of their starts.
            if other.number in effective:
                continue
            if other.number in unknown:
                kind = alike(other)
                if kind is not None and kind in tried:
                    continue
                tried.add(kind)
            after = step(state, other)
            if after is None:
                continue
            if other is operation:
                found.add(after, effective)
            elif seen.add(after, effective | {other.number}):
                frontier.append((after, effective | {other.number}))
        if seen.count > CONFIGURATIONS_MAX:
            raise Inconclusive(f"more than {CONFIGURATIONS_MAX} configurations at {operation}")
    return found.configurations()


class Minimal:
    """Configurations, without those that can do nothing that another cannot: the same state with the same
    ended operations, but more unknown ones used up."""

    def __init__(self, unknown):
        self.unknown = unknown
        self.groups = {}
        self.count = 0

    def add(self, state, effective):
        """False where one that is there already can do all that this one can."""
        used = effective & self.unknown
        group = self.groups.setdefault((state, effective - self.unknown), [])
        if any(other <= used for other in group):
            return False
        group.append(used)
        self.count += 1
        return True

    def configurations(self):
        return [
            (state, known | used) for (state, known), group in self.groups.items() for used in group]
