"""Valid and invalid requests for an operation, made from its description with a seeded `random.Random`."""
import json
import urllib.parse

WORDS = ["", "a", "abc", "notes", "ä€😀", "x" * 600, "a/b", "$and", "#document", "chroma:document", "\0"]
ODD = [None, True, -1, 0, 1.5, 2**63, "text", [], {}, [[]], [None], {"a": {"b": [1]}}, 1e308]
FILTERS = [
    {}, {"k": 1}, {"k": {"$gt": 0.5}}, {"$and": [{"k": 1}, {"k": {"$ne": "a"}}]}, {"k": {"$in": [1, 2]}},
    {"$or": []}, {"$contains": "a"}, {"$regex": "a.*b"}, {"$regex": "("}, {"k": {"$foo": 1}}, {"k": 1, "l": 2}]


class Maker:
    def __init__(self, document, random, places):
        self.schemas = document["components"]["schemas"]
        self.random = random
        self.places = places

    def value(self, schema, depth=0):
        """Some value that fits the schema, as far as a schema says it."""
        pick = self.random
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            if name in ("Where", "WhereDocument"):
                return pick.choice(FILTERS)
            if name == "Name":
                return pick.choice(["abc", "notes", f"n{pick.randrange(50)}00", "a.b-c_d"])
            return self.value(self.schemas[name], depth)
        if "anyOf" in schema:
            return self.value(pick.choice(schema["anyOf"]), depth)
        if "enum" in schema:
            return pick.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "integer":
            largest = min(schema.get("maximum", 2**62), 2**62)
            return pick.choice([0, 1, 2, 3, 10, largest])
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            count = pick.choice([1, 1, 1, 2, 3, 0]) if depth < 4 else 1
            return [self.value(schema["items"], depth + 1) for _ in range(count)]
        if kind == "string":
            return pick.choice(WORDS if not schema.get("minLength") else ["abc", "x" * 512])
        simple = {"null": None, "boolean": pick.random() < 0.5, "number": pick.choice([0, 1, 0.25, -3e7])}
        return simple[kind] if kind in simple else pick.choice(ODD)

    def object(self, schema, depth):
        pick, members = self.random, {}
        for name, member in schema.get("properties", {}).items():
            if name in schema.get("required", []) or pick.random() < 0.4:
                members[name] = self.value(member, depth + 1)
        if "additionalProperties" in schema:
            for _ in range(pick.randrange(3)):
                key = pick.choice(WORDS[1:5])
                members[key] = self.value(schema["additionalProperties"], depth + 1)
        return members

    def damaged(self, body):
        """The body with one place changed, anywhere in it."""
        pick = self.random
        if isinstance(body, dict) and body and pick.random() < 0.85:
            name = pick.choice(sorted(body))
            if pick.random() < 0.3:
                return {key: value for key, value in body.items() if key != name}
            return {**body, name: self.damaged(body[name])}
        if isinstance(body, list) and body and pick.random() < 0.7:
            at = pick.randrange(len(body))
            return body[:at] + [self.damaged(body[at])] + body[at + 1:]
        return pick.choice(ODD)

    def request(self, operation):
        """method, target, body bytes or None, headers."""
        pick = self.random
        path = operation.filled(**{
            name: urllib.parse.quote(self.place(name, operation), safe="")
            for name in operation.names("path")})
        pairs = []
        for parameter in operation.parameters:
            if parameter["in"] == "query" and pick.random() < 0.4:
                good = str(self.value(parameter["schema"]))
                text = good if pick.random() < 0.7 else pick.choice(["", "-1", "x", "1e3", "%", "4294967296"])
                pairs += [(parameter["name"], text)] * pick.choice([1, 1, 1, 1, 2])
        if pairs:
            path += "?" + urllib.parse.urlencode(pairs)
        headers = {}
        if pick.random() < 0.1:
            headers["Apus-Consistency"] = pick.choice(["eventual", "strong", "Strong", ""])
        if pick.random() < 0.1:
            headers["Apus-Min-Log-Position"] = pick.choice(["0", "1", "-1", "x", str(2**64)])
        if pick.random() < 0.03:
            headers["Origin"] = "http://elsewhere.example"
        return self.method(operation), path, self.body(operation, headers), headers

    def place(self, name, operation):
        pick = self.random
        good = self.places.get(name, "name")
        if name == "collection_id" and pick.random() < 0.1:
            good = self.places["collection_name"]
        if name != "crn" and operation.method == "DELETE" and pick.random() < 0.8:
            return pick.choice(["abc", "not-there"])
        return good if pick.random() < 0.85 else pick.choice([word for word in WORDS if word])

    def method(self, operation):
        if self.random.random() < 0.03:
            return self.random.choice(["TRACE", "OPTIONS", "PATCH", "PUT"])
        is_head = operation.method == "GET" and self.random.random() < 0.1
        return "HEAD" if is_head else operation.method

    def body(self, operation, headers):
        pick = self.random
        if operation.body is None:
            return None
        draw = pick.random()
        if draw < 0.05:
            return pick.choice([b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b'{"ids":["\\ud800"]}'])
        if draw < 0.08:
            headers["content-type"] = pick.choice(["text/plain", "application/xml", "application/x+json"])
        body = operation.body["example"] if draw < 0.3 else self.value(operation.body["schema"])
        if pick.random() < 0.4:
            body = self.damaged(body)
        return json.dumps(body).encode()
