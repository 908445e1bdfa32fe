"""README's tour with Chroma's own client, and what a killed server leaves in the bucket."""
import json
import os
import re
import subprocess
import sys

from harness.apus_server import ROOT
from harness.processes import plain_environment

# Prints all that the client sees of every collection, and one search in each.
SNAPSHOT = """
import chromadb, json
client = chromadb.HttpClient(host="127.0.0.1", port=8000)
seen = {}
for collection in client.list_collections():
    records = collection.get(include=["embeddings", "documents", "metadatas", "uris"])
    records["embeddings"] = [list(map(float, vector)) for vector in records["embeddings"]]
    first = records["embeddings"][:1]
    near = collection.query(query_embeddings=first, n_results=10) if first else None
    seen[collection.name] = [str(collection.id), collection.metadata, collection.count(), records, near]
print("SNAPSHOT", json.dumps(seen, default=str, sort_keys=True))
"""


def tour():
    with open(os.path.join(ROOT, "README.md")) as file:
        blocks = re.findall(r"^```python\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    assert blocks, "README.md has no ```python block"
    return "\n".join(blocks)


def run(code, server, directory):
    """Runs the code against the server, as a person would who changed the port; returns its output."""
    assert "port=8000" in code, "the tour does not say which port it uses"
    code = code.replace("port=8000", f"port={server.port}")
    environment = plain_environment(ANONYMIZED_TELEMETRY="False", PYTHONDONTWRITEBYTECODE="1")
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=directory, env=environment, capture_output=True, text=True,
        timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def snapshot(server, directory):
    output = run(SNAPSHOT, server, directory)
    return json.loads(output.split("SNAPSHOT ", 1)[1])


def test_the_tour_of_the_readme_survives_kill_9_and_an_empty_machine(lab):
    server = lab.server()
    run(tour(), server, lab.directory)
    before = snapshot(server, lab.directory)
    assert any(records[2] > 0 for records in before.values()), "the tour leaves no record"
    server.kill()
    # Another server, another directory, nothing but the bucket.
    assert snapshot(lab.server(), lab.directory) == before


def test_an_empty_bucket_shows_nothing(lab):
    assert snapshot(lab.server(), lab.directory) == {}
