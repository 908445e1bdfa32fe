"""A bucket four times as large as the memory: the answers are the same, the memory stays within its limit."""
import base64
import time

import numpy

LIMIT = 48 << 20
ROWS, DIMENSION, BATCH = 64_000, 512, 1_000
LIMITED = {"APUS_MEMORY_LIMIT": LIMIT}


def document(row):
    return f"document {row} " + f"of some length, as documents are; its words are {row % 97} " * 16


def fill(client, collection):
    generator = numpy.random.default_rng(1)
    vectors = generator.normal(size=(ROWS, DIMENSION)).astype("<f4")
    for start in range(0, ROWS, BATCH):
        rows = range(start, start + BATCH)
        body = {
            "ids": [f"id{row}" for row in rows],
            "embeddings": [base64.b64encode(vectors[row].tobytes()).decode() for row in rows],
            "documents": [document(row) for row in rows], "metadatas": [{"n": row % 100} for row in rows]}
        while (answer := client.send("add", collection, body)).status == 429:
            time.sleep(float(answer.headers.get("retry-after", 1)))
        assert answer.status == 201, answer
    return vectors


def answers(client, collection, vectors):
    """What a few requests of each kind are answered."""
    found = []
    for row in range(0, 20_000, 5_003):
        query = {"query_embeddings": [(vectors[row] * 0.9).tolist()], "n_results": 5,
                 "include": ["distances", "documents", "embeddings"]}
        found.append(client.send("query", collection, query))
        found.append(client.send("query", collection, {**query, "where": {"n": row % 100}}))
        found.append(client.send("get", collection, {
            "ids": [f"id{(row + step * 911) % ROWS}" for step in range(30)],
            "include": ["documents", "embeddings"]}))
    found.append(client.send("get", collection, {"where_document": {"$contains": "document 4711 "}}))
    assert [answer.status for answer in found] == [200] * len(found)
    return [answer.json() for answer in found]


class Memory:
    """What a process has taken: its own memory, and files beyond those of the program."""

    def __init__(self, server, program=0):
        with open(f"/proc/{server.process.popen.pid}/status") as file:
            lines = [line.split() for line in file]
        kilobytes = {line[0]: int(line[1]) for line in lines if line[-1] == "kB"}
        self.own = kilobytes["RssAnon:"] * 1024
        self.files = kilobytes["RssFile:"] * 1024
        self.program = program or self.files
        self.taken = self.own + self.files - self.program

    def __str__(self):
        return f"{self.own >> 20} MiB own + {self.files - self.program >> 20} MiB of files, limit {LIMIT >> 20}"


def test_a_bucket_of_four_times_the_memory(lab, level):
    def server(**settings):
        """On the S3 server, whose own speed is what that takes, or on a folder."""
        if level == "full":
            return lab.server(**settings)
        return lab.folder_server(lab.directory + "/bucket", **settings)

    # The start of an empty server tells what the program itself takes.
    program = Memory(lab.folder_server(lab.directory + "/empty")).program
    filling = server(**LIMITED)
    collection = lab.collection(filling)
    vectors = fill(lab.client(filling), collection)
    memory = Memory(filling, program)
    print(f"filled: {memory}")
    assert memory.taken < LIMIT, str(memory)
    filling.kill()

    plain = server()
    expected = answers(lab.client(plain), collection, vectors)
    assert expected[0]["ids"][0][0] == "id0" and expected[-1]["ids"] == ["id4711"]
    plain.end()
    for workspace in (LIMIT * 100, LIMIT):
        limited = server(**LIMITED, APUS_WORKSPACE_LIMIT=workspace)
        started = time.monotonic()
        found = answers(lab.client(limited, timeout=120), collection, vectors)
        memory = Memory(limited, program)
        print(f"workspace of {workspace >> 20} MiB: {len(found)} answers in {time.monotonic() - started:.1f} s; {memory}")
        assert found == expected
        assert memory.taken < LIMIT, str(memory)
        limited.end()
