"""Buckets larger than the memory, and more writers than it can hold bodies of: the answers are the same, the memory stays
within its limit."""
import base64
import collections
import threading
import time

import numpy
import pytest

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


WRITERS = 16


class Peak:
    """Looks at a server's memory all the time; the largest that was seen."""

    def __init__(self, server, program):
        self.server, self.program = server, program
        self.largest = Memory(server, program)
        self.samples = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self):
        while not self._over.wait(0.01):
            seen = Memory(self.server, self.program)
            self.samples += 1
            if seen.taken > self.largest.taken:
                self.largest = seen

    def end(self):
        self._over.set()
        self._thread.join()
        return self.largest


class Writer(threading.Thread):
    """Adds batches of its own records, each until it is acknowledged; anything but "later" is a finding."""

    def __init__(self, number, client, ids, batches, rows):
        super().__init__()
        self.number, self.client, self.collections = number, client, ids
        self.batches, self.rows = batches, rows
        self.statuses = collections.Counter()
        self.problems = []

    def ids(self, batch):
        return [f"w{self.number}-{batch}-{row}" for row in range(self.rows)]

    def vectors(self, batch):
        return numpy.random.default_rng([self.number, batch]).normal(size=(self.rows, DIMENSION)).astype("<f4")

    def run(self):
        try:
            for batch in range(self.batches):
                self._write(batch)
        except Exception as error:
            self.problems.append(repr(error))

    def _write(self, batch):
        body = {
            "ids": self.ids(batch),
            "embeddings": [base64.b64encode(vector.tobytes()).decode() for vector in self.vectors(batch)],
            "documents": [document(row) for row in range(self.rows)],
            "metadatas": [{"n": row % 100, "writer": self.number} for row in range(self.rows)]}
        while True:
            answer = self.client.send("add", self.collections[batch % len(self.collections)], body)
            self.statuses[answer.status] += 1
            if answer.status == 201:
                return
            if answer.status not in (429, 503) or "retry-after" not in answer.headers:
                self.problems.append(str(answer))
                return
            time.sleep(float(answer.headers["retry-after"]))


def check_all_there(client, ids, writers):
    counts = [client.count(identifier).json() for identifier in ids]
    assert sum(counts) == sum(writer.batches * writer.rows for writer in writers)
    for writer in writers:
        for batch in range(writer.batches):
            names, vectors = writer.ids(batch), writer.vectors(batch)
            rows = range(0, writer.rows, 50)
            answer = client.send("get", ids[batch % len(ids)], {
                "ids": [names[row] for row in rows], "include": ["embeddings", "documents"]})
            body = answer.json()
            found = dict(zip(body["ids"], zip(body["embeddings"], body["documents"])))
            for row in rows:
                embedding, text = found[names[row]]
                assert numpy.array_equal(numpy.array(embedding, "<f4"), vectors[row]) and text == document(row)


@pytest.mark.parametrize("number, rows, batches", [(1, 250, 10), (1, 1_000, 2), (4, 250, 10)])
def test_many_writers_at_once_keep_to_the_memory_and_lose_nothing(lab, number, rows, batches):
    """In one collection, in batches of which few find room at a time, in several collections."""
    program = Memory(lab.folder_server(lab.directory + "/empty")).program
    folder = lab.directory + "/bucket"
    server = lab.folder_server(folder, **LIMITED)
    ids = [lab.collection(server, f"collection{index}") for index in range(number)]
    writers = [
        Writer(index, lab.client(server, timeout=120), ids, batches, rows)
        for index in range(WRITERS)]
    peak = Peak(server, program)
    started = time.monotonic()
    try:
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    finally:
        largest = peak.end()
    statuses = sum((writer.statuses for writer in writers), collections.Counter())
    print(f"{WRITERS} writers, {time.monotonic() - started:.1f} s, answers {dict(statuses)}; "
          f"most of {peak.samples} looks: {largest}")
    assert [problem for writer in writers for problem in writer.problems] == []
    assert server.process.is_running
    server.kill()
    check_all_there(lab.client(lab.folder_server(folder)), ids, writers)
    assert largest.taken < LIMIT, str(largest)
