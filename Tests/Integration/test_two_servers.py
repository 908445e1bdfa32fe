"""Several servers on one bucket."""
import threading

from harness.chroma import STRONG, Chroma, numbers
from harness.processes import wait_until
from harness.workload import Workload


def test_two_servers_that_write_one_collection_at_once_lose_nothing(lab, size, seed):
    servers = [lab.server(), lab.server()]
    collection = lab.collection(servers[0])
    load = Workload(
        servers, collection, seed, clients=8, ids=60, requests=size(500, 2800)).start().join(600)
    print(load.summary())
    writes = ("add", "upsert", "update", "delete", "batch")
    assert load.journal.count("unknown") == 0
    assert load.journal.count("refused", writes) == 0
    assert load.journal.count("acknowledged", writes) >= size(300, 2000)
    for server in servers:
        answer = lab.client(server).http.post("/api/s3/sync")
        assert answer.status == 200, answer
    # Plain reads now: the sync brought everything.
    seen = [numbers(lab.client(server).read(collection)) for server in servers]
    seen.append(numbers(lab.client(lab.server()).read(collection)))
    assert seen[0] == seen[1] == seen[2]
    found = load.read_everything(servers[0])
    assert found == seen[0]
    assert load.violations(found, lab.log_entries(collection)) == []


def test_both_servers_show_records_in_the_same_order(lab):
    servers = [lab.server(), lab.server()]
    collection = lab.collection(servers[0])
    clients = [lab.client(server) for server in servers]
    for index in range(20):
        clients[index % 2].write("add", collection, [f"id{index}"], index + 1)
    orders = [client.read(collection, strong=True).json()["ids"] for client in clients]
    assert orders[0] == orders[1] == [f"id{index}" for index in range(20)]


def test_both_servers_get_their_share_of_one_collection(lab, size, seed):
    servers = [lab.server(), lab.server()]
    collection = lab.collection(servers[0])
    loads = [
        Workload([server], collection, f"{seed}/{server}", clients=4, ids=40, reads=0) for server in servers]
    for load in loads:
        load.start()
    threading.Event().wait(size(5, 30))
    shares = [load.stop().journal.count("acknowledged") for load in loads]
    print(f"writes in the same time: {shares}")
    # Equal servers: none may starve (S1). A quarter, not a half: the machine is shared.
    assert min(shares) > max(shares) / 4


def test_a_name_that_both_create_is_one_collection(lab, size):
    servers = [lab.server(), lab.server()]
    clients = [Chroma(server) for server in servers for _ in range(2)]
    for round_number in range(size(15, 100)):
        name = f"same-{round_number}"
        answers = [None] * len(clients)
        gate = threading.Barrier(len(clients))

        def create(index):
            gate.wait()
            # Half of them insist on being the first.
            answers[index] = clients[index].create(name, get_or_create=index < 2)

        threads = [threading.Thread(target=create, args=(index,)) for index in range(len(clients))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = [answer.status for answer in answers]
        assert statuses[:2] == [200, 200], answers
        assert sorted(statuses[2:]) in ([200, 409], [409, 409]), answers
        ids = {answer.json()["id"] for answer in answers if answer.status == 200}
        assert len(ids) == 1, answers
        for client in clients:
            assert client.collection(name).json()["id"] in ids
    for client in clients:
        client.close()


def test_what_one_server_creates_is_at_once_usable_on_the_other(lab, size):
    first, second = lab.server(), lab.server()
    on_first, on_second = lab.client(first), lab.client(second)
    for index in range(size(50, 500)):
        name = f"fresh-{index}"
        collection = on_first.create(name).json()["id"]
        added = on_second.write("add", collection, ["a", "b"], index + 1)
        assert added.status == 201, (index, added)
        answer = on_first.send(
            "query", collection, {"query_embeddings": [[0.0, 0.0, 1.0]], "n_results": 5}, STRONG)
        assert answer.status == 200, (index, answer)
        assert sorted(answer.json()["ids"][0]) == ["a", "b"], (index, answer)
        # The same with a second write, which is stale if only the first look was strong.
        assert on_second.write("upsert", collection, ["c"], index + 1).status == 200
        assert on_first.read(collection, ["c"], strong=True).json()["ids"] == ["c"], index
        assert on_second.collection(name).status == 200


def test_a_position_carries_read_your_writes_to_another_server(lab):
    first, second = lab.server(), lab.server()
    collection = lab.collection(first)
    on_first, on_second = lab.client(first), lab.client(second)
    assert on_second.count(collection).json() == 0
    for index in range(10):
        written = on_first.write("upsert", collection, [f"id{index}"], index + 1)
        position = written.headers["apus-log-position"]
        answer = on_second.send(
            "get", collection, {"ids": [f"id{index}"]}, {"Apus-Min-Log-Position": position})
        assert answer.json()["ids"] == [f"id{index}"], answer
        assert int(answer.headers["apus-log-position"]) >= int(position)
    ahead = on_second.send(
        "get", collection, {}, {"Apus-Min-Log-Position": str(int(position) + 1000)})
    assert 400 <= ahead.status < 500, ahead


def test_the_others_writes_come_within_the_sync_interval(lab):
    first = lab.server()
    second = lab.server(S3_SYNC_INTERVAL="1")
    collection = lab.collection(first)
    on_first, on_second = lab.client(first), lab.client(second)
    assert on_second.count(collection).json() == 0
    assert on_first.write("add", collection, ["later"], 1).status == 201
    wait_until(lambda: on_second.count(collection).json() == 1, 10, "the other server's write")


def test_a_server_that_reads_strongly_needs_no_header(lab):
    first = lab.server()
    second = lab.server(APUS_READ_CONSISTENCY="strong")
    collection = lab.collection(first)
    on_first, on_second = lab.client(first), lab.client(second)
    for index in range(10):
        assert on_first.write("add", collection, [f"id{index}"], index + 1).status == 201
        assert on_second.count(collection).json() == index + 1


def test_a_kill_of_one_server_does_not_hurt_the_other(lab, size, seed):
    servers = [lab.server(), lab.server()]
    collection = lab.collection(servers[0])
    load = Workload(servers, collection, seed, clients=6, ids=50, pause=0.005).start()
    for index in range(size(4, 20)):
        threading.Event().wait(0.4)
        servers[index % 2].restart_after_kill()
    load.stop()
    print(load.summary())
    load.read_everything(servers[0])
    found = load.read_everything(servers[1])
    assert load.violations(found, lab.log_entries(collection)) == []
