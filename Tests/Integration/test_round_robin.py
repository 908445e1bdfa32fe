"""Two servers with strong reads that take turns are like one: no read is behind a write that was answered."""
import random

import chromadb
from chromadb.config import Settings
import pytest

from harness.round_robin import folder_settings, ServersInTurn

IDS = [f"id-{number}" for number in range(12)]


@pytest.fixture(params=["folder", "bucket"])
def in_turn(request, tmp_path, s3):
    bucket = folder_settings(str(tmp_path)) if request.param == "folder" else (
        s3.settings(s3.new_prefix("in-turn")))
    servers = ServersInTurn(str(tmp_path), bucket)
    try:
        yield servers
    finally:
        servers.end()


def test_every_read_sees_every_write_before_it(in_turn, size, seed):
    client = chromadb.HttpClient(
        host="127.0.0.1", port=in_turn.port, settings=Settings(anonymized_telemetry=False))
    draw = random.Random(seed)
    collection, records, made = None, {}, 0
    for number in range(size(200, 2_000)):
        if collection is None or draw.random() < 0.05:
            if collection is not None:
                client.delete_collection(collection.name)
            made += 1
            collection, records = client.create_collection(f"turn-{made}", embedding_function=None), {}
            assert [c.name for c in client.list_collections()] == [collection.name]
        action = draw.choice(["add", "upsert", "update", "delete", "get", "query", "count"])
        ids = draw.sample(IDS, draw.randrange(1, 4))
        vectors = [[float(draw.randrange(-9, 10)), 1.0] for _ in ids]
        texts = [f"text {number}" for _ in ids]
        if action == "add":
            collection.add(ids=ids, embeddings=vectors, documents=texts)
            records = {**dict(zip(ids, zip(vectors, texts))), **records}
        elif action == "upsert":
            collection.upsert(ids=ids, embeddings=vectors, documents=texts)
            records.update(zip(ids, zip(vectors, texts)))
        elif action == "update" and records:
            collection.update(ids=ids, embeddings=vectors, documents=texts)
            records.update({i: new for i, new in zip(ids, zip(vectors, texts)) if i in records})
        elif action == "delete":
            collection.delete(ids=ids)
            records = {i: record for i, record in records.items() if i not in ids}
        elif action == "get":
            found = collection.get(include=["documents", "embeddings"])
            assert {
                i: (list(vector), text) for i, vector, text in zip(
                    found["ids"], found["embeddings"], found["documents"])} == records
        elif action == "query" and records:
            found = collection.query(query_embeddings=[vectors[0]], n_results=100, include=["distances"])
            assert sorted(found["ids"][0]) == sorted(records)
        else:
            assert collection.count() == len(records)
    assert min(in_turn.proxy.counts) > sum(in_turn.proxy.counts) // 3
