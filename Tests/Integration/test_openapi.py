"""/openapi.json is complete and true: every answer to thousands of made-up requests is as it says."""
import os
import random
import subprocess
from html.parser import HTMLParser

import pytest
from jsonschema import Draft202012Validator

from harness import environments
from harness.api_description import operations, references, validator
from harness.api_fuzz import Maker
from harness.chroma import COLLECTIONS
from harness.http_client import HTTPClient
from harness.lab import Lab

# What a route answers 5xx to without being broken: not offered, not ready, and a query for ids alone of
# which one does not exist (as Chroma does).
EXPECTED_5XX = (501, 503)
MISSING_ID = "Error executing plan: Internal error: Error finding id"


@pytest.fixture(scope="module")
def station(s3, tmp_path_factory):
    lab = Lab(s3, str(tmp_path_factory.mktemp("openapi")), "openapi")
    try:
        server = lab.server(ALLOW_RESET="False")
        client = HTTPClient(server.port)
        lab.clients.append(client)
        yield lab, server, client
    finally:
        lab.end()


@pytest.fixture(scope="module")
def document(station):
    answer = station[2].get("/openapi.json")
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    return answer.json()


def test_the_description_is_whole(document):
    assert document["openapi"] == "3.1.0"
    found = operations(document)
    ids = [operation.id for operation in found]
    assert len(ids) == len(set(ids)) and all(ids), ids
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(references(document)) <= names
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for operation in found:
        assert operation.value["summary"] and operation.value["tags"], operation
        for name in operation.names("path"):
            assert "{%s}" % name in operation.path, operation
        assert operation.path.count("{") == len(operation.names("path")), operation
        assert {"400", "404", "405", "500"} <= set(operation.responses), operation


def test_every_body_has_an_example_that_fits(document):
    for operation in operations(document):
        if operation.value.get("requestBody"):
            body = operation.body
            validator(document, body["schema"]).validate(body["example"])
        for status, answer in operation.responses.items():
            for content in answer.get("content", {}).values():
                if "example" in content:
                    validator(document, content["schema"]).validate(content["example"])


def test_the_check_of_answers_can_fail(document):
    operation = next(o for o in operations(document) if o.id == "collection_count")

    class Answer:
        status, headers, body = 200, {"content-type": "application/json"}, b'"two"'
        json = staticmethod(lambda: "two")

    assert operation.complaint(Answer), "a wrong type is taken"
    Answer.status = 418
    assert operation.complaint(Answer), "an undocumented status is taken"


def places(client):
    """Something that exists for each parameter of a path."""
    # A request may have deleted the database or the collection.
    client.post("/api/v2/tenants/default_tenant/databases", {"name": "default_database"})
    created = client.post(COLLECTIONS, {"name": "notes", "get_or_create": True}).json()
    client.post(f"{COLLECTIONS}/{created['id']}/upsert", {
        "ids": ["a", "b"], "embeddings": [[0.1, 0.2, 0.3], [1, 2, 3]], "documents": ["x", None],
        "metadatas": [{"k": 1}, None]})
    return {
        "tenant": "default_tenant", "tenant_name": "default_tenant", "database": "default_database",
        "crn": "default_tenant:default_database:notes", "collection_id": created["id"],
        "collection_name": "notes"}


def test_no_request_is_answered_otherwise_than_described(station, document, seed, size):
    lab, server, client = station
    pick = random.Random(seed)
    found = operations(document)
    there, statuses, complaints = places(client), {}, []
    maker = Maker(document, pick, there)
    for number in range(size(3_000, 30_000)):
        if number % 100 == 0:
            maker.places = places(client)
        operation = found[number % len(found)]
        method, path, body, headers = maker.request(operation)
        answer = client.request(method, path, body, headers)
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
        complaint = complaint_about(operation, found, method, answer)
        if complaint:
            complaints.append(
                f"request {number}: {method} {path[:300]} {headers} {(body or b'')[:500]!r}\n  {complaint}")
    assert server.process.is_running, server.process.tail()
    print(statuses)
    assert not complaints, f"APUS_SEED={seed}: {len(complaints)}, first\n" + "\n".join(complaints[:10])
    # Else it was no test of anything.
    assert {200, 201, 400, 404, 405, 422} <= set(statuses), statuses


def complaint_about(operation, found, method, answer):
    is_head = method == "HEAD"
    if not is_head and method != operation.method:
        # Another method of the same path has a description of its own.
        operation = next((o for o in found if (o.method, o.path) == (method, operation.path)), operation)
    if answer.status >= 500 and answer.status not in EXPECTED_5XX:
        if is_head or operation.id != "collection_query" or answer.json()["message"] != MISSING_ID:
            return f"status {answer.status}: {answer.body[:300]!r}"
    return operation.complaint(answer, is_head)


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.loads, self.ids, self.links, self.words = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        self.ids += [attributes["id"]] if "id" in attributes else []
        self.links += [attributes["href"]] if "href" in attributes else []
        self.loads += [value for name, value in attributes.items() if name in ("src", "srcset", "action")]

    def handle_data(self, text):
        self.words.append(text)


def test_the_page_shows_all_and_loads_nothing(station, document):
    client = station[2]
    answer = client.get("/docs")
    assert answer.status == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Page()
    page.feed(answer.body.decode())
    assert not page.loads and not {"script", "link", "img", "iframe"} & set(page.tags)
    assert b"url(" not in answer.body and b"@import" not in answer.body
    assert all(link[0] == "#" and link[1:] in page.ids for link in page.links), page.links
    assert {operation.id for operation in operations(document)} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    text = "".join(page.words)
    for operation in operations(document):
        assert f"{operation.method} {operation.path}" in text
    head = client.request("HEAD", "/docs")
    assert head.status == 200 and head.body == b""
    assert head.headers["content-length"] == answer.headers["content-length"]


def test_schemathesis(station, tmp_path):
    result = subprocess.run(
        [os.path.join(os.path.dirname(environments.clients()), "schemathesis"), "run", "--seed", "1",
         "--checks", "status_code_conformance,content_type_conformance,response_schema_conformance",
         f"http://127.0.0.1:{station[1].port}/openapi.json"],
        # It leaves a directory behind where it runs.
        cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr[-2000:]
