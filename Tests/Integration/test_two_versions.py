"""Servers of two versions on one bucket, the newer one with formats that the older does not know (made up):
scripts/test-next-format builds it. The older refuses what it cannot read, and loses, skips and deletes nothing."""
import os
import time

import pytest

from harness.processes import wait_until
from test_formats import EAGER, objects

NEXT = os.environ.get("APUS_NEXT_BINARY", "")
pytestmark = pytest.mark.skipif(
    not os.access(NEXT, os.X_OK), reason="scripts/test-next-format builds the server of the newer version")


def fill(client, collection, rows):
    for row in rows:
        answer = client.send("add", collection, {
            "ids": [f"id{row}"], "embeddings": [[row, 1]], "documents": [f"row {row} of some length " * 9]})
        assert answer.status == 201, answer


def rows_of(client, collection):
    answer = client.read(collection, strong=True)
    assert answer.status == 200, answer
    body = answer.json()
    assert all(document.startswith(f"row {i[2:]} ") for i, document in zip(body["ids"], body["documents"]))
    return {int(i[2:]) for i in body["ids"]}


def refused(answer):
    return answer.status >= 500 and b"newer" in answer.body


def segments(lab, collection):
    return set(lab.s3.keys(f"{lab.prefix}collections/{collection}/segments/"))


def test_both_versions_at_work(lab):
    old = lab.server(**EAGER)
    client = lab.client(old)
    shared, touched = lab.collection(old, "shared"), lab.collection(old, "touched")
    for collection in (shared, touched):
        fill(client, collection, range(20))
    wait_until(lambda: segments(lab, touched), 60, "a segment of the older version")

    # The newer one reads what the older wrote.
    new = lab.server(executable=NEXT, **EAGER)
    newer = lab.client(new)
    assert rows_of(newer, shared) == rows_of(newer, touched) == set(range(20))

    # What it writes stops the older one, there and nowhere else.
    fill(newer, touched, range(20, 30))
    assert refused(client.read(touched, strong=True))
    assert refused(client.send("add", touched, {"ids": ["x"], "embeddings": [[1, 1]]}))
    fill(client, shared, range(20, 25))
    assert rows_of(client, shared) == set(range(25))

    # Its segments and manifests, too, while the older one goes on collecting.
    before = segments(lab, touched)
    fill(newer, touched, range(30, 60))
    wait_until(lambda: segments(lab, touched) - before, 60, "a segment of the newer version")
    fill(client, shared, range(25, 45))
    time.sleep(5)
    assert refused(client.read(touched, strong=True))
    assert rows_of(newer, touched) == set(range(60))
    assert rows_of(client, shared) == set(range(45))

    # The older one alone: after a start it refuses the same, and leaves every object where it is.
    new.kill()
    old.kill()
    left = objects(lab, touched)
    old.start()
    client = lab.client(old)
    assert refused(client.read(touched, strong=True)) and refused(client.read(touched))
    assert refused(client.send("delete", touched, {"ids": ["id1"]}))
    assert rows_of(client, shared) == set(range(45))
    time.sleep(8)
    assert objects(lab, touched) == left

    # Nothing was lost. The newer one may take over the rest, too.
    old.kill()
    new.start()
    newer = lab.client(new)
    assert rows_of(newer, touched) == set(range(60))
    assert rows_of(newer, shared) == set(range(45))
    fill(newer, shared, range(45, 50))
    assert rows_of(newer, shared) == set(range(50))


def test_a_catalog_of_the_newer_version(lab):
    old = lab.server(**EAGER)
    client = lab.client(old)
    collection = lab.collection(old, "mine")
    fill(client, collection, range(5))
    new = lab.server(executable=NEXT, **EAGER)
    newer = lab.client(new)
    assert newer.create("newer").status == 200

    # The older one does not know any more what there is: it creates nothing, and says why.
    answer = client.create("another")
    assert refused(answer), answer
    assert refused(client.collection("newer", strong=True))
    old.kill()
    old.start(wait=0)
    wait_until(lambda: not old.process.is_running or "newer" in old.logs(), 60, "the older version refuses to start")
    assert "use the newer version" in old.logs()
    assert rows_of(newer, collection) == set(range(5))
    assert newer.collection("another").status == 404
