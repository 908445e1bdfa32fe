"""Local copies that outlive their process: used after a look at every byte, never believed."""
import base64
import os
import random
import time

import numpy

from harness.processes import wait_until

ROWS, DIMENSION = 4_000, 128
# One segment, soon after the records came; nothing is merged or flushed afterwards.
SOON = {"APUS_FLUSH_AGE": 1}


def fill(client, collection, rows=ROWS, name="id"):
    vectors = numpy.random.default_rng(3).normal(size=(rows, DIMENSION)).astype("<f4")
    answer = client.send("add", collection, {
        "ids": [f"{name}{row}" for row in range(rows)],
        "embeddings": [base64.b64encode(vector.tobytes()).decode() for vector in vectors],
        "documents": [f"document {row}, which has a few words more, {row % 7}" for row in range(rows)],
        "metadatas": [{"n": row % 10} for row in range(rows)]})
    assert answer.status == 201, answer
    return vectors


def answers(client, collection, vectors):
    found = []
    for row in range(0, len(vectors), len(vectors) // 5):
        found.append(client.send("query", collection, {
            "query_embeddings": [vectors[row].tolist()], "n_results": 5, "where": {"n": row % 10},
            "include": ["distances", "documents", "embeddings"]}))
    found.append(client.send("get", collection, {"include": ["embeddings", "documents", "metadatas"]}))
    found.append(client.send("get", collection, {"where_document": {"$contains": "document 1234,"}}))
    assert [answer.status for answer in found] == [200] * len(found), found
    return [answer.json() for answer in found]


def copies(workspace):
    """The local copies there, with the bytes that each takes on the disk."""
    found = {}
    for folder, _, names in os.walk(workspace):
        for name in names:
            path = os.path.join(folder, name)
            try:
                found[path] = os.stat(path).st_blocks * 512
            except FileNotFoundError:
                pass  # Gone between the two calls.
    return found


def wait_for_copies(workspace, number=1):
    """Returns the copies once there are so many and all are filled."""
    def are_filled():
        found = copies(workspace)
        return len(found) == number and all(
            os.path.getsize(path) <= blocks for path, blocks in found.items())

    wait_until(are_filled, 30, f"{number} filled copies in {workspace}")
    return copies(workspace)


def segment_reads(proxy):
    return sum(
        count for (method, path), count in proxy.seen().items()
        if method == "GET" and "/segments/" in path and "list-type" not in path)


def restarted(lab, workspace, **settings):
    """Another server on the same bucket and workspace, behind a proxy that counts from now on."""
    proxy = lab.proxy()
    return lab.server(proxy, APUS_WORKSPACE=workspace, **{**SOON, **settings}), proxy


def settled(client, collection, vectors, expected):
    """Asks until all that was to be fetched must have been: answers are right at any time."""
    for _ in range(5):
        assert answers(client, collection, vectors) == expected
        time.sleep(0.1)


def test_copies_of_an_ended_server_are_used_and_damaged_bytes_never_answered(lab, size, seed):
    generator = random.Random(seed)
    workspace = os.path.join(lab.directory, "copies")
    server = lab.server(APUS_WORKSPACE=workspace, **SOON)
    collection = lab.collection(server)
    vectors = fill(lab.client(server), collection)
    wait_for_copies(workspace)
    expected = answers(lab.client(server), collection, vectors)

    for index in range(size(3, 12)):
        # By turns killed and asked to end.
        server.kill() if index % 2 == 0 else server.end()
        assert len(copies(workspace)) == 1
        server, proxy = restarted(lab, workspace)
        settled(lab.client(server), collection, vectors, expected)
        assert segment_reads(proxy) == 0

    for index in range(size(4, 40)):
        server.kill()
        (path,) = copies(workspace)
        with open(path, "r+b") as file:
            place = generator.randrange(os.path.getsize(path))
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ (1 << generator.randrange(8))]))
        print(f"byte {place} changed")
        server, proxy = restarted(lab, workspace)
        settled(lab.client(server), collection, vectors, expected)
        wait_for_copies(workspace)
        assert segment_reads(proxy) > 0
        # The next start finds it mended.
        server.kill()
        server, proxy = restarted(lab, workspace)
        settled(lab.client(server), collection, vectors, expected)
        assert segment_reads(proxy) == 0

    # Cut short, or with a hole in it, as a file system leaves it that lost its power.
    for damage in ("cut", "hole"):
        server.kill()
        (path,) = copies(workspace)
        length = os.path.getsize(path)
        os.truncate(path, length // 2)
        if damage == "hole":
            os.truncate(path, length)
        server, proxy = restarted(lab, workspace)
        settled(lab.client(server), collection, vectors, expected)
        wait_for_copies(workspace)
        assert segment_reads(proxy) > 0


def test_a_server_that_is_killed_again_and_again_while_it_fills_its_copies(lab, size, seed):
    """Copies are left in every state; whoever comes next answers right."""
    generator = random.Random(seed)
    workspace = os.path.join(lab.directory, "copies")
    server = lab.server(APUS_WORKSPACE=workspace, **SOON)
    collection = lab.collection(server)
    vectors = fill(lab.client(server), collection)
    wait_for_copies(workspace)
    expected = answers(lab.client(server), collection, vectors)
    server.kill()
    (path,) = copies(workspace)
    os.remove(path)
    for _ in range(size(4, 30)):
        proxy = lab.proxy(seed, latency=(0.0, 0.2))
        server = lab.server(proxy, start=False, APUS_WORKSPACE=workspace, **SOON)
        server.start(wait=0)
        time.sleep(generator.uniform(0.05, 1.0))
        server.kill()
    server, _ = restarted(lab, workspace)
    settled(lab.client(server), collection, vectors, expected)


def test_servers_that_share_a_workspace_leave_each_other_alone(lab, size):
    workspace = os.path.join(lab.directory, "copies")
    first = lab.server(APUS_WORKSPACE=workspace, **SOON)
    collection = lab.collection(first)
    vectors = fill(lab.client(first), collection)
    wait_for_copies(workspace)
    expected = answers(lab.client(first), collection, vectors)
    second, _ = restarted(lab, workspace)
    settled(lab.client(second), collection, vectors, expected)
    both = wait_for_copies(workspace, 2)
    for _ in range(size(2, 10)):
        first.kill()
        first, proxy = restarted(lab, workspace)
        settled(lab.client(first), collection, vectors, expected)
        assert segment_reads(proxy) == 0
        # The copy that the living server has open is where it was.
        assert len(set(both) & set(copies(workspace))) >= 1
        settled(lab.client(second), collection, vectors, expected)
        assert second.process.is_running and len(wait_for_copies(workspace, 2)) == 2
    # Both end and come back at the same time: one of them gets what both left, the other asks the bucket.
    first.kill()
    second.kill()
    pair = [lab.server(start=False, APUS_WORKSPACE=workspace, **SOON) for _ in range(2)]
    for server in pair:
        server.start(wait=0)
    for server in pair:
        server.wait_ready()
        settled(lab.client(server), collection, vectors, expected)
    wait_for_copies(workspace, 2)
    assert len(os.listdir(workspace)) == 2


def test_what_belongs_to_no_collection_is_removed_and_counted_until_then(lab):
    workspace = os.path.join(lab.directory, "copies")
    other = lab.folder_server(lab.directory + "/other", APUS_WORKSPACE=workspace, **SOON)
    fill(lab.client(other), lab.collection(other))
    wait_for_copies(workspace)
    other.kill()
    left = os.path.join(workspace, os.listdir(workspace)[0])
    for name in ("note.txt", "0" * 36):
        with open(os.path.join(left, name), "w") as file:
            file.write("something else")
    os.symlink("/etc/passwd", os.path.join(left, "link"))
    # Not workspaces, whatever their names say.
    with open(os.path.join(workspace, "apus-workspace-file"), "w") as file:
        file.write("a file")
    os.symlink("/etc", os.path.join(workspace, "apus-workspace-link"))

    server = lab.server(APUS_WORKSPACE=workspace, **SOON)
    collection = lab.collection(server)
    vectors = fill(lab.client(server), collection)
    path = os.path.join(workspace, "apus-workspace-file")
    wait_until(
        lambda: "local copies that no collection uses" in server.process.text(), 30, "a look at left-overs")
    wait_until(
        lambda: len(set(copies(workspace)) - {path}) == 1, 30, "the other bucket's copies gone")
    assert answers(lab.client(server), collection, vectors)[-1]["ids"] == ["id1234"]
    assert os.path.exists(path) and os.path.exists("/etc/passwd")


def test_the_workspace_limit_counts_every_byte_from_the_start(lab):
    workspace = os.path.join(lab.directory, "copies")
    folder = os.path.join(lab.directory, "bucket")
    server = lab.folder_server(folder, APUS_WORKSPACE=workspace, **SOON)
    collections = [lab.collection(server, f"collection{number}") for number in range(4)]
    vectors = [fill(lab.client(server), collection) for collection in collections]
    filled = wait_for_copies(workspace, 4)
    expected = [answers(lab.client(server), *pair) for pair in zip(collections, vectors)]
    server.kill()
    limit = sum(filled.values()) * 6 // 10
    limited = lab.folder_server(
        folder, start=False, APUS_WORKSPACE=workspace, APUS_WORKSPACE_LIMIT=limit, **SOON)
    limited.start(wait=0)
    largest = 0
    limited.wait_ready()
    for _ in range(10):
        largest = max(largest, sum(copies(workspace).values()))
        for index, pair in enumerate(zip(collections, vectors)):
            assert answers(lab.client(limited), *pair) == expected[index]
    print(f"{largest} bytes of {limit} were taken, {sum(filled.values())} without a limit")
    assert largest <= limit
    # Not for nothing: more than the half that is always there was kept.
    assert largest > limit // 2


def test_nothing_is_left_in_the_systems_temporary_directory(lab):
    directory = os.path.join(lab.directory, "temporary")
    os.mkdir(directory)
    server = lab.folder_server(
        lab.directory + "/bucket", APUS_WORKSPACE=None, TMPDIR=directory, **SOON)
    fill(lab.client(server), lab.collection(server))
    wait_for_copies(directory)
    server.end()
    assert os.listdir(directory) == []
