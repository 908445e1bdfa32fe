"""Input that is wrong gets Chroma's 4xx and text, and the server stays up."""
import base64
import gzip
import socket
import struct

import pytest

from harness.chroma import COLLECTIONS, DATABASE
from harness.http_client import HTTPClient, upload
from harness.lab import Lab


MISSING = "00000000-0000-4000-8000-000000000000"
NAN = base64.b64encode(struct.pack("<3f", 1, float("nan"), 2)).decode()


@pytest.fixture(scope="module")
def station(s3, tmp_path_factory):
    """One server for all of this; a collection of 3 dimensions with one record."""
    lab = Lab(s3, str(tmp_path_factory.mktemp("bad")), "bad-input")
    try:
        server = lab.server()
        collection = lab.collection(server)
        client = lab.client(server)
        answer = client.send("add", collection, {
            "ids": ["kept"], "embeddings": [[1, 2, 3]], "documents": ["text"], "metadatas": [{"k": 1}]})
        assert answer.status == 201, answer
        yield server, client, collection
    finally:
        lab.end()


@pytest.fixture(autouse=True)
def still_up(station):
    """After each of the cases: the same process answers, and nothing was changed."""
    yield
    server, client, collection = station
    assert server.process.is_running, server.process.tail()
    body = client.read(collection).json()
    assert body["ids"] == ["kept"] and body["embeddings"] == [[1, 2, 3]]
    assert body["metadatas"] == [{"k": 1}]


def refused(answer, status, *words):
    assert answer.status == status, answer
    body = answer.json()
    assert set(body) == {"error", "message"}, answer
    for word in words:
        assert word in body["message"], answer
    names = {400: "InvalidArgumentError", 404: "NotFoundError"}
    assert body["error"] == names.get(status, "ChromaError"), answer


def add(**change):
    body = {"ids": ["a"], "embeddings": [[1, 2, 3]], **change}
    return {name: value for name, value in body.items() if value is not ...}


