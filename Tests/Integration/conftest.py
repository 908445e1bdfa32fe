"""Fixtures: the S3 server, servers and proxies that end with their test, and the sizes of the checks."""
import os
import random
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from harness import s3_server
from harness.apus_server import ApusServer
from harness.chroma import Chroma
from harness.fault_proxy import FaultProxy


def pytest_configure(config):
    """SIGTERM ends the run like Ctrl-C: all that was started is ended."""

    def interrupt(*_):
        raise KeyboardInterrupt("SIGTERM")

    signal.signal(signal.SIGTERM, interrupt)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        item.has_failed = True


@pytest.fixture(scope="session")
def level():
    """`quick` (minutes, CI) or `full` (the numbers that were promised)."""
    value = os.environ.get("APUS_TEST_LEVEL") or "quick"
    assert value in ("quick", "full"), f"APUS_TEST_LEVEL is {value}: expected quick or full"
    return value


@pytest.fixture
def size(level):
    """`size(quick, full)`: the number for this run."""
    return lambda quick, full: full if level == "full" else quick


@pytest.fixture
def seed():
    """APUS_SEED, or a new one; printed, so that a failure shows it."""
    value = os.environ.get("APUS_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"repeat with APUS_SEED={value}")
    return value


@pytest.fixture(scope="session")
def s3():
    """A real S3 server that checks signatures, with a bucket."""
    given = s3_server.from_environment()
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="apus-s3-", ignore_cleanup_errors=True) as directory:
        server = s3_server.start(directory)
        try:
            yield server
        finally:
            server.end()


class Lab:
    """Starts servers and proxies, and ends them all."""

    def __init__(self, s3, directory, name):
        self.s3 = s3
        self.directory = directory
        self.prefix = s3_server.S3Server.new_prefix(name)
        self.servers = []
        self.proxies = []
        self.clients = []

    def server(self, proxy=None, start=True, **settings):
        """A server on this test's prefix of the bucket, through `proxy` if there is one."""
        endpoint = proxy.endpoint if proxy else None
        return self.bare_server(start, self.s3.settings(self.prefix, endpoint, **settings))

    def folder_server(self, folder, start=True, **settings):
        return self.bare_server(start, {"S3_ENABLED": "False", "APUS_FOLDER": folder, **settings})

    def bare_server(self, start, settings):
        name = f"server {len(self.servers) + 1}"
        directory = os.path.join(self.directory, name.replace(" ", "-"))
        server = ApusServer(name, directory, {"APUS_LOG_LEVEL": "info", **settings})
        self.servers.append(server)
        return server.start() if start else server

    def proxy(self, seed=1, profile="none", upstream=None, **settings):
        """In front of the S3 server, or of the port `upstream`."""
        proxy = FaultProxy(upstream or self.s3.port, seed, profile, **settings)
        self.proxies.append(proxy)
        return proxy

    def client(self, server, timeout=45):
        client = Chroma(server, timeout)
        self.clients.append(client)
        return client

    def collection(self, server, name="records", **body):
        """Creates it. Returns its id."""
        answer = self.client(server).create(name, **body)
        assert answer.status == 200, answer
        return answer.json()["id"]

    def log_entries(self, collection):
        """The bodies of a collection's log, read past Apus."""
        keys = self.s3.keys(f"{self.prefix}collections/{collection}/log/")
        return [self.s3.read(key) for key in keys]

    def end(self):
        for client in self.clients:
            client.close()
        for server in self.servers:
            server.end()
        for proxy in self.proxies:
            proxy.stop()


@pytest.fixture
def lab(s3, request):
    name = request.node.name.replace("[", "-").replace("]", "").replace("_", "-")[:40]
    with tempfile.TemporaryDirectory(prefix="apus-lab-", ignore_cleanup_errors=True) as directory:
        lab = Lab(s3, directory, "".join(c if c.isalnum() or c == "-" else "-" for c in name))
        try:
            yield lab
        finally:
            lab.end()
            if getattr(request.node, "has_failed", False):
                for server in lab.servers:
                    print(server.logs())
                for proxy in lab.proxies:
                    print(f"proxy to port {proxy.upstream_port}: {dict(proxy.counts)}")
