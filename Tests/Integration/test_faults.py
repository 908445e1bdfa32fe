"""A store whose answers get lost, and worse: nothing is lost, nothing is applied twice."""
import os
import sys
import time

import pytest

from harness.apus_server import ROOT
from harness.ports import free_port
from harness.processes import Process, wait_until
from harness.http_client import HTTPClient, Unanswered
from harness.workload import Workload

SHARED_PROXY = os.path.join(ROOT, "..", "shared", "s3", "fault_proxy.py")


def check(lab, servers, load, collection, faults):
    """Everything adds up, on the servers of the test and on a new one without faults."""
    print(load.summary(), faults)
    found = load.read_everything(lab.server())
    assert load.violations(found, lab.log_entries(collection)) == []
    assert all(server.process.is_running for server in servers)
    assert load.journal.count("acknowledged", ("upsert", "add", "update", "delete")) > 0


def test_lost_answers_lose_and_double_nothing(lab, size, seed):
    proxy = lab.proxy(seed)
    servers = [lab.server(proxy), lab.server(proxy)]
    collection = lab.collection(servers[0])
    proxy.set("lost_answers")
    load = Workload(
        servers, collection, seed, clients=8, ids=50, requests=size(300, 2000)).start().join(900)
    proxy.set("none")
    check(lab, servers, load, collection, proxy.counts)
    assert proxy.counts["lose_answer"] > 10
    # All of it could be resolved by reading: nobody had to be told "unknown" or "no".
    assert load.journal.count("refused", ("upsert", "add", "update", "delete", "batch")) == 0


def test_chaos_loses_and_doubles_nothing(lab, size, seed):
    proxy = lab.proxy(seed)
    servers = [lab.server(proxy), lab.server(proxy)]
    collection = lab.collection(servers[0])
    proxy.set("chaos")
    load = Workload(
        servers, collection, seed, clients=8, ids=50, requests=size(300, 2000)).start().join(900)
    proxy.set("none")
    check(lab, servers, load, collection, proxy.counts)
    assert proxy.counts["late"] + proxy.counts["lose_answer"] > 5


def test_chaos_and_kill_9_together_lose_nothing(lab, size, seed):
    proxy = lab.proxy(seed)
    servers = [lab.server(proxy), lab.server(proxy)]
    collection = lab.collection(servers[0])
    load = Workload(servers, collection, seed, clients=6, ids=50, pause=0.005).start()
    for index in range(size(3, 20)):
        proxy.set("chaos")
        time.sleep(1.0)
        servers[index % 2].restart_after_kill()
    load.stop()
    proxy.set("none")
    time.sleep(1.5)  # What was on its way late has landed.
    check(lab, servers, load, collection, proxy.counts)


def test_a_server_starts_through_lost_answers(lab, seed):
    """The start-up probe must not take a lost answer for a store that breaks its promises."""
    proxy = lab.proxy(seed, "lost_answers")
    for _ in range(3):
        server = lab.server(proxy)
        assert server.is_ready()


def test_a_request_waits_for_a_collection_that_is_still_loading(lab):
    first = lab.server()
    collection = lab.collection(first)
    client = lab.client(first)
    for index in range(30):
        assert client.write("add", collection, [f"id{index}"], index + 1).status == 201
    proxy = lab.proxy(latency=(0.3, 0.3))
    second = lab.client(lab.server(proxy))
    answer = second.read(collection)
    assert answer.status == 200 and len(answer.json()["ids"]) == 30, answer


def test_a_partition_is_answered_and_heals(lab, seed):
    proxy = lab.proxy(seed)
    server = lab.server(proxy)
    collection = lab.collection(server)
    client = lab.client(server, timeout=60)
    assert client.write("upsert", collection, ["before"], 1).status == 200
    proxy.partition = True
    answer = client.write("upsert", collection, ["during"], 2)
    assert answer.status in (503, 504), answer
    if answer.status == 503:
        assert "retry-after" in answer.headers
    # What is known already can still be read.
    assert client.read(collection).json()["ids"] == ["before"]
    strong = client.read(collection, strong=True)
    assert strong.status == 503, strong
    proxy.partition = False

    def writes_again():
        return client.write("upsert", collection, ["after"], 3).status == 200

    wait_until(writes_again, 30, "writes after the partition", step=0.2)
    ids = client.read(collection, strong=True).json()["ids"]
    assert {"before", "after"} <= set(ids)
    if answer.status == 503:
        assert "during" not in ids


def test_chaos_of_the_shared_proxy(lab, level, seed):
    if level != "full" or not os.path.exists(SHARED_PROXY):
        pytest.skip("only on the full level, where ../shared/s3/fault_proxy.py is there")
    port = free_port()
    command = [
        sys.executable, SHARED_PROXY, "--listen", f"127.0.0.1:{port}", "--upstream",
        f"127.0.0.1:{lab.s3.port}", "--seed", seed, "--set", "hang_s=2"]
    process = Process(command, os.path.join(lab.directory, "proxy.txt"), dict(os.environ), lab.directory)
    try:
        control = HTTPClient(port)

        def set_faults(**values):
            answer = control.post("/__fault__/set", values)
            control.close()
            assert answer.status == 200, answer

        def listens():
            try:
                return control.get("/__fault__/stats").status == 200
            except Unanswered:
                return False

        wait_until(listens, 10, "the shared proxy")
        settings = lab.s3.settings(lab.prefix, f"http://127.0.0.1:{port}")
        servers = [lab.bare_server(True, settings), lab.bare_server(True, settings)]
        collection = lab.collection(servers[0])
        set_faults(profile="chaos", hang_s=2)
        load = Workload(servers, collection, seed, clients=8, ids=50, requests=1000).start().join(1200)
        stats = control.get("/__fault__/stats").json()
        set_faults(profile="none")
        time.sleep(4)  # Its late deliveries land.
        check(lab, servers, load, collection, stats)
        control.close()
    finally:
        process.end(5)
