"""Tours with the clients that people use: the asynchronous one, and those of other projects."""
import asyncio
import subprocess
import sys

import pytest

from harness import environments
from harness.lab import Lab
from harness.processes import plain_environment


@pytest.fixture(scope="module")
def server(s3, tmp_path_factory):
    lab = Lab(s3, str(tmp_path_factory.mktemp("clients")), "clients")
    try:
        yield lab.server()
    finally:
        lab.end()


def test_the_asynchronous_client(server):
    import chromadb

    async def tour():
        client = await chromadb.AsyncHttpClient(host="localhost", port=server.port)
        assert await client.heartbeat() > 0
        notes = await client.create_collection("async", metadata={"k": 1}, embedding_function=None)
        rows = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
        await notes.add(
            ids=["a", "b", "c"], embeddings=rows, documents=["an owl", "a wren", "a rook"],
            metadatas=[{"n": 1}, {"n": 2}, {"n": 3}])
        counts = await asyncio.gather(*[notes.count() for _ in range(20)])
        assert counts == [3] * 20
        near = await notes.query(query_embeddings=[[0.0, 0.9, 0.0]], n_results=1)
        assert near["ids"] == [["b"]]
        await notes.update(ids=["b"], embeddings=[[0.0, 1.0, 0.5]], documents=["a robin"])
        await notes.upsert(ids=["d"], embeddings=[[1.0, 1.0, 1.0]], documents=["a jay"])
        found = await notes.get(where={"n": {"$gte": 2}}, include=["documents"])
        assert found["documents"] == ["a robin", "a rook"]
        await notes.delete(ids=["a"])
        assert (await notes.get())["ids"] == ["b", "c", "d"]
        await notes.modify(name="async-renamed")
        assert [c.name for c in await client.list_collections()] == ["async-renamed"]
        with pytest.raises(chromadb.errors.NotFoundError):
            await client.get_collection("async")
        await client.delete_collection("async-renamed")
        assert await client.count_collections() == 0

    asyncio.run(tour())


THIN = """
import chromadb
client = chromadb.HttpClient(host="localhost", port=PORT)
assert chromadb.is_thin_client
notes = client.get_or_create_collection("thin", embedding_function=None)
notes.add(ids=["a", "b"], embeddings=[[1.0, 0.0], [0.0, 1.0]], documents=["an owl", "a wren"])
assert notes.query(query_embeddings=[[0.0, 0.9]], n_results=1)["ids"] == [["b"]]
client.delete_collection("thin")
"""

LANGCHAIN = """
import chromadb
from langchain_chroma import Chroma

class Lengths:
    def embed_documents(self, texts): return [[float(len(t)), 1.0] for t in texts]
    def embed_query(self, text): return [float(len(text)), 1.0]

client = chromadb.HttpClient(host="localhost", port=PORT)
store = Chroma(client=client, collection_name="langchain", embedding_function=Lengths())
store.add_texts(["owl", "a sparrow"], metadatas=[{"n": 1}, {"n": 2}], ids=["a", "b"])
assert [d.page_content for d in store.similarity_search("wren", k=1)] == ["owl"]
assert [d.page_content for d in store.similarity_search("wren", k=1, filter={"n": 2})] == ["a sparrow"]
store.delete(ids=["a"])
assert store.get()["ids"] == ["b"]
store.delete_collection()
"""

LLAMAINDEX = """
import chromadb
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import VectorStoreQuery
from llama_index.vector_stores.chroma import ChromaVectorStore

client = chromadb.HttpClient(host="localhost", port=PORT)
store = ChromaVectorStore(chroma_collection=client.get_or_create_collection("llamaindex"))
store.add([TextNode(id_="a", text="owl", embedding=[1.0, 0.0]), TextNode(id_="b", text="wren", embedding=[0.0, 1.0])])
found = store.query(VectorStoreQuery(query_embedding=[0.0, 0.9], similarity_top_k=1))
assert found.ids == ["b"], found
client.delete_collection("llamaindex")
"""

HAYSTACK = """
from haystack import Document
from haystack_integrations.document_stores.chroma import ChromaDocumentStore

store = ChromaDocumentStore(collection_name="haystack", host="localhost", port=PORT)
store.write_documents([
    Document(id="a", content="owl", embedding=[1.0, 0.0], meta={"n": 1}),
    Document(id="b", content="wren", embedding=[0.0, 1.0], meta={"n": 2})])
assert store.count_documents() == 2
found = store.filter_documents({"field": "meta.n", "operator": ">", "value": 1})
assert [document.id for document in found] == ["b"]
assert [d.id for d in store.search_embeddings([[0.0, 0.9]], top_k=1)[0]] == ["b"]
store.delete_documents(["a", "b"])
"""


@pytest.mark.parametrize("package, code", [
    ("langchain-chroma", LANGCHAIN), ("llama-index-vector-stores-chroma", LLAMAINDEX),
    ("chroma-haystack", HAYSTACK),
])
def test_other_clients(server, package, code, tmp_path):
    tour(environments.clients(), code, server, tmp_path)


def test_the_thin_client(server, tmp_path):
    tour(environments.thin(), THIN, server, tmp_path)


def tour(python, code, server, folder):
    environment = plain_environment(
        ANONYMIZED_TELEMETRY="False", HAYSTACK_TELEMETRY_ENABLED="False", PYTHONDONTWRITEBYTECODE="1")
    result = subprocess.run(
        [python, "-c", code.replace("PORT", str(server.port))], cwd=folder, env=environment,
        capture_output=True, text=True, timeout=180)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_thin_part_of_the_tour_is_right(server, tmp_path):
    """The same calls with the full client: what fails above is then the thin client's."""
    code = THIN.replace("PORT", str(server.port)).replace("assert chromadb.is_thin_client\n", "")
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=180,
        env=plain_environment(ANONYMIZED_TELEMETRY="False", PYTHONDONTWRITEBYTECODE="1"))
    assert result.returncode == 0, result.stdout + result.stderr
