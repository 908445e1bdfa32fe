"""Random sequences of requests that build on each other."""
import random

from . import json_text
from .collection_requests import CollectionRequests
from .filters import Filters
from .place_requests import PlaceRequests
from .record_requests import RecordRequests
from .requests import Step
from .values import Values
from .vocabulary import BAD_NAMES, DATABASES, NAMES, quoted, TENANTS, V2


class Generator(PlaceRequests, CollectionRequests, RecordRequests):
    """The steps of one case. The same seed and the same answers give the same steps."""

    WEIGHTS = [
        ("tenants", 2), ("databases", 3), ("create_collection", 8), ("collections_read", 6), ("modify_collection", 5), ("delete_collection", 2), ("write", 34), ("get", 22), ("query", 18),
        ("count", 3), ("delete", 8), ("unimplemented", 1), ("system", 3), ("wrong_method", 1), ("wrong_place", 1)]

    def __init__(self, seed, case):
        self.rng = random.Random(f"{seed}/{case}")
        # The lists of a deleted collection's records come back in Chroma, on records of other collections: a
        # case has lists or deletes collections.
        self.lists = self.rng.random() < 0.6
        # Chroma's filters see a document up to its first U+0000: a case has such documents or deletes by text.
        self.zeros = self.rng.random() < 0.3
        self.values = Values(self.rng, self.lists, self.zeros)
        self.filters = Filters(self.values)
        self.number = 0
        self.collections = []
        self.pending = None

    # ---- the sequence

    def next(self):
        values = self.values
        if not self.collections and values.chance(0.7):
            make = self.create_collection
        else:
            make = getattr(self, self.rng.choices(*zip(*self.WEIGHTS))[0])
        self.pending = None
        step = make()
        step.number = self.number
        self.number += 1
        return step

    def observe(self, step, status, body):
        """What Chroma answered."""
        if status not in (200, 201) or self.pending is None:
            return
        kind, value = self.pending
        if kind == "create" and isinstance(body, dict) and "id" in body:
            value.step = step.number
            value.name = body["name"]
            known = [c for c in self.collections if (c.tenant, c.database, c.name) == (value.tenant, value.database, value.name)]
            if not known:
                self.collections.append(value)
        elif kind == "delete":
            self.collections = [c for c in self.collections if not value(c)]
        elif kind == "settle":
            value.settled = True
        elif kind == "write":
            collection, ids = value
            collection.ids.update(ids)
        elif kind == "forget":
            value.ids.clear()
        elif kind == "rename":
            collection, name = value
            collection.name = name

    # ---- parts

    def post(self, kind, path, body, method="POST", facts=None):
        """A request with a JSON body, spoiled now and then."""
        values = self.values
        headers = {}
        if values.chance(0.10):
            body = values.mutated(body)
        if isinstance(body, dict) and values.chance(0.012):
            body = values.doubled(body)
        text = json_text.write(body, values.chance(0.3), values.chance(0.06))
        if values.chance(0.03):
            text = values.broken(text)
        if values.chance(0.03):
            headers["content-type"] = values.pick([
                "none", "text/plain", "application/json; charset=utf-8", "application/JSON", "application/vnd.api+json", "application/xml", "json", "application/json;",
                "multipart/form-data", "*/*", "text/json", "application/json, text/plain"])
        return Step(0, kind, method, path, text, headers, facts)

    def tenant(self):
        return self.values.pick(TENANTS) if self.values.chance(0.25) else TENANTS[0]

    def database(self):
        if self.values.chance(0.02):
            return self.values.pick(["x", "ab", "none", "no db", "日本"])
        return self.values.pick(DATABASES) if self.values.chance(0.25) else DATABASES[0]

    def place(self, tenant=None, database=None):
        tenant = tenant or self.tenant()
        database = database or self.database()
        path = f"{V2}/tenants/{quoted(tenant)}/databases/{quoted(database)}"
        return tenant, database, path

    def name(self):
        return self.values.pick(BAD_NAMES) if self.values.chance(0.15) else self.values.pick(NAMES)

    def collection(self):
        return self.values.pick(self.collections) if self.collections else None

    def record_path(self, route):
        """The collection (or None) and the path of one of its routes."""
        values = self.values
        collection = self.collection()
        if collection is None or values.chance(0.02):
            _, _, path = self.place()
            identifier = values.pick([
                "00000000-0000-0000-0000-000000000000", "not-a-uuid", "one", "11111111-1111-4111-8111-111111111111", "123", "%7Bx%7D",
                "11111111-1111-4111-8111-11111111111", "11111111-1111-1111-1111-11111111111g"] + ["urn:uuid:11111111-1111-4111-8111-111111111111"] * values.chance(0.1))
            return None, f"{path}/collections/{identifier}{route}"
        _, _, path = self.place(collection.tenant, collection.database)
        form = "c"
        if values.chance(0.03):
            form = values.pick("Cu")
        return collection, f"{path}/collections/<{form}{collection.step}>{route}"

    def dimension(self, collection):
        return collection.dimension if collection else 3
