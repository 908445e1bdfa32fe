"""How a figure is taken."""
import contextlib
import dataclasses
import selectors
import sys
import time

import numpy

from bench_tools.raw_http import Connection

# Less than this share of a processor is a server that only looks at the clock.
IDLE_SHARE = 0.02


@dataclasses.dataclass
class Figures:
    """Of many requests of one kind: how long they took, what they cost, and the answer to each of them."""
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    per_s: float
    answers: list


def ask_all(server, requests, clients=1, seconds=1.0):
    """Sends all requests, and all again until `seconds` have passed; each client waits for its answer.

    What is asked once may cost anything: cheap requests above all are averaged over thousands.
    """
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(Connection(server.port)) for _ in range(clients)]
        for connection in connections:
            # The first request on a connection pays for making it.
            connection.ask(requests[0])
        turn = _one_after_the_other(connections[0]) if clients == 1 else _at_once(connections)
        answers, took = [], []
        try:
            cpu, start = server.cpu_s(), time.perf_counter()
            while not took or time.perf_counter() - start < seconds:
                found = turn(requests, took)
                answers = answers or found
            wall, cpu = time.perf_counter() - start, server.cpu_s() - cpu
        except OSError:
            server.check()
            raise
    milliseconds = 1000 * numpy.array(took)
    return Figures(
        float(numpy.percentile(milliseconds, 50)), float(numpy.percentile(milliseconds, 99)),
        1000 * cpu / len(milliseconds), len(milliseconds) / wall, answers)


def _one_after_the_other(connection):
    ask, clock = connection.ask, time.perf_counter

    def turn(requests, took):
        answers = []
        for request in requests:
            before = clock()
            answers.append(ask(request))
            took.append(clock() - before)
        return answers
    return turn


def _at_once(connections):
    """As many requests under way as there are connections, all from one thread: several would wait for each other
    to run Python, and that would be measured."""
    selector, clock = selectors.DefaultSelector(), time.perf_counter
    for connection in connections:
        selector.register(connection, selectors.EVENT_READ)

    def turn(requests, took):
        answers, sent, idle = [None] * len(requests), {}, list(connections)
        waiting = iter(enumerate(requests))
        while True:
            for connection, (number, request) in zip(idle, waiting):
                sent[connection] = number, clock()
                connection.send(request)
            if not sent:
                return answers
            idle = [key.fileobj for key, _ in selector.select()]
            for connection in idle:
                number, before = sent.pop(connection)
                answers[number] = connection.receive()
                took.append(clock() - before)
    return turn


def wait_until_settled(server, at_least_s=0.0, quiet_s=3.0, limit_s=900.0):
    """Waits until the server has done next to nothing for `quiet_s`."""
    start = time.monotonic()
    samples = [(start, server.cpu_s())]
    while True:
        time.sleep(0.25)
        now, cpu = time.monotonic(), server.cpu_s()
        samples.append((now, cpu))
        while now - samples[1][0] >= quiet_s:
            samples.pop(0)
        quiet = now - samples[0][0] >= quiet_s and cpu - samples[0][1] < IDLE_SHARE * quiet_s
        if quiet and now - start >= at_least_s:
            return
        if now - start > limit_s:
            print(f"{server.name} is still busy after {limit_s:.0f} s; going on", file=sys.stderr)
            return
