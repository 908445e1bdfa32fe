"""Segments, merges and the deletion of garbage: the real server on an S3 server, in seconds instead of days."""
import random
import subprocess
import time

from harness.apus_server import binary
from harness.processes import plain_environment, wait_until
from harness.workload import Workload

EAGER = {
    "APUS_FLUSH_BYTES": "2048", "APUS_FLUSH_AGE": "1", "APUS_GRACE": "4", "APUS_ERASE_AFTER": "2",
    "APUS_COLLECT_INTERVAL": "1",
}


def apus(lab, command, **settings):
    """Runs a command of the binary on the test's bucket."""
    environment = plain_environment(
        **{**lab.s3.settings(lab.prefix), **EAGER, **settings, "HOME": lab.directory})
    return subprocess.run(
        [binary(), command], env=environment, cwd=lab.directory, text=True, capture_output=True, timeout=120)


def keys(lab, collection, folder):
    return lab.s3.keys(f"{lab.prefix}collections/{collection}/{folder}/")


def test_kills_two_servers_and_maintenance_lose_nothing(lab, size, seed):
    servers = [lab.server(**EAGER), lab.server(**EAGER)]
    collection = lab.collection(servers[0])
    generator = random.Random(seed)
    load = Workload(servers, collection, seed, clients=4, ids=60, pause=0.005).start()
    for _ in range(size(4, 20)):
        time.sleep(generator.uniform(1, 3))
        generator.choice(servers).restart_after_kill()
    time.sleep(3)
    load.stop()
    print(load.summary())
    assert keys(lab, collection, "segments"), "no segment was written: this shows nothing"
    fresh = lab.server(**EAGER)
    found = load.read_everything(fresh)
    assert load.violations(found) == []
    assert len(keys(lab, collection, "log")) < load.journal.count("acknowledged"), "nothing was deleted"
    verified = apus(lab, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "no problems" in verified.stdout


def test_deleted_records_leave_the_bucket(lab):
    server = lab.server(**EAGER)
    collection = lab.collection(server)
    client = lab.client(server)
    secret = "a-very-secret-document"
    assert client.send("upsert", collection, {
        "ids": ["gone", "kept"], "embeddings": [[1, 2], [3, 4]], "documents": [secret, "public"]}).status == 200
    wait_until(lambda: keys(lab, collection, "segments"), 30, "a segment")
    assert client.send("delete", collection, {"ids": ["gone"]}).status == 200

    def is_gone():
        for folder in ("log", "segments", "manifest"):
            for key in keys(lab, collection, folder):
                try:
                    if secret.encode() in lab.s3.read(key):
                        return False
                except lab.s3.client.exceptions.NoSuchKey:
                    pass
        return True

    # APUS_ERASE_AFTER, the grace period and three cycles are 9 seconds; the rest is for a slow machine.
    wait_until(is_gone, 60, "the document to leave the bucket")
    server.restart_after_kill()
    client.close()
    assert client.read(collection).json()["ids"] == ["kept"]


def test_verify_names_what_is_damaged_and_inspect_counts(lab):
    server = lab.server(**EAGER)
    collection = lab.collection(server)
    client = lab.client(server)
    for index in range(20):
        assert client.write("upsert", collection, [f"id{index}"], index).status == 200
    wait_until(lambda: keys(lab, collection, "segments"), 30, "a segment")
    time.sleep(2)
    server.end()
    inspected = apus(lab, "inspect")
    assert inspected.returncode == 0, inspected.stdout + inspected.stderr
    line = next(line for line in inspected.stdout.splitlines() if "records" in line and "default" in line)
    assert line.split()[1] == "20", inspected.stdout
    key = keys(lab, collection, "segments")[-1]
    body = bytearray(lab.s3.read(key))
    body[len(body) // 3] ^= 1
    lab.s3.client.put_object(Bucket=lab.s3.bucket, Key=key, Body=bytes(body))
    verified = apus(lab, "verify", APUS_GRACE="4")
    assert verified.returncode == 1
    assert key in verified.stdout and "damaged" in verified.stdout, verified.stdout
