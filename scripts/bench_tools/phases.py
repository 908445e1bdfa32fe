"""What is measured, phase by phase. Each phase puts its figures into the run's table."""
import os
import sys
import time

import numpy

from bench_tools import limits, measuring
from bench_tools.chroma_api import EMPTY, add_body, rows_of
from bench_tools.data import FILTER_QUERIES, K, WORD_QUERIES, recall
from bench_tools.failure import Failure
from bench_tools.raw_http import Connection
from bench_tools.table import MORE

BATCH = 1000
# After 15 quiet seconds Apus makes a segment of its tail, which belongs to the price of a load.
SETTLING_S = 20
CLIENTS = [1, 8]
# How many requests with that many ids.
GETS = {1: 200, 100: 30}
CURVE = [10, 50, 100, 200, 400]
EF_SEARCH = 100


def load(run, folder, shown):
    """Adds all records to one server after the other, waits until it has settled, and asks once: some index then."""
    bodies = [add_body(run.data, range(start, min(start + BATCH, len(run.data))))
              for start in range(0, len(run.data), BATCH)]
    limit = limits.decoding_and_encoding(bodies, os.path.join(folder, "bodies"), run.package) if shown else None
    per_100k = 100_000 / len(run.data)
    for contestant in run.contestants:
        say(f"load: {contestant.name}")
        server = contestant.server
        before = server.cpu_s()
        with Connection(server.port) as connection:
            start = time.perf_counter()
            for body in bodies:
                connection.ask(*contestant.collection.add(body))
            wall, under_way = time.perf_counter() - start, server.cpu_s() - before
        measuring.wait_until_settled(server, at_least_s=SETTLING_S)
        with Connection(server.port) as connection:
            connection.ask(contestant.collection.query(run.data.queries[0]))
        measuring.wait_until_settled(server)
        settled = server.cpu_s() - before
        if contestant.collection.count() != len(run.data):
            raise Failure(f"{server.name} has {contestant.collection.count()} records after {len(run.data)} were added")
        if shown:
            put = run.putter("load", contestant)
            put("records/s", len(run.data) / wall, MORE)
            put("CPU-s per 100,000 while requests are under way", under_way * per_100k, limit=limit)
            put("CPU-s per 100,000 until settled", settled * per_100k, limit=limit)


def query(run):
    for clients in CLIENTS:
        name, empty = f"query, {counted(clients, 'client')}", run.empty(clients)
        for contestant in run.in_turns(name):
            requests = [contestant.collection.query(vector) for vector in run.data.queries]
            figures = measuring.ask_all(contestant.server, requests, clients)
            put = run.putter(name, contestant)
            put("p50 ms", figures.p50_ms, limit=empty.p50_ms)
            put("p99 ms", figures.p99_ms, limit=empty.p99_ms)
            put("CPU ms", figures.cpu_ms, limit=empty.cpu_ms)
            put("queries/s", figures.per_s, MORE, limit=empty.per_s)
            put("recall@10", recall(map(rows_of, figures.answers), run.data.truth()), MORE, compared=False)


def filters(run):
    for name, where in run.data.filters.items():
        truth = run.data.truth_of_filter(name)
        for contestant in run.in_turns(f"filter {name}"):
            requests = [contestant.collection.query(v, where=where) for v in run.data.queries[:FILTER_QUERIES]]
            run.measure(f"query, filter {name}", contestant, requests, truth)


def contains(run):
    for word in run.data.words:
        rows, truth = set(run.data.rows_with(word).tolist()), run.data.truth_of_word(word)
        label = f'`$contains` "{word}" (in {len(rows):,} documents)'
        for contestant in run.in_turns(f'contains "{word}"'):
            requests = [contestant.collection.query(v, word=word) for v in run.data.queries[:WORD_QUERIES]]
            run.measure(f"query, {label}", contestant, requests, truth)
            figures = run.measure(f"get, limit {K}, {label}", contestant, [contestant.collection.get(word=word)] * 20)
            found = rows_of(figures.answers[0])
            if len(set(found)) != min(K, len(rows)) or not rows.issuperset(found):
                raise Failure(f"{contestant.name}: wrong answer to get with {label}: {found}")


def get(run):
    generator = numpy.random.default_rng(3)
    for ids, count in GETS.items():
        ids = min(ids, len(run.data))
        wanted = [generator.choice(len(run.data), ids, replace=False).tolist() for _ in range(count)]
        name = f"get by {counted(ids, 'id')}"
        for contestant in run.in_turns(name):
            requests = [contestant.collection.get(rows=rows) for rows in wanted]
            figures = run.measure(name, contestant, requests)
            if any(set(rows_of(answer)) != set(rows) for answer, rows in zip(figures.answers, wanted)):
                raise Failure(f"{contestant.name}: wrong answer to {name}")


def start(run):
    """From the start of a process whose predecessor was killed to the first answer that is as before."""
    for contestant in run.in_turns("start"):
        server, request = contestant.server, contestant.collection.query(run.data.queries[0])
        with Connection(server.port) as connection:
            before = set(rows_of(connection.ask(request)))
        server.kill()
        begin = time.perf_counter()
        server.start()
        while not _answers_as(before, server, request):
            server.check()
            if time.perf_counter() - begin > 300:
                raise Failure(f"{server.name}: no right answer within 300 s of its start")
            time.sleep(0.002)
        run.putter("kill -9, start", contestant)("s to the first right answer", time.perf_counter() - begin)
        measuring.wait_until_settled(server)


def _answers_as(before, server, request):
    try:
        with Connection(server.port) as connection:
            connection.send(request)
            status, body = connection.receive_any()
    except OSError:
        return False
    return status == 200 and len(before & set(rows_of(body))) >= 0.8 * len(before)


def curve(run):
    """Per contestant (ef_search, recall, queries a second of processor time); and the same of empty round trips."""
    points = {contestant.name: [] for contestant in run.contestants}
    ceiling = 1000 / run.empty(1).cpu_ms
    for ef in CURVE:
        for contestant in run.in_turns(f"curve, ef_search {ef}"):
            contestant.collection.set_ef_search(ef)
            if contestant.restarts_for_ef_search:
                contestant.server.end()
                contestant.server.start()
                contestant.server.wait_until_up()
            requests = [contestant.collection.query(vector) for vector in run.data.queries]
            # A server that has just started reads its index first.
            measuring.ask_all(contestant.server, requests, seconds=0)
            figures = measuring.ask_all(contestant.server, requests)
            found, rate = recall(map(rows_of, figures.answers), run.data.truth()), 1000 / figures.cpu_ms
            points[contestant.name].append((ef, found, rate))
            # The same ef_search is not the same recall: only the plot compares them.
            put = run.putter(f"curve, ef_search {ef}", contestant)
            put("queries per CPU-second", rate, MORE, limit=ceiling, compared=False)
            put("recall@10", found, MORE, compared=False)
    return points, ceiling


def counted(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def say(text):
    print(text, file=sys.stderr, flush=True)


def empty_round_trip(server, clients):
    return measuring.ask_all(server, [EMPTY] * 500, clients)
