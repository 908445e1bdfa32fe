"""Apus and the real Chroma server get the same random requests and give the same answers."""
import os
import re

import pytest

from .peers import Peer, Servers
from .planting_proxy import PLANTS, PlantingProxy
from .runner import Runner, run


@pytest.fixture(scope="module")
def servers():
    servers = Servers()
    try:
        yield servers
    finally:
        servers.end()


def test_random_requests_are_answered_as_chroma_answers_them(servers, seed, size, level):
    if level == "quick" and not os.environ.get("APUS_SEED"):
        # The same for every change: what is new then comes from the change.
        seed = "quick"
    runner = Runner(servers.chroma, servers.apus, servers.restart_chroma)
    reports = run(runner, seed, size(600, 10_000))
    print(f"{runner.steps_run} steps; statuses {dict(runner.statuses)}")
    print(f"deviations {dict(runner.deviations)}; Chroma crashed {len(runner.crashes)} times")
    assert not reports, "\n".join(reports)
    # The requests were not all refused, nor all accepted.
    accepted = runner.statuses[200] + runner.statuses[201]
    assert 0.3 * runner.steps_run < accepted < 0.9 * runner.steps_run


@pytest.mark.parametrize("change,shown", PLANTS, ids=[change.__name__ for change, _ in PLANTS])
def test_a_planted_difference_is_reported(servers, change, shown):
    proxy = PlantingProxy(servers.apus_server.port, change)
    try:
        runner = Runner(servers.chroma, Peer("Apus", proxy.port), servers.restart_chroma)
        # A seed of its own: what is planted must meet a request that shows it.
        reports = run(runner, "planted", 2_000, shrink=False)
    finally:
        proxy.stop()
    assert proxy.changes, "nothing was changed"
    assert len(reports) == 1
    report = reports[0]
    assert re.search(shown, report) and "APUS_SEED=planted" in report, report
