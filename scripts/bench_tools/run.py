"""One run: the contestants, whose turn it is, and the table."""
import contextlib
import dataclasses
import signal
import tempfile

from bench_tools import data, limits, measuring, phases, plot, servers
from bench_tools.chroma_api import Collection, rows_of
from bench_tools.table import LESS, MORE, Table


@dataclasses.dataclass
class Contestant:
    name: str
    server: servers.Server
    collection: Collection
    restarts_for_ef_search: bool


class Run:
    def __init__(self, records, contestants, package):
        self.data, self.contestants, self.package = records, contestants, package
        self.table, self._round, self._empty = Table(), 0, {}

    def rounds(self, count):
        for self._round in range(count):
            phases.say(f"round {self._round + 1} of {count}")
            self._empty = {}
            yield

    def in_turns(self, what):
        """All contestants; who is first changes from round to round."""
        phases.say(f"  {what}")
        first = self._round % len(self.contestants)
        return self.contestants[first:] + self.contestants[:first]

    def putter(self, row, contestant):
        def put(figure, value, better=LESS, **more):
            self.table.put(f"{row}: {figure}", contestant.name, value, better, **more)
        return put

    def measure(self, row, contestant, requests, truth=None):
        """Asks with one client; what that costs is put into the table, and the recall where the truth is given."""
        limit, put = self.empty(1).cpu_ms, self.putter(row, contestant)
        figures = measuring.ask_all(contestant.server, requests)
        put("CPU ms", figures.cpu_ms, limit=limit)
        if truth is not None:
            put("recall@10", data.recall(map(rows_of, figures.answers), truth), MORE, compared=False)
        return figures

    def empty(self, clients):
        """This round's figures of a request that does nothing, of Apus: no request can cost less."""
        if clients not in self._empty:
            name = f"empty round trip, {phases.counted(clients, 'client')}"
            for contestant in self.in_turns(name):
                figures = phases.empty_round_trip(contestant.server, clients)
                put = self.putter(name, contestant)
                put("p50 ms", figures.p50_ms)
                put("CPU ms", figures.cpu_ms)
                if contestant.name == servers.APUS:
                    self._empty[clients] = figures
        return self._empty[clients]


def carry_out(arguments):
    """Measures all, prints the table, draws the plot; ends servers and removes their folders in any case."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    print(f"\n{limits.machine()}", flush=True)
    phases.say("reading or making the data")
    records = data.read(arguments.data, arguments.records) if arguments.data else data.make(arguments.records)
    bandwidth = limits.memory_gb_per_s()
    with tempfile.TemporaryDirectory(prefix="apus-bench.") as folder, contextlib.ExitStack() as stack:
        contestants = []
        wanted = [] if arguments.no_peer else [(servers.chroma(f"{folder}/chroma"), True)]
        for server, restarts in wanted + [(servers.apus(arguments.binary, f"{folder}/apus"), False)]:
            stack.callback(server.end)
            server.start()
            server.wait_until_up()
            contestants.append(Contestant(server.name, server, Collection(server, phases.EF_SEARCH), restarts))
        run = Run(records, contestants, arguments.package)
        phases.load(run, folder, "load" in arguments.phases)
        each = [("query", phases.query), ("filter", phases.filters), ("contains", phases.contains),
                ("get", phases.get), ("start", phases.start)]
        chosen = [phase for name, phase in each if name in arguments.phases]
        for _ in run.rounds(arguments.rounds if chosen else 0):
            for phase in chosen:
                phase(run)
        points, ceiling = phases.curve(run) if "curve" in arguments.phases else (None, None)
    title = f"{len(records):,} x {records.vectors.shape[1]}, {records.name}"
    print(f"{title}; medians of {arguments.rounds} round(s), load and curve once\n")
    print(run.table.markdown(len(contestants) > 1))
    print(_legend(records, bandwidth))
    if points:
        plot.draw(points, ceiling, f"{title}, k = {data.K}, 1 client", arguments.plot)
        print(f"Plot: {arguments.plot}")


def _legend(records, bandwidth):
    megabytes = records.vectors.nbytes / 1e6
    texts = sum(len(document.encode()) for document in records.documents) / 1e6
    return (
        "\nRatio: how many times better Apus is. Limit: for the load, decoding bodies and encoding vectors alone; "
        "for requests, the same figure of an empty round trip.\n"
        f"Memory: one thread reads {bandwidth:.1f} GB/s. All vectors (f32, {megabytes:.0f} MB) are read once in "
        f"{megabytes / bandwidth:.2f} ms, all documents ({texts:.1f} MB) {texts / bandwidth:.2f} ms.")


def _stop(number, _):
    raise SystemExit(128 + number)
