"""Where Apus answers otherwise than Chroma 1.5.9 on purpose; docs/CHROMA-COMPATIBILITY.md lists the same."""


import math

from .json_text import Float


class Deviation:
    """`accepts(case)`: whether the whole difference is this one, and Apus's answer what is promised."""

    def __init__(self, name, accepts):
        self.name = name
        self.accepts = accepts


class Case:
    """One step on which the answers differ."""

    def __init__(self, step, chroma, apus, differences, peers, sent_floats):
        self.sent_floats = sent_floats
        self.step = step
        self.chroma = chroma
        self.apus = apus
        self.differences = differences
        self.peers = peers

    def apus_answers(self, status, name=None, begins=""):
        if self.apus is None or self.apus.status != status:
            return False
        if name is None:
            return True
        body = self.apus.json()
        return body["error"] == name and body["message"].startswith(begins)


def trace_id(case):
    return all(d.where == "header chroma-trace-id" for d in case.differences) and (
        case.step.kind == "create collection")


def rounded_floats(case):
    """Chroma reads 9007199254740993.0 as ...994.0; Apus as the nearest number, which is among those sent."""
    return all(
        isinstance(d.chroma, Float) and isinstance(d.apus, Float) and d.apus.value in case.sent_floats
        and d.chroma.value not in case.sent_floats
        and abs(d.chroma.value - d.apus.value) <= 4 * math.ulp(d.apus.value)
        for d in case.differences)


DEVIATIONS = [
    Deviation("trace id", trace_id),
    Deviation("floats read exactly", rounded_floats),
]


def known(case):
    """The deviation that explains the case, or None."""
    return next((d for d in DEVIATIONS if d.accepts(case)), None)
