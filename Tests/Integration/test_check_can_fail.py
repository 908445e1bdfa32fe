"""The checks of the other tests, shown to fail on a server that lies."""
from harness.workload import Workload

ANSWERS = {"add": (201, "{}"), "upsert": (200, "{}"), "update": (200, "{}"), "delete": (200, '{"deleted":1}')}


def success(method, path):
    """What Apus answers to a write that it has carried out."""
    status, body = ANSWERS[path.rpartition("/")[2]]
    head = f"HTTP/1.1 {status} OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def run(lab, seed, share, requests=500, ids=30):
    server = lab.server()
    collection = lab.collection(server)
    # Between the clients and Apus: says "done" to some writes and forgets them.
    liar = lab.proxy(seed, upstream=server.port, pretended=success, pretend=share,
                     match="/(add|upsert|update|delete)$")
    load = Workload([liar], collection, seed, clients=4, ids=ids, requests=requests).start().join()
    found = load.read_everything(server)
    return load, found, lab.log_entries(collection), liar.counts["pretend"]


def test_one_forgotten_write_in_50_is_reported(lab, seed):
    # Of so many forgotten writes, on so many records, some are not written over by the end.
    load, found, _, forgotten = run(lab, seed, 0.02, requests=2000, ids=1200)
    wrong = load.violations(found)
    print(f"{forgotten} of the writes were forgotten; reported: {len(wrong)}")
    assert forgotten > 0
    assert wrong


def test_the_log_tells_each_forgotten_write(lab, seed):
    load, found, log, forgotten = run(lab, seed, 0.1, requests=200)
    wrong = [text for text in load.violations(found, log) if "in the log" in text]
    assert forgotten > 0
    assert wrong and all("stands 0 times" in text for text in wrong)


def test_a_proxy_that_forgets_nothing_is_not_reported(lab, seed):
    load, found, log, _ = run(lab, seed, 0)
    assert load.violations(found, log) == []
