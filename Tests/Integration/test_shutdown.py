"""SIGTERM: what was accepted is answered."""
import threading
import time

from harness.chroma import Chroma, numbers
from harness.http_client import Unanswered


def test_requests_in_flight_get_their_answer(lab):
    proxy = lab.proxy()
    server = lab.server(proxy)
    collection = lab.collection(server)
    clients = [Chroma(server) for _ in range(8)]
    for client in clients:
        assert client.count(collection).status == 200  # Connected, and kept alive.
    proxy.set("none", latency=(0.7, 0.7))
    answers = [None] * len(clients)

    def write(index):
        try:
            answers[index] = clients[index].write("add", collection, [f"id{index}"], index + 1)
        except Unanswered as error:
            answers[index] = error

    threads = [threading.Thread(target=write, args=(index,)) for index in range(len(clients))]
    for thread in threads:
        thread.start()
    time.sleep(0.4)  # Accepted, but the bucket has not answered.
    assert answers == [None] * len(clients)
    began = time.monotonic()
    server.process.terminate()
    for thread in threads:
        thread.join(60)
    statuses = [getattr(answer, "status", answer) for answer in answers]
    assert statuses == [201] * len(clients)
    assert server.process.wait(30) == 0, server.process.tail()
    print(f"ended {time.monotonic() - began:.1f} s after SIGTERM")
    after = lab.server()
    assert len(numbers(lab.client(after).read(collection))) == len(clients)


def test_an_idle_server_ends_at_once_although_clients_are_connected(lab):
    server = lab.server()
    clients = [Chroma(server) for _ in range(3)]
    for client in clients:
        assert client.http.get("/api/v2/heartbeat").status == 200
    server.process.terminate()
    assert server.process.wait(10) == 0, server.process.tail()
    for client in clients:
        client.close()