@pytest.mark.parametrize("route, body, status, words", [
    # JSON itself
    ("add", b"", 400, ["Failed to parse the request body as JSON"]),
    ("add", b"{", 400, ["Failed to parse the request body as JSON"]),
    ("add", b'{"ids": ["a"], "embeddings": [[1,2,3]]} x', 400, ["Failed to parse"]),
    ("add", b'{"ids": ["a"], "embeddings": [[1,2,NaN]]}', 400, ["Failed to parse"]),
    ("add", b'{"ids": ["\xff\xfe"], "embeddings": [[1,2,3]]}', 400, ["Failed to parse"]),
    ("add", b'{"ids": ["\\ud800"], "embeddings": [[1,2,3]]}', 400, ["Failed to parse"]),
    ("get", b"nonsense", 400, ["Failed to parse"]),
    ("add", b"[]", 422, ["Failed to deserialize"]),
    ("get", b'"text"', 422, ["Failed to deserialize"]),
    # missing fields and wrong types
    ("add", add(ids=...), 422, ["missing field `ids`"]),
    ("add", add(embeddings=...), 422, ["missing field `embeddings`"]),
    ("add", add(embeddings=None), 422, ["EmbeddingsPayload"]),
    ("add", add(ids=[5]), 422, ["ids[0]", "expected a string"]),
    ("add", add(ids="a"), 422, ["Failed to deserialize"]),
    ("add", add(embeddings=[["x", 1, 2]]), 422, ["EmbeddingsPayload"]),
    ("add", add(metadatas=[{"a": {"b": 1}}]), 422, ["MetadataValue"]),
    ("add", add(metadatas=[{"a": ["x", 1]}]), 422, ["MetadataValue"]),
    ("add", add(metadatas=[{"a": None}]), 422, ["Failed to deserialize"]),
    ("add", add(documents=[7]), 422, ["documents[0]"]),
    ("get", {"include": ["bogus"]}, 422, ["unknown variant `bogus`"]),
    ("get", {"limit": -1}, 422, ["Failed to deserialize"]),
    ("get", {"limit": "1"}, 422, ["Failed to deserialize"]),
    ("query", {"query_texts": ["x"]}, 422, ["missing field `query_embeddings`"]),
    ("query", {"query_embeddings": [[1, 2, 3]], "n_results": -1}, 422, ["Failed to deserialize"]),
    ("query", {"query_embeddings": [[1, 2, 3]], "n_results": 1.5}, 422, ["Failed to deserialize"]),
    # vectors
    ("add", add(embeddings=[[1, 2]]), 400, ["dimension of 3, got 2"]),
    ("add", add(ids=["a", "b"], embeddings=[[1, 2, 3], [1, 2]]), 400, ["Inconsistent dimensions"]),
    ("add", add(embeddings=[[]]), 400, ["at least 1 dimension"]),
    ("add", add(embeddings=[[1, 2, 1e300]]), 400, ["NaN or Infinity"]),
    ("add", add(embeddings=[NAN]), 400, ["Non-finite float value"]),
    ("add", add(embeddings=["!!!!"]), 400, ["Invalid base64"]),
    ("add", add(embeddings=["AAAAAAA="]), 400, ["divisible by 4"]),
    ("update", add(ids=["kept"], embeddings=[[1, 2]]), 400, ["dimension of 3, got 2"]),
    ("query", {"query_embeddings": [[1, 2]]}, 400, ["dimension of 3, got 2"]),
    # shapes
    ("add", add(ids=["a", "b"]), 400, ["Inconsistent number of IDs"]),
    ("add", add(documents=["a", "b"]), 400, ["Inconsistent number of IDs"]),
    ("add", add(ids=[""]), 400, ["Empty ID"]),
    ("add", add(metadatas=[{"": 1}]), 400, ["Invalid metadata"]),
    ("add", add(metadatas=[{"#x": 1}]), 400, ["Invalid metadata"]),
    ("add", add(metadatas=[{"$x": 1}]), 400, ["Invalid metadata"]),
    ("delete", {"ids": []}, 400, ["Either ids or where must be specified"]),
    ("delete", {"limit": 3}, 400, ["limit can only be specified"]),
    # filters
    ("get", {"where": {}}, 400, ["Invalid where clause"]),
    ("get", {"where": {"a": 1, "b": 2}}, 400, ["Invalid where clause"]),
    ("get", {"where": {"a": {"$bogus": 1}}}, 400, ["Invalid where clause"]),
    ("get", {"where": {"a": {"$gt": "x"}}}, 400, ["Invalid where clause"]),
    ("get", {"where": {"a": {"$in": []}}}, 400, ["Invalid where clause"]),
    ("get", {"where": {"a": {"$in": [1, "x"]}}}, 400, ["Invalid where clause"]),
    ("get", {"where_document": {"$contains": 1}}, 400, ["Invalid where document clause"]),
    ("get", {"where_document": {"$regex": "["}}, 400, ["Regex syntax errror", "unclosed"]),
    ("get", {"where_document": {"$regex": "(?=a)"}}, 400, ["Regex syntax errror"]),
    ("delete", {"where": {}}, 400, ["Invalid where clause"]),
])
def test_a_body_that_is_wrong(station, route, body, status, words):
    _, client, collection = station
    refused(client.send(route, collection, body), status, *words)


def nested(opening, closing, depth):
    return opening * depth + closing * depth


@pytest.mark.parametrize("route, body", [
    ("get", b'{"where": ' + nested(b'{"$and":[', b"]}", 100_000) + b"}"),
    ("get", b'{"where_document": ' + nested(b'{"$or":[', b"]}", 100_000) + b"}"),
    ("add", b'{"ids": ["a"], "embeddings": ' + nested(b"[", b"]", 1_000_000) + b"}"),
    ("add", b'{"ids": ["a"], "embeddings": [[1,2,3]], "metadatas": ' + nested(b'{"a":', b"}", 100_000)),
    ("get", b"[" * 2_000_000),
    ("get", b'{"a":' * 500_000),
], ids=lambda value: value[:20].decode() if isinstance(value, bytes) else value)
def test_deep_nesting_is_refused(station, route, body):
    _, client, collection = station
    answer = client.send(route, collection, body)
    assert answer.status in (400, 422), answer


def test_deep_nesting_in_a_field_that_is_ignored_does_no_harm(station):
    _, client, collection = station
    answer = client.send("get", collection, b'{"ignored": ' + nested(b"[", b"]", 1_000_000) + b"}")
    assert answer.status in (200, 400), answer


