"""GET .../recall: how many of the nearest records a query finds, and what `ef_search` does."""
import random

import pytest

from harness.chroma import COLLECTIONS


@pytest.fixture()
def filled(lab):
    server = lab.folder_server(lab.directory + "/bucket", APUS_FLUSH_BYTES=2_000_000, APUS_FLUSH_AGE=1)
    client = lab.client(server)
    draw = random.Random(5)
    collection = lab.collection(server, "points")
    for start in range(0, 6000, 1000):
        answer = client.send("add", collection, {
            "ids": [f"id{row}" for row in range(start, start + 1000)],
            "embeddings": [[draw.random() for _ in range(96)] for _ in range(1000)]})
        assert answer.status == 201, answer
    return server, client, collection


def test_recall(filled):
    _, client, collection = filled
    answer = client.http.get(f"{COLLECTIONS}/{collection}/recall")
    assert answer.status == 200, answer
    body = answer.json()
    assert body["recall"] >= 0.99 and body["n_results"] == 10 and body["queries"] == 100 and body["records"] == 6000
    assert body["query_ms"] > 0 and body["exact_ms"] > 0
    body = client.http.get(f"{COLLECTIONS}/{collection}/recall?n_results=1&queries=7").json()
    assert (body["n_results"], body["queries"]) == (1, 7)
    assert body["recall"] in [n / 7 for n in range(8)]


def test_bounds_and_an_empty_collection(filled, lab):
    server, client, collection = filled
    for query in ("n_results=0", "n_results=101", "queries=0", "queries=1001", "queries=x", "n_results=1&n_results=2"):
        answer = client.http.get(f"{COLLECTIONS}/{collection}/recall?{query}")
        assert answer.status == 400 and b"query string" in answer.body, (query, answer)
    empty = lab.collection(server, "empty")
    body = client.http.get(f"{COLLECTIONS}/{empty}/recall").json()
    assert body["recall"] is None and body["queries"] == body["records"] == 0
    assert client.http.get(f"{COLLECTIONS}/{'0' * 8}-0000-0000-0000-{'0' * 12}/recall").status == 404
