"""Compares two answers to one step; says in words what differs."""
import re

from . import json_text
from .json_text import Float

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TOLERANCE = 1e-5


class Difference:
    """`where`: the part of the answer; `chroma`, `apus`: what stands there."""

    def __init__(self, where, chroma, apus):
        self.where = where
        self.chroma = chroma
        self.apus = apus

    def __str__(self):
        return f"{self.where}: Chroma {short(self.chroma)}, Apus {short(self.apus)}"


def short(value):
    text = repr(value)
    return text if len(text) < 1500 else text[:1500] + "..."


def value_of(answer, labels):
    """The body's value with the ids of collections as labels; None for a body that is empty."""
    if not answer.body:
        return None
    return normal(json_text.read(answer.body), labels)


def normal(value, labels):
    if isinstance(value, dict):
        found = {key: normal(item, labels) for key, item in value.items()}
        if set(found) == {"id", "name", "tenant"} and _UUID.fullmatch(str(found["id"])):
            if not found["id"].startswith("00000000"):
                found["id"] = "<database>"
        if set(found) == {"nanosecond heartbeat"}:
            return {"nanosecond heartbeat": type(found["nanosecond heartbeat"]).__name__}
        return found
    if isinstance(value, list):
        return [normal(item, labels) for item in value]
    if isinstance(value, str) and not isinstance(value, Float):
        return _UUID.sub(lambda match: labels.get(match[0], match[0]), value)
    return value


def compare(step, chroma, apus, chroma_labels, apus_labels):
    """The differences, none for equal answers."""
    if chroma is None or apus is None:
        if chroma is apus:
            return []
        return [Difference("answer", answer_text(chroma), answer_text(apus))]
    found = []
    if chroma.status != apus.status:
        found.append(Difference("status", chroma.status, apus.status))
    headers = ["content-type"]
    if min(chroma.status, apus.status) >= 400:
        # Apus sends it with successes, too.
        headers.append("chroma-trace-id")
    for header in headers:
        if chroma.headers.get(header) != apus.headers.get(header):
            found.append(Difference(
                f"header {header}", chroma.headers.get(header), apus.headers.get(header)))
    if methods(chroma) != methods(apus):
        found.append(Difference("header allow", methods(chroma), methods(apus)))
    try:
        left = value_of(chroma, chroma_labels)
    except ValueError:
        left = chroma.body
    try:
        right = value_of(apus, apus_labels)
    except ValueError as error:
        return found + [Difference(f"body ({error})", left, apus.body)]
    if step.path.split("?")[0].endswith("/collections") and isinstance(left, list) and isinstance(right, list):
        # Both are ordered by id, which is random.
        left, right = sorted(left, key=str), sorted(right, key=str)
    if step.kind == "query" and chroma.status == apus.status == 200:
        return found + query_differences(left, right)
    return found + differences(left, right, "body")


def methods(answer):
    return sorted(part.strip() for part in answer.headers.get("allow", "").split(","))


def answer_text(answer):
    return "no answer, connection closed" if answer is None else repr(answer)


def differences(left, right, where):
    if type(left) is not type(right):
        return [Difference(where, left, right)]
    if isinstance(left, dict):
        found = [
            Difference(f"{where}.{key}", left.get(key, "no such key"), right.get(key, "no such key"))
            for key in sorted(left.keys() ^ right.keys())]
        for key in left:
            if key in right:
                found += differences(left[key], right[key], f"{where}.{key}")
        return found
    if isinstance(left, list):
        if len(left) != len(right):
            return [Difference(where, left, right)]
        found = []
        for index, (a, b) in enumerate(zip(left, right)):
            found += differences(a, b, f"{where}[{index}]")
        return found
    if left != right:
        if ".embeddings[" in where and isinstance(left, Float) and near(left, right, 0, 3e-7):
            # Chroma keeps cosine vectors normalised and multiplies the length back in.
            return []
        return [Difference(where, left, right)]
    return []


def near(left, right, absolute=_TOLERANCE, relative=_TOLERANCE):
    """Nearly the same number. Distances may be null: not finite."""
    if left is None or right is None:
        return left is right
    left, right = float(left), float(right)
    if left == right:
        return True
    return abs(left - right) <= max(absolute, relative * max(abs(left), abs(right)))


def query_differences(left, right):
    """Rows by neighbour: the distances in order, equally near ones in any order."""
    found = differences(
        {k: v for k, v in left.items() if k not in _COLUMNS},
        {k: v for k, v in right.items() if k not in _COLUMNS}, "body")
    for key in _COLUMNS:
        if key != "ids" and (left.get(key) is None) != (right.get(key) is None):
            found.append(Difference(f"body.{key}", left.get(key), right.get(key)))
    if found:
        return found
    if len(left["ids"]) != len(right["ids"]):
        return [Difference("body.ids", left["ids"], right["ids"])]
    for index in range(len(left["ids"])):
        found += row_differences(row(left, index), row(right, index), f"query {index}")
    return found


_COLUMNS = ("ids", "distances", "documents", "embeddings", "metadatas", "uris")


def row(body, index):
    """[(id, distance or None, the rest)] of one query."""
    columns = {key: body[key][index] for key in _COLUMNS if body.get(key) is not None}
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        return [("columns of different lengths", None, {k: len(c) for k, c in columns.items()})]
    return [
        (columns["ids"][i], columns["distances"][i] if "distances" in columns else None,
         {key: columns[key][i] for key in columns if key not in ("ids", "distances")})
        for i in range(len(columns["ids"]))]


def row_differences(left, right, where):
    if len(left) != len(right):
        return [Difference(f"{where}: neighbours", [r[:2] for r in left], [r[:2] for r in right])]
    if any(type(a[1]) is not type(b[1]) or not near(a[1], b[1]) for a, b in zip(left, right)):
        return [Difference(f"{where}: distances", [r[:2] for r in left], [r[:2] for r in right])]
    found = []
    theirs = {r[0]: (place, r) for place, r in enumerate(left)}
    for place, b in enumerate(right):
        other, a = theirs.get(b[0], (None, None))
        # Equally near neighbours stand in any order; without distances `exact` has to tell.
        if a is None or (other != place and (a[1] is None or not near(a[1], b[1]))):
            return [Difference(f"{where}: neighbours", [r[:2] for r in left], [r[:2] for r in right])]
        found += differences(a[2], b[2], f"{where}, {b[0]!r}")
    return found
