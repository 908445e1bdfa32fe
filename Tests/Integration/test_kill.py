"""SIGKILL at random moments: what was acknowledged is in the bucket."""
import random
import time

from harness.processes import wait_until
from harness.workload import Workload


def test_every_acknowledged_write_survives_kill_9_at_random_moments(lab, size, seed):
    server = lab.server()
    collection = lab.collection(server)
    generator = random.Random(seed)
    load = Workload([server], collection, seed, clients=4, ids=60, pause=0.005).start()
    writes = ("add", "upsert", "update", "delete", "batch")

    def wait_for_writes(count):
        """However slow the machine is, each round has work to lose."""
        before = load.journal.count("acknowledged", writes)
        wait_until(
            lambda: load.journal.count("acknowledged", writes) >= before + count, 60, f"{count} writes")

    for _ in range(size(8, 50)):
        wait_for_writes(10)
        time.sleep(generator.uniform(0, 0.6))
        server.restart_after_kill()
    wait_for_writes(10)
    load.stop()
    print(load.summary())
    load.read_everything(server)
    # Another server that never saw any of it has the last word.
    found = load.read_everything(lab.server())
    assert load.violations(found, lab.log_entries(collection)) == []
    assert load.journal.count("unknown") > 0, "no kill hit a write: this shows nothing"


def test_a_server_that_is_killed_while_it_starts_does_no_harm(lab, size, seed):
    server = lab.server()
    collection = lab.collection(server)
    client = lab.client(server)
    assert client.write("upsert", collection, ["kept"], 1).status == 200
    generator = random.Random(seed)
    for _ in range(size(5, 20)):
        server.kill()
        server.start(wait=0)
        time.sleep(generator.uniform(0.0, 0.4))
    server.restart_after_kill()
    client.close()  # Its connection leads to a killed server.
    assert client.read(collection).json()["ids"] == ["kept"]
