"""Random sequences of requests that build on each other."""
import random
import re
import urllib.parse

from . import json_text
from .filters import Filters
from .requests import Step
from .values import IDS, URIS, DOCUMENTS, WRONG, Values

V2 = "/api/v2"
TENANTS = ["default_tenant", "tenant-1", "тенант 2", "ab"]
DATABASES = ["default_database", "db-1", "db.two"]
NAMES = ["one", "two", "three", "four_4", "five.five", "a-b"]
BAD_NAMES = [
    "", "a", "ab", "a b", "-ab", "ab-", "a..b", "192.168.1.1", "300.1.1.1", "1.2.3", "日本語", "x" * 512, "x" * 513, "a/b", "abc+def", "a+bcd",
    "abc+def+ghi", "+abc", "abc+", "_ab", "ABC", "a_b", "abc\n", "a\u0000b", "...", "0.0.0.0", "01.02.03.04", "abc+..", "1.1.1.1+abc"]
INCLUDES = ["documents", "metadatas", "embeddings", "uris", "distances"]
# Not max_neighbors 0: with that Chroma crashes at the first record.
HNSW = {
    "space": ["l2", "cosine", "ip", "L2", "foo", 1, None], "ef_construction": [10, 100, 0, 1.5, -1, "x", None], "ef_search": [10, 50, 100, 0, "x", None],
    "max_neighbors": [4, 16, 1, -1, None], "num_threads": [1, 2, 0], "resize_factor": [1.2, 2, 0, -1, "x"], "sync_threshold": [2, 1000, 1, 0],
    "batch_size": [2, 100, 0], "foo": [1]}
LEGACY = {
    "hnsw:space": ["l2", "cosine", "ip", "foo", 1], "hnsw:M": [8, 16, 1.5, "x"], "hnsw:construction_ef": [50, "x"], "hnsw:search_ef": [50, 1.5],
    "hnsw:num_threads": [1, -1], "hnsw:resize_factor": [1.2, 2, "x"], "hnsw:batch_size": [50], "hnsw:sync_threshold": [50, 0], "hnsw:foo": [1]}
FUNCTIONS = [
    None, {"type": "known", "name": "default", "config": {}}, {"type": "legacy"}, {"type": "unknown"}, {"type": "known", "name": "x", "config": {"a": [1, 1.0, None, "é"]}},
    {"type": "known", "name": "x"}, {"type": "known"}, {"type": "foo"}, {}, "default", {"type": "known", "name": "x", "config": None}, {"name": "x", "config": {}}]
ROUTES = [
    V2, f"{V2}/heartbeat", f"{V2}/healthcheck", f"{V2}/version", f"{V2}/pre-flight-checks", f"{V2}/auth/identity", f"{V2}/tenants",
    f"{V2}/tenants/default_tenant", f"{V2}/tenants/default_tenant/databases", f"{V2}/tenants/default_tenant/databases/default_database",
    f"{V2}/tenants/default_tenant/databases/default_database/collections", f"{V2}/tenants/default_tenant/databases/default_database/collections_count",
    f"{V2}/tenants/default_tenant/databases/default_database/collections/one", f"{V2}/collections/a:b:c"]
UNKNOWN_PATHS = [
    "/", "/api", f"{V2}/", f"{V2}/foo", f"{V2}/heartbeat/", f"{V2}//heartbeat", "/api/v3/heartbeat", "/API/V2/heartbeat", f"{V2}/tenants/",
    f"{V2}/tenants//databases", f"{V2}/tenants/default_tenant/databases/default_database/collections/", f"{V2}/tenants/default_tenant/databases/default_database/foo",
    f"{V2}/tenants/default_tenant/databases/default_database/collections/one/foo", "/api/v1", "/api/v1/", "/api/v1/heartbeat", "/api/v1/collections/x/y", "/favicon.ico", "/%", f"{V2}/%68eartbeat",
    f"{V2}/heartbeat?x=1"]
RECORD_ROUTES = ["add", "upsert", "update", "delete", "get", "query", "count", "search", "fork", "fork_count", "indexing_status", "functions/attach"]


