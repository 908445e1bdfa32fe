"""A folder that stands in for a bucket, for several processes at once."""
import os
import time

from harness.workload import Workload


def entries(folder, collection):
    """The bodies of the log, wherever below the folder the prefix puts it."""
    bodies = []
    for path, _, names in os.walk(folder):
        if path.endswith(os.path.join("collections", collection, "log")):
            for name in names:
                with open(os.path.join(path, name), "rb") as file:
                    bodies.append(file.read())
    return bodies


def test_two_servers_on_one_folder_lose_nothing_also_with_kill_9(lab, size, seed):
    folder = os.path.join(lab.directory, "bucket")
    servers = [lab.folder_server(folder), lab.folder_server(folder)]
    collection = lab.collection(servers[0])
    load = Workload(servers, collection, seed, clients=8, ids=60, pause=0.005).start()
    for index in range(size(4, 30)):
        time.sleep(0.4)
        servers[index % 2].restart_after_kill()
    load.stop()
    print(load.summary())
    load.read_everything(servers[0])
    load.read_everything(servers[1])
    found = load.read_everything(lab.folder_server(folder))
    log = entries(folder, collection)
    assert log, "the log was not found"
    assert load.violations(found, log) == []


def test_the_default_is_a_folder_and_the_server_says_so(lab):
    server = lab.bare_server(True, {})
    collection = lab.collection(server)
    assert lab.client(server).write("add", collection, ["a"], 1).status == 201
    assert os.path.isdir(os.path.join(server.directory, "apus-bucket"))
    said = server.process.text()
    assert "apus-bucket" in said and "S3_ENABLED" in said
    server.restart_after_kill()
    assert lab.client(server).read(collection).json()["ids"] == ["a"]


def test_the_workspace_of_a_killed_server_is_removed(lab):
    folder = os.path.join(lab.directory, "bucket")
    workspace = os.path.join(lab.directory, "workspaces")
    server = lab.folder_server(folder, APUS_WORKSPACE=workspace)
    left = os.listdir(workspace)
    assert left, "no workspace was made"
    living = lab.folder_server(folder, APUS_WORKSPACE=workspace)
    kept = set(os.listdir(workspace)) - set(left)
    server.kill()
    assert set(left) < set(os.listdir(workspace))
    lab.folder_server(folder, APUS_WORKSPACE=workspace)
    now = set(os.listdir(workspace))
    assert not set(left) & now
    # That of a server that lives is another matter.
    assert kept <= now and living.process.is_running
