"""All that one test starts."""
import os

from .apus_server import ApusServer
from .chroma import Chroma
from .fault_proxy import FaultProxy
from .s3_server import S3Server


class Lab:
    """Starts servers and proxies, and ends them all."""

    def __init__(self, s3, directory, name):
        self.s3 = s3
        self.directory = directory
        self.prefix = S3Server.new_prefix(name)
        self.servers = []
        self.proxies = []
        self.clients = []

    def server(self, proxy=None, start=True, executable=None, **settings):
        """A server on this test's prefix of the bucket, through `proxy` if there is one; of another build if that is given."""
        endpoint = proxy.endpoint if proxy else None
        return self.bare_server(
            start, self.s3.settings(self.prefix, endpoint, **settings), executable)

    def folder_server(self, folder, start=True, **settings):
        return self.bare_server(start, {"S3_ENABLED": "False", "APUS_FOLDER": folder, **settings})

    def bare_server(self, start, settings, executable=None):
        name = f"server {len(self.servers) + 1}"
        directory = os.path.join(self.directory, name.replace(" ", "-"))
        server = ApusServer(name, directory, {"APUS_LOG_LEVEL": "info", **settings}, executable)
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

    def evidence(self):
        """The ends of the servers' logs and what the proxies did, for a test that failed."""
        proxies = [f"proxy to port {p.upstream_port}: {dict(p.counts)}" for p in self.proxies]
        return "\n".join([server.logs() for server in self.servers] + proxies)

    def end(self):
        for client in self.clients:
            client.close()
        for server in self.servers:
            server.end()
        for proxy in self.proxies:
            proxy.stop()
