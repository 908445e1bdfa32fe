"""Exact search over the records that a server shows: the judge where two lists of neighbours differ."""
import json
import math
import struct

from . import json_text
from .compare import near
from .requests import Step


def single(value):
    """As the server keeps it, in single precision."""
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


_LARGEST = 3.4028235e38


def distance(space, a, b):
    """Infinite where it is beyond single precision, however far."""
    found = _distance(space, a, b)
    return found if abs(found) < _LARGEST else math.inf


def _distance(space, a, b):
    if space == "l2":
        return math.fsum((x - y) ** 2 for x, y in zip(a, b))
    product = math.fsum(x * y for x, y in zip(a, b))
    if space == "ip":
        return 1 - product
    lengths = math.sqrt(math.fsum(x * x for x in a)) * math.sqrt(math.fsum(y * y for y in b))
    return 1 - product / lengths if lengths else 1.0


class Exact:
    """The distances of all records of a step's collection that pass its filter, for each query."""

    def __init__(self, peer, other, step):
        body = step.json()
        base = step.path.split("?")[0][: -len("/query")]
        selection = {k: body[k] for k in ("ids", "where", "where_document") if body.get(k) is not None}
        # Of the filter's own spelling nothing may be lost: -0.0, 1 against 1.0.
        records = ask(peer, f"{base}/get", {**selection, "include": ["embeddings"]})
        if any(x is None for vector in records["embeddings"] for x in vector):
            # Chroma lost a cosine vector whose length is beyond single precision.
            records = ask(other, f"{base}/get", {**selection, "include": ["embeddings"]})
        place, identifier = base.rsplit("/collections/", 1)
        collection = peer.send(Step(0, "", "GET", f"{place}/collections/by-id/{identifier}")).json()
        vectors = collection["schema"]["keys"]["#embedding"]["float_list"]["vector_index"]["config"]
        self.space = vectors["space"]
        self.rows = [
            {
                identifier: distance(self.space, [single(x) for x in query], vector)
                for identifier, vector in zip(records["ids"], records["embeddings"])}
            for query in body["query_embeddings"]]
        self.wanted = body.get("n_results")
        self.wanted = 10 if self.wanted is None else self.wanted

    def accepts(self, answer):
        """Whether each row of the answer is one of the right ones, with the right distances."""
        body = answer.json()
        given = body["distances"] or [None] * len(body["ids"])
        return len(body["ids"]) == len(self.rows) and all(
            self._accepts(*row) for row in zip(body["ids"], given, self.rows))

    def _accepts(self, found, given, distances):
        best = sorted(distances.values())[: self.wanted]
        if len(found) != len(best) or len(set(found)) != len(found):
            return False
        if given is not None:
            given = [math.inf if value is None else value for value in given]
            if len(given) != len(best) or not all(near(g, d) for g, d in zip(given, best)):
                return False
        return all(i in distances and near(distances[i], d) for i, d in zip(found, best))


def ask(peer, path, body):
    answer = peer.send(Step(0, "", "POST", path, json_text.write(body)))
    assert answer is not None and answer.status == 200, answer
    return json.loads(answer.body)
