"""bench.py PORT RECORDS DIMENSIONS: rates of adding and searching; to be called by scripts/bench."""
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import chromadb
import numpy

BATCH = 1000
QUERIES = 400


def wait_until_ready(port):
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/healthcheck", timeout=1).read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("bench: the server did not get ready")


def queries_per_second(collection, vectors, clients):
    def one(i):
        collection.query(query_embeddings=vectors[i % len(vectors)][None], n_results=10, include=["distances"])

    one(0)
    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(QUERIES)))
    return QUERIES / (time.perf_counter() - start)


def main():
    port, count, dimension = map(int, sys.argv[1:4])
    wait_until_ready(port)
    client = chromadb.HttpClient("127.0.0.1", port)
    collection = client.create_collection("bench", embedding_function=None)
    generator = numpy.random.default_rng(1)
    vectors = generator.standard_normal((count, dimension), dtype=numpy.float32)
    start = time.perf_counter()
    for begin in range(0, count, BATCH):
        batch = vectors[begin : begin + BATCH]
        collection.add(ids=[str(begin + i) for i in range(len(batch))], embeddings=batch)
    print(f"add, batches of {BATCH}: {count / (time.perf_counter() - start):.0f} records/s")
    for clients in (1, 8):
        rate = queries_per_second(collection, vectors[:200], clients)
        print(f"query, {clients} client(s): {rate:.0f} queries/s")


if __name__ == "__main__":
    main()
