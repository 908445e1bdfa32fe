"""Chroma's HTTP API v2, as far as the benchmark uses it: requests made beforehand, answers read afterwards."""
import orjson

from bench_tools.data import K, record_id, row_of
from bench_tools.raw_http import Connection, frame, head_of_post

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
EMPTY = frame("GET", "/api/v2/version")


def add_body(data, rows):
    """What a JSON client sends for these records. The numbers are those of Python's float, as clients print them."""
    return orjson.dumps({
        "ids": [record_id(row) for row in rows], "embeddings": data.vectors[rows.start:rows.stop].tolist(),
        "documents": data.documents[rows.start:rows.stop], "metadatas": data.metadatas[rows.start:rows.stop]})


def rows_of(answer):
    """Row numbers in an answer to get, or to a query of one vector."""
    ids = orjson.loads(answer)["ids"]
    return [row_of(name) for name in (ids[0] if ids and isinstance(ids[0], list) else ids)]


class Collection:
    """One collection of a server, made anew. Its methods return requests, apart from those that say otherwise."""

    def __init__(self, server, ef_search):
        self._server = server
        made = self._now("POST", COLLECTIONS, {
            "name": "bench", "configuration": {"hnsw": {"space": "cosine", "ef_search": ef_search}}})
        self._path = f"{COLLECTIONS}/{made['id']}"

    def count(self):
        """Asks now."""
        return self._now("GET", self._path + "/count")

    def set_ef_search(self, value):
        """Asks now."""
        self._now("PUT", self._path, {"new_configuration": {"hnsw": {"ef_search": value}}})

    def add(self, body):
        """In two parts."""
        return head_of_post(self._path + "/add", len(body)), body

    def query(self, vector, where=None, word=None):
        return self._post("query", {
            "query_embeddings": [vector.tolist()], "n_results": K, "include": ["metadatas", "documents", "distances"],
            **_filters(where, word)})

    def get(self, rows=None, word=None):
        return self._post("get", {
            "ids": None if rows is None else [record_id(row) for row in rows], "limit": K if rows is None else None,
            "include": ["metadatas", "documents"], **_filters(None, word)})

    def _post(self, operation, body):
        return frame("POST", f"{self._path}/{operation}", orjson.dumps(body))

    def _now(self, method, path, body=None):
        with Connection(self._server.port) as connection:
            content = b"" if body is None else orjson.dumps(body)
            return orjson.loads(connection.ask(frame(method, path, content)) or b"null")


def _filters(where, word):
    return {"where": where, "where_document": {"$contains": word} if word else None}
