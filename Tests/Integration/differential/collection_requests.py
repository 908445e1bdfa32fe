"""Requests about collections: names, metadata, configuration, schema."""
from .requests import Step
from .values import WRONG
from .vocabulary import Collection, FUNCTIONS, HNSW, LEGACY, quoted


class CollectionRequests:
    """A part of Generator."""

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
        if values.chance(0.3):
            name = values.pick(["projects/p/locations/l/keyRings/r/cryptoKeys/k", "", "x/\u0301\u00a0\n", None])
            schema["cmek"] = values.pick([{"gcp": name}, {"gcp": name}, {}, {"aws": name}, "gcp", None])
        if values.chance(0.1):
            schema["source_attached_function_id"] = values.pick(["f", None, 1])
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
