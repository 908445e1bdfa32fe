"""Chroma's routes, as far as the checks need them, with records that say which operation wrote them."""
from .http_client import HTTPClient
from .register_check import ABSENT, marker

DATABASE = "/api/v2/tenants/default_tenant/databases/default_database"
COLLECTIONS = DATABASE + "/collections"
STRONG = {"Apus-Consistency": "strong"}


class TornRecord(AssertionError):
    """Parts of a record were written by different operations."""


class Chroma:
    """One server, for one thread."""

    def __init__(self, server, timeout=45):
        self.http = HTTPClient(server if isinstance(server, int) else server.port, timeout)

    def close(self):
        self.http.close()

    # ---- collections

    def create(self, name, get_or_create=False, metadata=None):
        body = {"name": name, "get_or_create": get_or_create}
        if metadata:
            body["metadata"] = metadata
        return self.http.post(COLLECTIONS, body)

    def collection(self, name, strong=False):
        return self.http.request("GET", f"{COLLECTIONS}/{name}", headers=STRONG if strong else {})

    def by_id(self, identifier, strong=False):
        return self.http.request(
            "GET", f"{COLLECTIONS}/by-id/{identifier}", headers=STRONG if strong else {})

    def rename(self, identifier, name):
        return self.http.request("PUT", f"{COLLECTIONS}/{identifier}", {"new_name": name})

    def drop(self, name):
        return self.http.request("DELETE", f"{COLLECTIONS}/{name}")

    # ---- records

    def send(self, route, collection, body, headers=None):
        return self.http.post(f"{COLLECTIONS}/{collection}/{route}", body, headers)

    def write(self, kind, collection, ids, number):
        """add, upsert, update or delete; every part of every record names the operation."""
        if kind == "delete":
            return self.send("delete", collection, {"ids": ids})
        return self.send(kind, collection, {
            "ids": ids, "embeddings": [vector(number)] * len(ids),
            "documents": [marker(number)] + [f"part of {number}"] * (len(ids) - 1),
            "metadatas": [{"op": number}] * len(ids)})

    def read(self, collection, ids=None, strong=False):
        body = {"include": ["embeddings", "documents", "metadatas"]}
        if ids is not None:
            body["ids"] = ids
        return self.send("get", collection, body, STRONG if strong else {})

    def count(self, collection):
        return self.http.get(f"{COLLECTIONS}/{collection}/count")


def vector(number):
    """Three components, exact in single precision, that name the operation."""
    return [float(number % 4096), float(number // 4096), 1.0]


def numbers(answer):
    """From the answer of a read: by id the operation that wrote the record."""
    body = answer.json()
    found = {}
    rows = zip(body["ids"], body["embeddings"], body["documents"], body["metadatas"])
    for identifier, embedding, document, metadata in rows:
        number = metadata["op"]
        documents = (marker(number), f"part of {number}")
        if embedding != vector(number) or document not in documents or identifier in found:
            raise TornRecord(f"{identifier}: {embedding} {document} {metadata}")
        found[identifier] = number
    return found


def number_of(answer, identifier):
    return numbers(answer).get(identifier, ABSENT)