@pytest.mark.parametrize("pattern", [
    "(" * 50_000 + ")" * 50_000, "a{1000}{1000}{1000}", "(a{0,1000}){0,1000}", "((a*)*)*" * 500,
    "|" * 100_000, "\\p{L}{5000}",
], ids=lambda value: value[:20])
def test_a_pattern_that_would_cost_too_much_is_refused_or_answered(station, pattern):
    _, client, collection = station
    answer = client.send("get", collection, {"where_document": {"$regex": pattern}})
    assert answer.status in (200, 400), answer


@pytest.mark.parametrize("route, body", [
    ("get", b'{"limit": 1e400}'),
    ("get", b'{"limit": 99999999999999999999999999}'),
    ("get", b'{"offset": -9223372036854775809}'),
    ("query", b'{"query_embeddings": [[1,2,3]], "n_results": 4294967296}'),
    ("add", b'{"ids": ["a"], "embeddings": [[1,2,1e999]]}'),
    ("add", b'{"ids": ["a"], "embeddings": [[1,2,' + b"9" * 100_000 + b"]]}"),
], ids=lambda value: value[:40].decode() if isinstance(value, bytes) else value)
def test_huge_numbers_are_refused(station, route, body):
    _, client, collection = station
    answer = client.send(route, collection, body)
    assert answer.status in (400, 422), answer


@pytest.mark.parametrize("body", [
    {"limit": 4294967295}, {"offset": 4294967295}, {"limit": 0},
    {"where": {"k": 9223372036854775807}}, {"where": {"k": {"$gt": 1e308}}},
    {"ids": ["kept"] * 50_000}, {"where": {"k": {"$nin": list(range(50_000))}}},
], ids=lambda value: str(value)[:30])
def test_large_but_right_numbers_are_answered(station, body):
    _, client, collection = station
    assert client.send("get", collection, body).status == 200


def test_more_results_than_there_are_records(station):
    _, client, collection = station
    answer = client.send(
        "query", collection, {"query_embeddings": [[1, 2, 3]], "n_results": 4294967295})
    assert answer.json()["ids"] == [["kept"]]


@pytest.mark.parametrize("route", ["add", "upsert", "update", "delete", "get", "query"])
def test_an_unknown_collection_is_404(station, route):
    _, client, _ = station
    body = {"ids": ["a"], "embeddings": [[1, 2, 3]]}
    if route == "query":
        body = {"query_embeddings": [[1, 2, 3]]}
    refused(client.send(route, MISSING, body), 404, f"Collection [{MISSING}] does not exist.")
    refused(client.send(route, "not-a-uuid", body), 400, "Collection ID is not a valid UUIDv4")


def test_a_collection_belongs_to_its_tenant_and_database(station):
    _, client, collection = station
    for place in (DATABASE.replace("default_tenant", "other"), DATABASE.replace("default_database", "other")):
        answer = client.http.post(f"{place}/collections/{collection}/get", {})
        refused(answer, 404)


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/api/v2/tenants/none", 404),
    ("GET", "/api/v2/tenants/default_tenant/databases/none", 404),
    ("DELETE", "/api/v2/tenants/default_tenant/databases/none", 404),
    ("GET", COLLECTIONS + "/none", 404),
    ("DELETE", COLLECTIONS + "/none", 404),
    ("GET", COLLECTIONS + "/by-id/" + MISSING, 404),
    ("GET", COLLECTIONS + "/by-id/nonsense", 400),
    ("GET", COLLECTIONS + "?limit=x", 400),
    ("GET", COLLECTIONS + "?limit=-1", 400),
    ("GET", COLLECTIONS + "?limit=99999999999999999999", 400),
    ("PUT", COLLECTIONS + "/" + MISSING, 404),
])
def test_unknown_names_and_bad_queries(station, method, path, status):
    _, client, _ = station
    body = {"new_name": "fresh"} if method == "PUT" else None
    refused(client.http.request(method, path, body), status)


