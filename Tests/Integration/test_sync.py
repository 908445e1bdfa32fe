"""POST /api/s3/sync and GET /api/s3/status."""
import json
import os

import pytest

from harness.lab import Lab


def test_sync_brings_the_others_writes_now(lab):
    first, second = lab.server(), lab.server()
    collection = lab.collection(first, "synced")
    other = lab.collection(first, "other")
    on_first, on_second = lab.client(first), lab.client(second)
    assert on_second.count(collection).json() == 0
    for index in range(3):
        assert on_first.write("add", collection, [f"id{index}"], index + 1).status == 201
    assert on_second.count(collection).json() == 0, "eventual reads already see it: this shows nothing"
    answer = on_second.http.post("/api/s3/sync")
    assert answer.status == 200, answer
    body = answer.json()
    assert body["success"] is True and isinstance(body["message"], str)
    reports = {report["name"]: report for report in body["collections"]}
    assert set(reports) == {"synced", "other"}
    assert reports["synced"] == {
        "name": "synced", "tenant": "default_tenant", "database": "default_database",
        "log_position": reports["synced"]["log_position"], "records": 3, "pulled": 3}
    assert on_second.count(collection).json() == 3
    # One collection by its name.
    assert on_first.write("add", other, ["x"], 1).status == 201
    answer = on_second.http.post("/api/s3/sync", {"collection": "other"})
    assert [report["name"] for report in answer.json()["collections"]] == ["other"]
    assert answer.json()["collections"][0]["pulled"] == 1
    assert on_second.http.post("/api/s3/sync").json()["collections"][0]["pulled"] == 0


@pytest.mark.parametrize("body, status", [
    ({"collection": "no-such"}, 404),
    ({"collection": "synced", "tenant": "no_such"}, 404),
    ({"collection": "synced", "database": "no_such"}, 404),
    ({"collection": "synced", "tenant": "default_tenant", "database": "default_database"}, 200),
    ({"collection": 7}, 422),
    ({"collection": None}, 200),
    ({}, 200),
    (b"", 200),
    (b"{", 400),
    (b"[]", 422),
])
def test_what_sync_is_asked_for(shared, body, status):
    answer = shared.http.post("/api/s3/sync", body)
    assert answer.status == status, answer
    if status != 200:
        assert set(answer.json()) == {"error", "message"}


@pytest.fixture(scope="module")
def shared(s3, tmp_path_factory):
    lab = Lab(s3, str(tmp_path_factory.mktemp("sync")), "sync")
    try:
        server = lab.server()
        lab.collection(server, "synced")
        yield lab.client(server)
    finally:
        lab.end()


def test_a_bucket_that_cannot_be_reached_is_502_with_the_reason(lab):
    proxy = lab.proxy()
    server = lab.server(proxy)
    lab.collection(server, "synced")
    client = lab.client(server, timeout=90)
    proxy.partition = True
    answer = client.http.post("/api/s3/sync")
    assert answer.status == 502, answer
    assert set(answer.json()) == {"error", "message"}
    assert lab.s3.bucket in answer.json()["message"]
    status = client.http.get("/api/s3/status")
    assert status.status == 200
    assert status.json()["last_sync_error"]
    proxy.partition = False
    assert client.http.post("/api/s3/sync").status == 200
    assert client.http.get("/api/s3/status").json()["last_sync_error"] is None


def test_s3s_own_error_is_quoted(lab):
    proxy = lab.proxy()
    server = lab.server(proxy)
    lab.collection(server, "synced")
    proxy.set("none", refuse=1)
    answer = lab.client(server, timeout=90).http.post("/api/s3/sync")
    assert answer.status == 502, answer
    assert "SlowDown" in answer.json()["message"]


def test_status_says_where_the_data_are_and_never_a_secret(lab):
    server = lab.server(S3_SYNC_INTERVAL="7")
    collection = lab.collection(server, "shown")
    client = lab.client(server)
    assert client.write("add", collection, ["a", "b"], 1).status == 201
    assert client.http.post("/api/s3/sync").status == 200
    answer = client.http.get("/api/s3/status")
    assert answer.status == 200
    body = answer.json()
    assert body["bucket"] == lab.s3.bucket and body["prefix"] == lab.prefix
    assert body["endpoint"].rstrip("/") == lab.s3.endpoint.rstrip("/")
    assert body["sync_interval_seconds"] == 7
    assert body["seconds_since_sync"] >= 0
    shown = [entry for entry in body["collections"] if entry["name"] == "shown"]
    assert len(shown) == 1 and shown[0]["records"] == 2
    assert shown[0]["pending_writes"] == 0 and shown[0]["lag_seconds"] >= 0
    everything = json.dumps(body) + server.process.text()
    assert lab.s3.secret not in everything
    assert lab.s3.key not in json.dumps(body)


def test_a_folder_bucket_has_nothing_to_sync(lab):
    server = lab.folder_server(os.path.join(lab.directory, "bucket"))
    client = lab.client(server)
    for answer in (client.http.post("/api/s3/sync"), client.http.get("/api/s3/status"),
                   client.http.post("/api/s3/sync", {"collection": "x"})):
        assert answer.status == 400, answer
        assert "S3_ENABLED" in answer.json()["message"]
