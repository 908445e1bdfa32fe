"""Where Apus answers otherwise than Chroma 1.5.9 on purpose; docs/CHROMA-COMPATIBILITY.md lists the same.

Each rule is as narrow as it can be: it sees both answers and accepts only the difference that it names.
"""
import collections
import math
import re

from . import pending
from .exact import ask
from .json_text import Float


class Case:
    """One step on which the answers differ."""

    def __init__(self, step, chroma, apus, peers, sent_floats):
        self.step = step
        self.chroma = chroma
        self.apus = apus
        self.peers = peers
        self.sent_floats = sent_floats

    def apus_answers(self, status, name=None, begins=""):
        if self.apus is None or self.apus.status != status:
            return False
        return name is None or (self.name(self.apus) == name and self.text(self.apus).startswith(begins))

    def chroma_answers(self, status, name=None, begins=""):
        if self.chroma is None or self.chroma.status != status:
            return False
        return name is None or (
            self.name(self.chroma) == name and self.text(self.chroma).startswith(begins))

    @staticmethod
    def name(answer):
        return _error(answer).get("error", "")

    @staticmethod
    def text(answer):
        """The message of an error, else nothing."""
        return _error(answer).get("message", "")

    @property
    def messages(self):
        return self.text(self.chroma), self.text(self.apus)

    @property
    def same_error(self):
        """Whether both refuse it in the same way, but for the text."""
        return self.chroma is not None and self.apus is not None and (
            self.chroma.status == self.apus.status >= 400
            and self.name(self.chroma) == self.name(self.apus) != "")


def _error(answer):
    if answer is None or answer.status < 400 or not answer.body:
        return {}
    value = answer.json()
    return value if isinstance(value, dict) else {}


# ---- Rules about one place of an answer: `rule(case, difference)`.


def rounded_floats(case, difference):
    """Chroma reads 9007199254740993.0 as ...994.0; Apus as the nearest number, one of those sent."""
    theirs, ours = difference.chroma, difference.apus
    return (
        isinstance(theirs, Float) and isinstance(ours, Float) and ours.value in case.sent_floats
        and theirs.value not in case.sent_floats
        and abs(theirs.value - ours.value) <= 4 * math.ulp(ours.value))


def minus_zero(case, difference):
    """Chroma's SQLite forgets the sign of a metadata value -0.0."""
    return (
        "metadata" in difference.where and isinstance(difference.chroma, Float)
        and (difference.chroma, difference.apus) == ("0.0", "-0.0"))


def empty_list(case, difference):
    """Chroma's tables have one row for each element of a list, so an empty list is lost."""
    if "metadatas" not in difference.where:
        return False
    if difference.chroma == "no such key":
        return difference.apus == []
    return not difference.chroma and isinstance(difference.apus, dict) and (
        all(value == [] for value in difference.apus.values()))


def length_not_kept(case, difference):
    """Of a cosine vector Chroma keeps direction and length; squares beyond single precision are lost."""
    theirs, ours = difference.chroma, difference.apus
    if ".embeddings[" not in difference.where or not isinstance(ours, Float):
        return False
    if theirs is None:
        return True
    return isinstance(theirs, Float) and theirs.value == 0 and (
        abs(ours.value) < 1e-18 or any(x > 1e18 for x in case.sent_floats))


# ---- Rules about a whole answer: `rule(case)`.


def wrong_place(case):
    """Chroma takes a collection by its id under any tenant and database (CVE-2026-45830 and 45832)."""
    return case.step.kind == "wrong place" and case.chroma.status < 300 and case.apus_answers(
        404, "NotFoundError", "Collection [")


def collection_by_crn(case):
    """Chroma's sysdb panics: "not implemented"."""
    return case.chroma is None and case.step.path.startswith("/api/v2/collections/") and (
        case.apus.status in (200, 404))


def list_in_collection_metadata(case):
    """Chroma panics."""
    return case.chroma is None and case.step.kind in ("create collection", "modify collection") and (
        case.apus_answers(400, "InvalidArgumentError", "Validation error: "))


def query_not_finite(case):
    """Chroma searches with an infinite vector, and answers null for its distances."""
    return case.step.kind == "query" and case.apus_answers(
        400, "InvalidArgumentError",
        "Validation error: query_embeddings: Embeddings must not contain NaN or Infinity values") and any(
            isinstance(x, (int, float)) and abs(x) > 3.4028235e38
            for row in case.step.json()["query_embeddings"] for x in row)


def rename_onto_another(case):
    """Chroma shows its database's own error with 500, before it would panic at a list in the metadata."""
    ours = case.apus_answers(409, "ChromaError", "Collection [") or case.apus_answers(
        400, "InvalidArgumentError", "Validation error: new_metadata: the metadata of a collection has ")
    return case.step.kind == "modify collection" and ours and (
        case.chroma_answers(500, "InternalError", "Database error: ") and "UNIQUE" in case.text(case.chroma))


def indexing_status(case):
    """Chroma calls its own gap an internal error."""
    return case.step.path.endswith("/indexing_status") and case.chroma.status == 500 and (
        case.apus.status == 501)


def first_of_several_faults(case):
    """Chroma lists all faults, in the order of a hash map; Apus names one of them."""
    theirs, ours = map(_with_sorted_parameters, case.messages)
    begins = ("Validation error: ", "Failed to reconcile schema: Invalid HNSW configuration: ")
    return case.same_error and "\n" in theirs and any(
        theirs.startswith(begin) and ours.startswith(begin) and ours[len(begin):] in theirs
        for begin in begins)