@pytest.mark.parametrize("path, status", [
    ("/", 404), ("/api", 404), ("/api/v2/nonsense", 404), (COLLECTIONS + "/", 404),
    ("/api/v2//heartbeat", 404), ("/api/v2/heartbeat/", 404),
    ("/../../etc/passwd", 404), ("/api/v2/../../../etc/passwd", 404),
    ("/api/v2/%2e%2e/%2e%2e/etc/passwd", 404),
    ("/api/v2/tenants/..%2f..%2f..%2fetc%2fpasswd", 404),
    (COLLECTIONS + "/..%2f..%2fapus.json", 404),
    (COLLECTIONS + "/%00", 404), (COLLECTIONS + "/" + "a" * 7000, 404),
    (COLLECTIONS + "/%ff%fe", 400),
], ids=lambda value: str(value)[-30:])
def test_paths_that_lead_nowhere(station, path, status):
    server, _, _ = station
    client = HTTPClient(server.port)
    answer = client.get(path)
    client.close()
    assert answer.status == status, answer
    assert b"root:" not in answer.body and b"grace" not in answer.body


def test_a_wrong_method_is_405_with_what_is_allowed(station):
    _, client, collection = station
    answer = client.http.request("DELETE", f"{COLLECTIONS}/{collection}/add")
    assert answer.status == 405 and answer.body == b"" and "POST" in answer.headers["allow"], answer


@pytest.mark.parametrize("name", [
    "ab", "a" * 513, "../../etc", "a/b", "a..b", ".hidden", "192.168.1.1", "a b", "ä-name", "a\x00b", "",
    "x\n",
], ids=lambda value: repr(value)[:20])
def test_names_that_are_refused(station, name):
    _, client, collection = station
    refused(client.create(name), 400)
    refused(client.rename(collection, name), 400)
    answer = client.http.post("/api/v2/tenants/default_tenant/databases", {"name": name})
    refused(answer, 400)


@pytest.mark.parametrize("kind, status", [("text/plain", 415), ("application/xml", 415), ("", 415)])
def test_another_content_type_is_refused(station, kind, status):
    _, client, collection = station
    if kind:
        answer = client.send("get", collection, b"{}", {"content-type": kind})
        refused(answer, status, "Content-Type: application/json")
    for right in ("application/json; charset=utf-8", "application/vnd.api+json"):
        assert client.send("get", collection, b"{}", {"content-type": right}).status == 200


def test_a_compressed_body_is_not_decoded(station):
    _, client, collection = station
    answer = client.send("get", collection, gzip.compress(b"{}"), {"content-encoding": "gzip"})
    refused(answer, 400)


def test_reset_is_forbidden_unless_allowed(station):
    _, client, _ = station
    refused(client.http.post("/api/v2/reset"), 403)


MIB = 1 << 20


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("route, size", [("get", 41 * MIB), ("query", 41 * MIB), ("add", 160 * MIB)])
def test_a_body_over_the_limit_is_413(station, route, size, chunked):
    server, _, collection = station
    answer, sent = upload(server.port, f"{COLLECTIONS}/{collection}/{route}", size, chunked)
    print(f"answered after {sent} of {size} bytes")
    refused(answer, 413, "length limit exceeded")


def test_a_large_body_below_the_limit_is_read(station):
    server, _, collection = station
    answer, _ = upload(server.port, f"{COLLECTIONS}/{collection}/get", 39 * MIB)
    refused(answer, 400, "Failed to parse")
    answer, _ = upload(server.port, f"{COLLECTIONS}/{collection}/add", 100 * MIB)
    refused(answer, 400, "Failed to parse")


def test_bytes_that_are_not_http_do_no_harm(station):
    server, _, _ = station
    for data in (b"\x00" * 1000, b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"POST / HTTP/1.1\r\n",
                 b"GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", b"A" * 200_000,
                 b"POST /x HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzzzz\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            try:
                connection.sendall(data)
                connection.settimeout(0.3)
                connection.recv(1000)
            except OSError:
                pass


def test_a_client_that_goes_away_in_the_middle_does_no_harm(station):
    server, _, collection = station
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            head = f"POST {COLLECTIONS}/{collection}/add HTTP/1.1\r\nhost: x\r\n"
            connection.sendall(head.encode() + b'content-length: 1000000\r\n\r\n{"ids": ["gone')