class Collection:
    """A collection that the sequence made, and what is known of it."""

    def __init__(self, step, tenant, database, name, dimension):
        self.step = step
        self.tenant = tenant
        self.database = database
        self.name = name
        self.dimension = dimension
        # Whether a write has been accepted. Chroma takes the dimension from any write, a refused one and
        # an update of nothing included, so the first must be one that both accept.
        self.settled = False
        # Ids that are certainly there. In Chroma an update of another id leaves a vector that a later add of
        # the id takes for its own.
        self.ids = set()


class Generator:
    """The steps of one case. The same seed and the same answers give the same steps."""

    def __init__(self, seed, case):
        self.rng = random.Random(f"{seed}/{case}")
        # The lists of a deleted collection's records come back in Chroma, on records of other collections: a
        # case has lists or deletes collections.
        self.lists = self.rng.random() < 0.6
        self.values = Values(self.rng, self.lists)
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
            make = self.rng.choices(*zip(*self.WEIGHTS))[0].__get__(self)
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

    # ---- tenants and databases

    def tenants(self):
        values = self.values
        action = self.rng.randrange(4)
        name = values.pick(TENANTS + ["", "abc", "a/b", "x" * 200])
        if action == 0:
            return self.post("create tenant", f"{V2}/tenants", {"name": name})
        path = f"{V2}/tenants/{quoted(name) or 'none'}"
        if action == 1:
            return self.post("update tenant", path, {"resource_name": values.pick(["abc", None, "", 1])}, "PATCH")
        if action == 2:
            return Step(0, "list databases", "GET", f"{path}/databases{self.page()}")
        return Step(0, "get tenant", "GET", path)

    def page(self):
        values = self.values
        if values.chance(0.4):
            return ""
        parts = []
        for field in ("limit", "offset"):
            if values.chance(0.6):
                parts.append(field + "=" + values.pick(["0", "1", "2", "5", "10", "-1", "x", "", "1.5", "4294967295", "4294967296", "99999999999999999999", "%31", "+1", " 1".replace(" ", "%20")])
                             if values.chance(0.3) else f"{field}={self.rng.randrange(0, 4)}")
        if values.chance(0.05):
            parts.append(values.pick(["foo=1", "limit=1", "offset", "&", "=", "limit"]))
        return "?" + "&".join(parts) if parts else ""

    def databases(self):
        values = self.values
        tenant, database, path = self.place()
        action = self.rng.randrange(5)
        if action < 2:
            name = self.name() if values.chance(0.4) else values.pick(DATABASES[1:])
            return self.post("create database", f"{V2}/tenants/{quoted(tenant)}/databases", {"name": name})
        if action == 2 and values.chance(0.4) and not self.lists:
            self.pending = ("delete", lambda c: (c.tenant, c.database) == (tenant, database))
            return Step(0, "delete database", "DELETE", path)
        return Step(0, "get database", "GET", path)

    # ---- collections

    def create_collection(self):
        values = self.values
        tenant, database, path = self.place()
        name = self.name()
        body = {"name": name}
        if values.chance(0.5):
            body["metadata"] = self.collection_metadata()
        if values.chance(0.4):
            body["configuration"] = self.configuration()
        if values.chance(0.15):
            body["schema"] = self.schema()
        if values.chance(0.4):
            body["get_or_create"] = values.chance(0.7)
        collection = Collection(0, tenant, database, name, values.pick([2, 2, 3, 3, 1, 4]))
        self.pending = ("create", collection)
        return self.post("create collection", f"{path}/collections", body)

    def collection_metadata(self):
        values = self.values
        if values.chance(0.05):
            return values.pick([{}, None])
        found = {}
        for _ in range(self.rng.randrange(1, 4)):
            key = values.key()
            found[key] = values.pick(WRONG) if values.chance(0.02) else values.scalar(key[0] if key[:1] in ("s", "i", "f", "b") else None)
        if values.chance(0.3):
            key = values.pick(sorted(LEGACY)) if values.chance(0.5) else "hnsw:space"
            found[key] = values.pick(LEGACY[key][:3])
        return found

    def hnsw(self):
        values = self.values
        found = {}
        for key in self.rng.sample(sorted(HNSW), self.rng.randrange(0, 3)):
            good = HNSW[key][:3 if key == "space" else 2]
            found[key] = values.pick(HNSW[key]) if values.chance(0.15) else values.pick(good)
            if key == "foo" and values.chance(0.8):
                del found[key]
        return found

    def configuration(self):
        values = self.values
        found = {}
        if values.chance(0.7):
            found["hnsw"] = self.hnsw() if values.chance(0.9) else None
        if values.chance(0.08):
            found["spann"] = values.pick([None, {}, {"space": "cosine"}, {"space": "l2", "search_nprobe": 10}, {"foo": 1}])
        if values.chance(0.3):
            found["embedding_function"] = values.pick(FUNCTIONS[:5]) if values.chance(0.7) else values.pick(FUNCTIONS)
        return found

    def new_configuration(self):
        found = self.configuration()
        if isinstance(found.get("hnsw"), dict) and self.values.chance(0.9):
            for key in ("space", "ef_construction", "foo"):
                found["hnsw"].pop(key, None)
        return found

    def schema(self):
        values = self.values

        def index(name, enabled=None, config=None):
            return {name: {"enabled": values.chance(0.5) if enabled is None else enabled, "config": {} if config is None else config}}

        def types():
            found = {}
            for kind, name in (("string", "string_inverted_index"), ("int", "int_inverted_index"), ("float", "float_inverted_index"), ("bool", "bool_inverted_index")):
                if values.chance(0.3):
                    found[kind] = index(name)
            return found

        vector = {"space": values.pick(["l2", "cosine", "ip"])}
        if values.chance(0.3):
            vector["hnsw"] = self.hnsw()
            vector["hnsw"].pop("space", None)
        if values.chance(0.3):
            vector["embedding_function"] = values.pick(FUNCTIONS)
        schema = {"defaults": types() if values.chance(0.6) else {}, "keys": {}}
        for key in self.rng.sample(["s", "i", "f", "b", "ls", "i🙂"], self.rng.randrange(0, 3)):
            schema["keys"][key] = types()
        if values.chance(0.4):
            schema["keys"]["#embedding"] = {"float_list": index("vector_index", True, vector)}
        if values.chance(0.3):
            schema["keys"]["#document"] = {"string": index("fts_index")}
        if values.chance(0.05):
            schema["keys"][values.pick(["#x", "$x", "", "#document"])] = types()
        if values.chance(0.05):
            schema[values.pick(["defaults", "keys", "foo"])] = values.pick(WRONG)
        return schema

    def collections_read(self):
        values = self.values
        _, _, path = self.place()
        action = self.rng.randrange(6)
        if action == 0:
            return Step(0, "list collections", "GET", f"{path}/collections" + (values.pick(["?limit=0", "?offset=9", "?limit=x", "?limit=-1", "?offset=4294967296"]) if values.chance(0.3) else ""))
        if action == 1:
            return Step(0, "count collections", "GET", f"{path}/collections_count")
        collection = self.collection()
        if collection is None or values.chance(0.1):
            return Step(0, "get collection", "GET", f"{path}/collections/{quoted(self.name()) or 'x'}")
        if action < 4:
            _, _, path = self.place(collection.tenant, collection.database)
            return Step(0, "get collection", "GET", f"{path}/collections/{quoted(collection.name)}")
        _, path = self.record_path("")
        path = path.replace("/collections/", "/collections/by-id/")
        return Step(0, "get collection by id", "GET", path)

    def modify_collection(self):
        values = self.values
        collection, path = self.record_path("")
        body = {}
        if values.chance(0.4):
            body["new_name"] = self.name()
            # Chroma's answer to a name that is taken is a deviation of its own; not at every turn.
            if collection and any(c.name == body["new_name"] for c in self.collections) and values.chance(0.8):
                body["new_name"] = collection.name
            if collection:
                self.pending = ("rename", (collection, body["new_name"]))
        if values.chance(0.4):
            body["new_metadata"] = self.collection_metadata()
            if values.chance(0.2) and body["new_metadata"]:
                body["new_metadata"]["i"] = None
        if values.chance(0.4):
            body["new_configuration"] = self.new_configuration()
        step = self.post("modify collection", path, body, "PUT")
        if self.pending:
            sent = step.json()
            if not isinstance(sent, dict) or not isinstance(sent.get("new_name"), str):
                self.pending = None
            else:
                self.pending = ("rename", (collection, sent["new_name"]))
        return step

    def delete_collection(self):
        if self.lists:
            return self.collections_read()
        tenant, database, path = self.place()
        name = self.name()
        collection = self.collection()
        if collection and self.values.chance(0.4):
            tenant, database, path = self.place(collection.tenant, collection.database)
            name = collection.name
        self.pending = ("delete", lambda c: (c.tenant, c.database, c.name) == (tenant, database, name))
        return Step(0, "delete collection", "DELETE", f"{path}/collections/{quoted(name) or 'x'}")

    # ---- records

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
        body = {"ids": ids, "embeddings": rows, "documents": [self.values.pick(DOCUMENTS) for _ in ids]}
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
            body["documents"] = [None if values.chance(0.15) else values.pick(DOCUMENTS) for _ in ids]
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
        if has_fraction(step.json()) or re.search(rb"\\u0000|\0", step.body):
            # What Chroma deletes by such a filter is a listed deviation: the two would part ways here.
            return self.count()
        if collection:
            self.pending = ("forget", collection)
        return step

    # ---- the rest

    def unimplemented(self):
        values = self.values
        route, method, body = values.pick([
            ("/search", "POST", {"searches": [{"limit": {"limit": 1}}]}), ("/search", "POST", {}), ("/fork", "POST", {"new_name": "forked"}), ("/fork", "POST", {}), ("/fork_count", "GET", None),
            ("/indexing_status", "GET", None), ("/functions/attach", "POST", {"name": "f", "function_id": "g", "output_collection": "o"}), ("/functions/attach", "POST", {"name": "f"}),
            ("/functions/f", "GET", None), ("/attached_functions/f/detach", "POST", {"delete_output": True}), ("/attached_functions/f/detach", "POST", {})])
        _, path = self.record_path(route)
        if body is None:
            return Step(0, "unimplemented", method, path)
        return self.post("unimplemented", path, body)

    def system(self):
        values = self.values
        path = values.pick(ROUTES + UNKNOWN_PATHS)
        method = values.pick(["GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
        if method in ("POST", "PATCH", "PUT", "DELETE") and path in ROUTES and path.endswith(("/tenants", "/databases", "/collections", "default_database", "/one", "default_tenant")):
            method = values.pick(["GET", "HEAD", "OPTIONS", "PUT" if not path.endswith("/one") else "HEAD"])
        if path.startswith(f"{V2}/collections/") and method in ("GET", "HEAD") and values.chance(0.8):
            path = f"{V2}/collections/" + values.pick(["a", "a:b", "::", "a::c", "%20"])
        return Step(0, "system", method, path, facts={"no_body": method == "HEAD"})

    def wrong_method(self):
        _, path = self.record_path("/" + self.values.pick(RECORD_ROUTES))
        method = self.values.pick(["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "GET"])
        return Step(0, "wrong method", method, path)

    def wrong_place(self):
        """A read, or a write that writes nothing, of a collection under a path that is not its own."""
        collection = self.collection()
        if collection is None:
            return self.system()
        values = self.values
        others = [(t, d) for t in TENANTS[:3] for d in DATABASES if (t, d) != (collection.tenant, collection.database)]
        tenant, database = values.pick(others)
        _, _, path = self.place(tenant, database)
        route, method, body = values.pick([
            ("/get", "POST", {}), ("/count", "GET", None), ("/query", "POST", {"query_embeddings": []}), ("/add", "POST", {"ids": [], "embeddings": []}),
            ("/update", "POST", {"ids": ["nobody"]}), ("/upsert", "POST", {"ids": [], "embeddings": []}), ("/delete", "POST", {"ids": ["nobody"]}), ("", "PUT", {})])
        path = f"{path}/collections/<c{collection.step}>{route}"
        text = None if body is None else json_text.write(body)
        return Step(0, "wrong place", method, path, text)

    WEIGHTS = [
        (tenants, 2), (databases, 3), (create_collection, 8), (collections_read, 6), (modify_collection, 5), (delete_collection, 2), (write, 34), (get, 22), (query, 18),
        (count, 3), (delete, 8), (unimplemented, 1), (system, 3), (wrong_method, 1), (wrong_place, 1)]


def quoted(text):
    return urllib.parse.quote(text, safe="")


def has_fraction(value):
    """Whether there is a float anywhere that is no whole number of 64 bits."""
    if isinstance(value, dict):
        return any(has_fraction(item) for item in value.values())
    if isinstance(value, list):
        return any(has_fraction(item) for item in value)
    return isinstance(value, float) and not (value.is_integer() and abs(value) < 2**63)
