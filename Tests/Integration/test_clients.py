"""Tours with the clients that people use: the asynchronous one, and those of other projects."""
import asyncio
import importlib.util
import os
import subprocess
import sys

import pytest

from harness.lab import Lab
from harness.processes import plain_environment

THIN_CLIENT = "chromadb-client==1.5.9"


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


def is_there(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def thin_python():
    """A Python with chromadb-client, which takes the place of chromadb: an environment of its own, in the cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    target = os.path.join(cache, "apus-tests", THIN_CLIENT)
    python, installed = os.path.join(target, "bin", "python"), os.path.join(target, "installed")
    if not os.path.exists(installed):
        for command in (
            [sys.executable, "-m", "venv", target],
            [python, "-m", "pip", "install", "--quiet", "--prefer-binary", "--retries", "1", THIN_CLIENT],
        ):
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode:
                pytest.skip(f"cannot install {THIN_CLIENT} from PyPI: {result.stderr.strip()[-200:]}")
        open(installed, "w").close()
    return python


def tour(python, code, server, directory):
    environment = plain_environment(
        ANONYMIZED_TELEMETRY="False", HAYSTACK_TELEMETRY_ENABLED="False", PYTHONDONTWRITEBYTECODE="1")
    result = subprocess.run(
        [python, "-c", code.replace("PORT", str(server.port))], cwd=directory, env=environment,
        capture_output=True, text=True, timeout=180)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("package, module, code", [
    ("langchain-chroma", "langchain_chroma", LANGCHAIN),
    ("llama-index-vector-stores-chroma", "llama_index.vector_stores.chroma", LLAMAINDEX),
    ("chroma-haystack", "haystack_integrations.document_stores.chroma", HAYSTACK),
], ids=["langchain", "llamaindex", "haystack"])
def test_other_clients(server, package, module, code, tmp_path):
    if not is_there(module):
        pytest.skip(f"{package} is not installed: requirements.txt leaves it out where Python is too old")
    tour(sys.executable, code, server, tmp_path)


def test_the_thin_client(server, tmp_path):
    tour(thin_python(), THIN, server, tmp_path)


def test_the_thin_part_of_the_tour_is_right(server, tmp_path):
    """The same calls with the full client: what fails above is then the thin client's."""
    tour(sys.executable, THIN.replace("assert chromadb.is_thin_client\n", ""), server, tmp_path)
