"""A collection is not to be had through another tenant or database, by any route there is."""
import json
import uuid

import pytest

from harness.api_description import operations
from harness.http_client import HTTPClient
from harness.lab import Lab

BASE = "/api/v2/tenants"


@pytest.fixture(scope="module")
def station(s3, tmp_path_factory):
    """A collection in tenant `owner`, database `home`; empty places everywhere else."""
    lab = Lab(s3, str(tmp_path_factory.mktemp("isolation")), "isolation")
    try:
        client = HTTPClient(lab.server().port)
        lab.clients.append(client)
        for tenant in ("owner", "other"):
            assert client.post(BASE, {"name": tenant}).status == 200
            for database in ("home", "away"):
                answer = client.post(f"{BASE}/{tenant}/databases", {"name": database})
                assert answer.status == 200, answer
        collections = f"{BASE}/owner/databases/home/collections"
        created = client.post(collections, {"name": "treasure"}).json()
        answer = client.post(f"{collections}/{created['id']}/add", {
            "ids": ["a"], "embeddings": [[0.1, 0.2, 0.3]], "documents": ["kept"],
            "metadatas": [{"year": 2024}]})
        assert answer.status == 201, answer
        yield client, collections, created["id"]
    finally:
        lab.end()


def addressed(document):
    """Every operation on a collection that its path names with tenant and database."""
    wanted = {"tenant", "database"}
    return [
        operation for operation in operations(document)
        if wanted <= set(operation.names("path")) and "/collections/" in operation.path]


def request(client, operation, tenant, database, collection):
    body = None
    if operation.value.get("requestBody"):
        body = json.dumps(operation.body["example"]).encode()
    path = operation.filled(**{
        **{name: "name" for name in operation.names("path")},
        "tenant": tenant, "database": database, "collection_id": collection})
    return client.request(operation.method, path, body)


def state(client, collections, identifier):
    include = ["embeddings", "documents", "metadatas"]
    records = client.post(f"{collections}/{identifier}/get", {"include": include})
    return client.get(f"{collections}/treasure").body, records.body


def test_no_route_reaches_a_collection_of_another_place(station):
    client, collections, identifier = station
    before = state(client, collections, identifier)
    found = addressed(client.get("/openapi.json").json())
    assert len(found) >= 18, found
    for operation in found:
        for tenant, database in [
                ("other", "home"), ("owner", "away"), ("other", "away"), ("nobody", "home"),
                ("owner", "nowhere"), ("default_tenant", "default_database")]:
            for collection in (identifier, "treasure"):
                is_id = collection == identifier
                answer = request(client, operation, tenant, database, collection)
                place = f"{operation} in {tenant}/{database}: {answer}"
                if not is_id and answer.status == 400:
                    continue  # A name where an id belongs.
                if answer.status == 501:
                    # Nobody has this feature: no word of the answer depends on what there is.
                    nobody = request(client, operation, tenant, database, str(uuid.uuid4()))
                    assert (answer.status, answer.body) == (nobody.status, nobody.body), place
                    continue
                assert answer.status == 404, place
                assert answer.json()["error"] == "NotFoundError", place
                if operation.method == "GET":
                    path = operation.path
                    head = client.request("HEAD", operation.filled(**{
                        **{name: "name" for name in operation.names("path")},
                        "tenant": tenant, "database": database, "collection_id": collection}))
                    assert head.status == 404, (path, head)
    assert state(client, collections, identifier) == before


def test_every_route_reaches_it_in_its_own_place(station):
    """Else the 404 above would say nothing about isolation."""
    client, collections, identifier = station
    document = client.get("/openapi.json").json()
    last = ("update_collection", "delete_collection")
    for operation in sorted(addressed(document), key=lambda o: o.id in last):
        by_name = operation.id in ("get_collection", "delete_collection")
        renamed = "birds" if operation.id == "delete_collection" else "treasure"
        answer = request(
            client, operation, "owner", "home", renamed if by_name else identifier)
        expected = next(iter(operation.responses))
        described = [s for s in operation.responses if s < "300" or s == "501"] or ["404"]
        assert str(answer.status) in described, (operation, expected, answer)
        if operation.id == "get_attached_function":
            assert "function" in answer.json()["message"]
