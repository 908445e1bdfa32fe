"""Runs cases on both servers, explains or reports what differs, and shrinks a failing case."""
import collections
import math
import re
import sys

from .compare import compare, value_of
from .deviations import Case, unexplained
from .exact import Exact
from .generator import Generator

CASE_STEPS = 40
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


_READS = (
    "get", "query", "count", "system", "wrong method", "wrong place", "list collections", "get collection",
    "get collection by id", "count collections", "list databases", "get database", "get tenant", "unimplemented")


def have_parted(step, chroma, apus):
    """Whether one of the two did what the other refused."""
    if step.kind in _READS or apus is None:
        return False
    did = [answer is not None and answer.status < 300 for answer in (chroma, apus)]
    return did[0] != did[1]


class Failure:
    """The last step of `steps` is answered differently."""

    def __init__(self, seed, case, steps, chroma, apus, differences):
        self.seed = seed
        self.case = case
        self.steps = steps
        self.chroma = chroma
        self.apus = apus
        self.differences = differences

    def is_harmless(self):
        """Whether neither server's state can have changed."""
        refused = all(a is None or a.status >= 400 for a in (self.chroma, self.apus))
        return refused or self.steps[-1].kind in _READS

    def fingerprint(self):
        """The same for differences that are likely to have one cause."""
        parts = [
            re.sub(r"\d+|'[^']*'|\"[^\"]*\"|`[^`]*`", "_", str(difference)[:400])
            for difference in self.differences[:3]]
        return f"{self.steps[-1].kind}: " + " | ".join(parts)

    def report(self, shrunk=None):
        step = self.steps[-1]
        lines = [
            f"seed {self.seed}, case {self.case}, step {step.number}: {step.kind}",
            f"  {step}",
            f"  Chroma {self.chroma}",
            f"  Apus   {self.apus}"]
        lines += [f"  {difference}" for difference in self.differences[:10]]
        if shrunk is not None:
            lines.append(f"  the same after {len(shrunk) - 1} steps:")
            lines += [f"    {other.number}: {other}" for other in shrunk]
        lines.append(
            f"  repeat: APUS_SEED={self.seed} python -m differential --case {self.case}"
            "   (in Tests/Integration)")
        return "\n".join(lines)


class Runner:
    """`restart_chroma`: Chroma can crash, and its compactor can die; a case ends there."""

    def __init__(self, chroma, apus, restart_chroma=None):
        self.chroma = chroma
        self.apus = apus
        self.restart_chroma = restart_chroma
        self.crashes = []
        self.steps_run = 0
        self.deviations = collections.Counter()
        self.statuses = collections.Counter()
        self.kinds = collections.Counter()
        self.sent_floats = set()

    def reset(self):
        self.sent_floats = set()
        self.chroma.reset()
        self.apus.reset()

    def send(self, step):
        """Both answers, and the differences that nothing explains."""
        self.sent_floats.update(
            float(text) for text in _NUMBER.findall(step.body or b"") if abs(float(text)) < math.inf)
        chroma = self.chroma.send(step)
        apus = self.apus.send(step)
        if step.method in ("GET", "POST"):
            for peer, answer in ((self.chroma, chroma), (self.apus, apus)):
                self._note(peer, step, answer)
        found = compare(step, chroma, apus, self.chroma.labels, self.apus.labels)
        if any(d.where.endswith((": neighbours", ": distances")) for d in found):
            found = self._judged(step, chroma, apus, found)
        if found:
            case = Case(step, chroma, apus, (self.chroma, self.apus), self.sent_floats)
            found = unexplained(case, found, self.deviations)
        return chroma, apus, found

    def _note(self, peer, step, answer):
        if step.kind == "create collection" and answer is not None and answer.status == 200:
            peer.note_collection(step, answer.json()["id"])

    def _judged(self, step, chroma, apus, found):
        """Without those about neighbours, where Apus's are right by exact search."""
        exact = Exact(self.chroma, self.apus, step)
        if not exact.accepts(apus):
            return found
        if not exact.accepts(chroma):
            self.deviations["Chroma's neighbours are approximate"] += 1
        return [d for d in found if not d.where.endswith((": neighbours", ": distances"))]

    def run_case(self, seed, case, steps=CASE_STEPS, verbose=False, survey=None):
        """The failure, or None. With `survey`, a function that gets failures, the case goes on after those
        that leave both servers in the same state.
        """
        self.reset()
        generator = Generator(seed, case)
        done = []
        for _ in range(steps):
            step = generator.next()
            done.append(step)
            chroma, apus, found = self.send(step)
            self.steps_run += 1
            if self._is_chroma_broken(chroma):
                self.crashes.append((case, step))
                return None
            if not found and have_parted(step, chroma, apus):
                # Explained, but from here on the two have different records.
                return None
            if verbose:
                print(f"{step.number}: {step}\n  Chroma {chroma}\n  Apus   {apus}", flush=True)
            self.statuses[chroma.status if chroma else None] += 1
            self.kinds[f"{step.kind} {chroma.status if chroma else None}"] += 1
            if found:
                failure = Failure(seed, case, list(done), chroma, apus, found)
                if survey is None:
                    return failure
                survey(failure)
                if not failure.is_harmless():
                    return failure
            body = None
            if chroma is not None and chroma.status == 200 and chroma.body:
                body = value_of(chroma, self.chroma.labels)
            generator.observe(step, chroma.status if chroma else None, body)
        return None

    def _is_chroma_broken(self, answer):
        """Whether Chroma crashed or answers nothing but errors since; then it is started anew."""
        if answer is None:
            broken = not self.chroma.answers()
        else:
            broken = answer.status == 500 and b"compactor" in answer.body
        if broken:
            assert self.restart_chroma, "Chroma crashed"
            self.restart_chroma()
        return broken

    def differs_after(self, steps):
        """Whether the last of these steps, after a reset and the others, is answered differently."""
        self.reset()
        for step in steps[:-1]:
            self.send(step)
        return bool(self.send(steps[-1])[2])

    def shrunk(self, failure):
        """The failure's steps without those that it does not need."""
        steps = failure.steps
        size = max(1, (len(steps) - 1) // 2)
        if not self.differs_after(steps):
            # Not alone the steps of this case bring it about.
            return steps
        while True:
            index = 0
            while index < len(steps) - 1:
                fewer = steps[:index] + steps[min(index + size, len(steps) - 1):]
                if self.differs_after(fewer):
                    steps = fewer
                else:
                    index += size
            if size == 1:
                return steps
            size //= 2


def run(runner, seed, steps, first_case=0, failures_max=1, output=sys.stdout, shrink=True, steps_of_case=CASE_STEPS):
    """Runs at least `steps` steps. Returns the reports of the failures."""
    reports = []
    case = first_case
    while runner.steps_run < steps and len(reports) < failures_max:
        failure = runner.run_case(seed, case, steps_of_case)
        if failure:
            report = failure.report(runner.shrunk(failure) if shrink else None)
            print(report, file=output, flush=True)
            reports.append(report)
        case += 1
    return reports


def survey(runner, seed, steps, first_case=0):
    """Runs `steps` steps whatever happens. Returns one failure of each fingerprint with their number."""
    found = {}

    def note(failure):
        _, count = found.get(failure.fingerprint(), (None, 0))
        found[failure.fingerprint()] = (found.get(failure.fingerprint(), (failure, 0))[0], count + 1)

    case = first_case
    while runner.steps_run < steps:
        runner.run_case(seed, case, survey=note)
        case += 1
    return found
