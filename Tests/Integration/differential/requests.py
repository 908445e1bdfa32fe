"""A step: one HTTP request that both servers get, with the ids of collections left open."""
import base64
import json
import re
import shlex

# The collection that step N made: as it is, in capitals, without dashes.
_OPEN_ID = re.compile(r"<([cCu])(\d+)>")
_MISSING = "11111111-1111-4111-8111-111111111111"


class Step:
    """`kind` says what the generator meant; `facts` what a deviation needs to know about it."""

    def __init__(self, number, kind, method, path, body=None, headers=None, facts=None):
        self.number = number
        self.kind = kind
        self.method = method
        self.path = path
        self.body = body
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})

    def path_for(self, ids):
        """`ids`: of each step that made a collection, the id that the server gave it."""

        def fill(match):
            identifier = ids.get(int(match[2]), _MISSING)
            form = match[1]
            return {"c": identifier, "C": identifier.upper(), "u": identifier.replace("-", "")}[form]

        return _OPEN_ID.sub(fill, self.path)

    def json(self):
        """The body's value; None where it is no JSON."""
        try:
            return json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            return None

    def __str__(self):
        headers = "".join(f" -H {shlex.quote(f'{k}: {v}')}" for k, v in self.headers.items())
        text = f"{self.method} {self.path}{headers}"
        if self.body is None:
            return text
        try:
            return f"{text}\n    {self.body.decode()}"
        except UnicodeDecodeError:
            return f"{text}\n    base64: {base64.b64encode(self.body).decode()}"