def parameters_in_random_order(case):
    """The parameters of a length or range error come from a hash map: Chroma itself varies."""
    theirs, ours = case.messages
    return case.same_error and theirs != ours and (
        _with_sorted_parameters(theirs) == _with_sorted_parameters(ours))


def _with_sorted_parameters(text):
    def in_order(match):
        return match[1] + ", ".join(sorted(re.findall(r'"\w+": \w+\([^)]*\)', match[2]))) + "}]"

    return re.sub(r"(Validation error: (?:length|range) \[\{)(.*?)\}\]", in_order, text)


def contains_zero_character(case):
    """SQLite ends a string at U+0000: Chroma searches for, and in, what stands before it."""
    if not _both_read(case):
        return False
    operands = list(_operands(case.step.json(), "$contains", "$not_contains", "$regex", "$not_regex"))
    if any("\0" in operand for operand in operands):
        return True
    theirs, ours, records = _passing(case)
    return bool(operands) and theirs != ours and all("\0" in (records[i][1] or "") for i in theirs ^ ours)


def _both_read(case):
    return case.step.kind in ("get", "query") and case.chroma is not None and (
        case.chroma.status == case.apus.status == 200)


def _passing(case):
    """The ids that pass the step's filter on Chroma and on Apus; each record's metadata and document."""
    body = case.step.json()
    base = case.step.path.split("?")[0].rsplit("/", 1)[0]
    selection = {k: body[k] for k in ("where", "where_document") if body.get(k) is not None}
    theirs, ours = (set(ask(peer, f"{base}/get", selection)["ids"]) for peer in case.peers)
    everything = ask(case.peers[0], f"{base}/get", {})
    rows = zip(everything["ids"], everything["metadatas"], everything["documents"])
    return theirs, ours, {i: (metadata or {}, document) for i, metadata, document in rows}


def no_neighbour_wanted(case):
    """With `n_results` 0, after deletes, Chroma panics."""
    return case.chroma is None and case.step.kind == "query" and case.step.json().get("n_results") == 0 and (
        case.apus.status == 200 and not any(case.apus.json()["ids"]))


def regex_too_large(case):
    """Chroma compiles a pattern when it meets a document: 200 without one, else an SQL error."""
    return case.chroma is not None and case.chroma.status in (200, 500) and case.apus_answers(
        400, "InvalidArgumentError", "Regex syntax errror: Compiled regex exceeds size limit")


def _operands(value, *operators):
    """The strings that stand under one of the operators, anywhere."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in operators and isinstance(item, str):
                yield item
            yield from _operands(item, *operators)
    elif isinstance(value, list):
        for item in value:
            yield from _operands(item, *operators)


def fractions_against_integers(case):
    """Chroma cuts a float operand to an integer where the value is one; Apus compares the numbers."""
    if not _both_read(case):
        return False
    keys = set(_keys_of_fractions(case.step.json().get("where")))
    if not keys:
        return False
    theirs, ours, records = _passing(case)
    return theirs != ours and all(
        any(type(records[i][0].get(key)) is int for key in keys) for i in theirs ^ ours)


def _keys_of_fractions(where):
    """The keys that are compared with a float which is no integer of 64 bits."""
    if not isinstance(where, dict):
        return
    for key, value in where.items():
        if key in ("$and", "$or"):
            for item in value if isinstance(value, list) else []:
                yield from _keys_of_fractions(item)
        elif _has_fraction(value):
            yield key


def _has_fraction(value):
    if isinstance(value, dict):
        return any(_has_fraction(item) for item in value.values())
    if isinstance(value, list):
        return any(_has_fraction(item) for item in value)
    return isinstance(value, float) and not (value.is_integer() and abs(value) < 2**63)


PARTS = {
    "floats are read exactly": rounded_floats,
    "-0.0 stays": minus_zero,
    "an empty list stays": empty_list,
    "a vector's length stays": length_not_kept,
}
WHOLES = {
    "a collection is found at its own place only": wrong_place,
    "a collection by CRN": collection_by_crn,
    "lists in a collection's metadata are refused": list_in_collection_metadata,
    "a query vector is finite": query_not_finite,
    "a rename onto another name is a conflict": rename_onto_another,
    "no neighbour wanted": no_neighbour_wanted,
    "indexing_status is not implemented": indexing_status,
    "one of several faults": first_of_several_faults,
    "parameters in random order": parameters_in_random_order,
    "U+0000 in $contains": contains_zero_character,
    "a pattern that is too large is refused": regex_too_large,
    "fractions against integers": fractions_against_integers,
}


def unexplained(case, differences, seen=None):
    """The differences that no rule accepts; counts in `seen` the rules that were needed."""
    seen = collections.Counter() if seen is None else seen
    parts = {**PARTS, **pending.PARTS}
    rest = []
    for difference in differences:
        name = next((n for n, rule in parts.items() if rule(case, difference)), None)
        if name is None:
            rest.append(difference)
        else:
            seen[name] += 1
    if not rest:
        return []
    for name, rule in {**WHOLES, **pending.WHOLES}.items():
        if rule(case):
            seen[name] += 1
            return []
    return rest
