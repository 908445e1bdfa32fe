"""The server's own description of its API, with examples and validators made from it."""
from jsonschema import Draft202012Validator

METHODS = ("get", "post", "put", "patch", "delete")


class Operation:
    def __init__(self, document, path, method, value):
        self.document, self.path, self.method, self.value = document, path, method.upper(), value
        self.id = value.get("operationId")
        self.parameters = value.get("parameters", [])
        self.responses = value["responses"]

    def __repr__(self):
        return f"{self.method} {self.path}"

    def names(self, place):
        return [p["name"] for p in self.parameters if p["in"] == place]

    @property
    def body(self):
        """The description of the body, or None."""
        body = self.value.get("requestBody")
        return body and body["content"]["application/json"]

    def filled(self, **values):
        path = self.path
        for name in self.names("path"):
            path = path.replace("{%s}" % name, values[name])
        return path

    def complaint(self, answer, is_head=False):
        """What is undocumented in an answer, or None."""
        expected = self.responses.get(str(answer.status))
        if expected is None:
            return f"status {answer.status} is not documented"
        kind = (answer.headers.get("content-type") or "").split(";")[0]
        content = {k.split(";")[0]: v for k, v in expected.get("content", {}).items()}
        if is_head:
            return "an answer to HEAD has a body" if answer.body else None
        if not answer.body:
            return None if answer.status in (404, 405) else f"status {answer.status} without a body"
        if kind not in content:
            return f"content type {kind} of status {answer.status} is not documented"
        if kind != "application/json":
            return None
        for error in validator(self.document, content[kind]["schema"]).iter_errors(answer.json()):
            return f"status {answer.status}: {error.json_path}: {error.message}"[:600]
        return None


def operations(document):
    return [
        Operation(document, path, method, value)
        for path, methods in document["paths"].items() for method, value in methods.items()
        if method in METHODS]


def validator(document, schema):
    """For one schema of the document; its references are found in the document."""
    return Draft202012Validator({**schema, "components": document["components"]})


def references(value):
    """Every `$ref` below the value."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from references(part)
