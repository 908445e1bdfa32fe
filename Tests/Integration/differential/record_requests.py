"""Requests about records."""
import re

from . import json_text
from .requests import Step
from .values import IDS, URIS
from .vocabulary import has_fraction, INCLUDES


class RecordRequests:
    """A part of Generator."""

    def ids(self, least=1):
        values = self.values
        found = [values.pick(IDS[:10] if values.chance(0.7) else IDS) for _ in range(self.rng.randrange(least, 7))]
        if not values.chance(0.1):
            found = list(dict.fromkeys(found))
        if values.chance(0.01):
            found.append("")
        return found

    def first_write(self):
        """Plain enough to be accepted by both."""
        collection = next(c for c in self.collections if not c.settled)
        _, _, path = self.place(collection.tenant, collection.database)
        ids = self.rng.sample(IDS[:10], self.rng.randrange(1, 6))
        rows = [[self.rng.randrange(-8, 9) / 4 for _ in range(collection.dimension)] for _ in ids]
        body = {"ids": ids, "embeddings": rows, "documents": [self.values.pick(self.values.documents) for _ in ids]}
        self.pending = ("settle", collection)
        collection.ids.update(ids)
        return Step(0, "add", "POST", f"{path}/collections/<c{collection.step}>/add", json_text.write(body))

    def write(self):
        values = self.values
        if any(not c.settled for c in self.collections):
            return self.first_write()
        kind = values.pick(["add", "add", "upsert", "upsert", "update"])
        collection, path = self.record_path(f"/{kind}")
        ids = self.ids()
        with_vectors = kind != "update" or values.chance(0.5)
        if kind == "update" and with_vectors:
            there = sorted(collection.ids) if collection else []
            ids = self.rng.sample(there, min(len(there), 4)) + ["nobody"] * values.chance(0.3)
        count = len(ids)
        body = {"ids": ids}
        if with_vectors:
            body["embeddings"] = values.vectors(count, self.dimension(collection), kind == "update")
        nulls = kind != "add"
        if values.chance(0.75):
            body["metadatas"] = [None if values.chance(0.1) else values.metadata(nulls) for _ in ids]
        if values.chance(0.7):
            body["documents"] = [None if values.chance(0.15) else values.pick(values.documents) for _ in ids]
        if values.chance(0.2):
            body["uris"] = [None if values.chance(0.3) else values.pick(URIS) for _ in ids]
        if values.chance(0.02):
            field = values.pick(sorted(body))
            body[field] = body[field][:-1]
        if values.chance(0.3):
            items = list(body.items())
            self.rng.shuffle(items)
            body = dict(items)
        step = self.post(kind, path, body)
        if collection and kind != "update":
            sent = step.json()
            # Of a spoiled request nothing is certain but what it names.
            if isinstance(sent, dict) and sent.get("ids") == ids:
                self.pending = ("write", (collection, ids))
        return step

    def selection(self, body):
        values = self.values
        if values.chance(0.25):
            body["ids"] = self.ids(0)
        if values.chance(0.4):
            body["where"] = self.filters.where()
        if values.chance(0.25):
            body["where_document"] = self.filters.document()
        return body

    def include(self, body):
        values = self.values
        if values.chance(0.7):
            body["include"] = [values.pick(INCLUDES) for _ in range(self.rng.randrange(0, 5))]
            if values.chance(0.02):
                body["include"].append(values.pick(["data", "", "Documents", None, 1]))
        return body

    def get(self):
        values = self.values
        collection, path = self.record_path("/get")
        body = self.include(self.selection({}))
        if values.chance(0.3):
            body["limit"] = values.pick([0, 1, 2, 3, 100, -1, 1.5, 4294967295, 4294967296, None, "1"]) if values.chance(0.3) else self.rng.randrange(1, 6)
        if values.chance(0.3):
            body["offset"] = values.pick([0, 1, 2, 3, 100, -1, 4294967296, None]) if values.chance(0.3) else self.rng.randrange(0, 4)
        return self.post("get", path, body)

    def query(self):
        values = self.values
        collection, path = self.record_path("/query")
        body = self.include(self.selection({}))
        if values.chance(0.8):
            # Ids that are not there are a deviation of their own.
            body.pop("ids", None)
        body["query_embeddings"] = [
            values.vector(self.dimension(collection)) for _ in range(values.pick([1, 1, 1, 2, 3, 0]))]
        if values.chance(0.8):
            body["n_results"] = values.pick([0, 1, 2, 100, 4294967295, 4294967296, -1, 1.5, None, "1"]) if values.chance(0.15) else self.rng.randrange(1, 12)
        if values.chance(0.03):
            path += values.pick(["?limit=1", "?offset=1", "?limit=x"])
        return self.post("query", path, body)

    def count(self):
        _, path = self.record_path("/count")
        if self.values.chance(0.2):
            path += self.values.pick(["?read_level=index_and_wal", "?read_level=index_only", "?read_level=index_and_bounded_wal", "?read_level=", "?read_level=x", "?x=1", "?read_level"])
        return Step(0, "count", "GET", path)

    def delete(self):
        values = self.values
        collection, path = self.record_path("/delete")
        body = {}
        if values.chance(0.5):
            body["ids"] = self.ids(0)[:2]
        if values.chance(0.4):
            body["where"] = self.filters.where()
        if values.chance(0.15):
            body["where_document"] = self.filters.document()
        if values.chance(0.2):
            body["limit"] = values.pick([0, 1, 2, 100, -1, None, "x", 1.5]) if values.chance(0.3) else 1
        step = self.post("delete", path, body)
        by_text = b"document" in step.body and self.zeros
        if has_fraction(step.json()) or by_text or re.search(rb"\\u0000|\0", step.body):
            # What Chroma deletes by such a filter is a listed deviation: the two would part ways here.
            return self.count()
        if collection:
            self.pending = ("forget", collection)
        return step
