"""Requests to S3 per write, per query and per idle minute, counted in front of the S3 server (docs/COST.md)."""
import collections
import concurrent.futures
import re
import time

WRITES = 200


def kind(method, path):
    path, _, query = path.partition("?")
    if method == "GET" and "list-type=2" in query:
        return "LIST"
    if method == "POST" and query.startswith("delete"):
        return "DELETE"
    return method


class Counted:
    """The requests that pass the proxy inside a `with`, by method."""

    def __init__(self, proxy):
        self.proxy = proxy
        self.counts = collections.Counter()
        self.paths = collections.Counter()

    def __enter__(self):
        self.before = self.proxy.seen()
        return self

    def __exit__(self, *_):
        for (method, path), count in (self.proxy.seen() - self.before).items():
            self.counts[kind(method, path)] += count
            self.paths[method, re.sub(r"[0-9a-f-]{36}|[0-9]{10,}", "*", path.partition("?")[0])] += count

    def __str__(self):
        return ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items())) or "none"


def record(row):
    return {"ids": [f"id{row}"], "embeddings": [[row, 1, 2]], "documents": [f"document {row}"]}


def test_requests_per_write_and_query(lab):
    proxy = lab.proxy()
    server = lab.server(proxy)
    collection = lab.collection(server)
    client = lab.client(server)
    client.send("add", collection, record(0))

    with Counted(proxy) as alone:
        for row in range(1, WRITES + 1):
            assert client.send("add", collection, record(row)).status == 201
    print(f"one client, {WRITES} writes: {alone}")
    # One PUT each. S4's confirmation of the date is a GET once in a while at most.
    assert WRITES <= alone.counts["PUT"] <= WRITES + 5
    assert alone.counts.total() <= 1.1 * WRITES, alone.paths

    def some(first):
        own = lab.client(server)
        for row in range(first, first + 50):
            assert own.send("add", collection, record(row)).status == 201

    with Counted(proxy) as together, concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(some, range(1000, 1800, 50)))
    print(f"16 clients, 800 writes: {together}")
    assert together.counts.total() < 400, together.paths

    query = {"query_embeddings": [[1, 2, 3]], "n_results": 5}
    with Counted(proxy) as warm:
        for _ in range(100):
            assert client.send("query", collection, query).status == 200
    print(f"100 warm queries: {warm}")
    assert warm.counts.total() <= 3, warm.paths

    strong = {"Apus-Consistency": "strong"}
    with Counted(proxy) as read_strongly:
        for _ in range(100):
            assert client.send("query", collection, query, headers=strong).status == 200
    print(f"100 warm queries, read strongly: {read_strongly}")
    assert read_strongly.counts.total() <= 210, read_strongly.paths


def test_requests_of_an_idle_server(lab, size):
    interval = size(2, 60)
    proxy = lab.proxy()
    server = lab.server(proxy, S3_SYNC_INTERVAL=interval)
    client = lab.client(server)
    for number in range(10):
        collection = lab.collection(server, f"records-{number}")
        client.send("add", collection, record(0))
    time.sleep(interval)
    with Counted(proxy) as idle:
        time.sleep(interval * 5)
    print(f"10 idle collections, 5 looks: {idle}; {dict(idle.paths)}")
    # The next entry and the next manifest of each log, and of the catalog.
    assert idle.counts["PUT"] == 0 and idle.counts["LIST"] <= 1
    assert idle.counts["GET"] <= 6 * 11 * 2, idle.paths


def test_requests_of_a_start(lab):
    proxy = lab.proxy()
    server = lab.server(proxy, APUS_FLUSH_BYTES=4096, APUS_FLUSH_AGE=1)
    client = lab.client(server)
    ids = [lab.collection(server, f"records-{number}") for number in range(5)]
    with Counted(proxy) as flushing:
        for collection in ids:
            for row in range(10):
                client.send("add", collection, record(row))
        prefixes = [f"{lab.prefix}collections/{collection}/segments/" for collection in ids]
        deadline = time.monotonic() + 30
        while not all(lab.s3.keys(prefix) for prefix in prefixes) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)
    print(f"50 writes and their flushes: {flushing}; {dict(flushing.paths)}")
    assert not [path for method, path in flushing.paths if method == "GET" and "/segments/" in path]
    assert flushing.counts["PUT"] <= 50 + 2 * len(ids) + 5
    server.kill()
    with Counted(proxy) as start:
        server.start()
        client = lab.client(server)
        for collection in ids:
            assert client.send("get", collection, {"ids": ["id3"]}).json()["ids"] == ["id3"]
        time.sleep(1)
    print(f"a start with 5 collections: {start}; {dict(start.paths)}")
    own = {path: count for (method, path), count in start.paths.items() if "/collections/" in path}
    assert sum(own.values()) <= 12 * len(ids), own
