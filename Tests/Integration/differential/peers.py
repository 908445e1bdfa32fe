"""The two servers as processes, and how each is asked."""
import http.client
import os
import sys
import tempfile

from harness.apus_server import ApusServer
from harness.http_client import Answer, HTTPClient, Unanswered
from harness.ports import free_port
from harness.processes import Process, plain_environment, wait_until


class PlainClient(HTTPClient):
    """Sends the headers that it is given and no content type of its own."""

    def exchange(self, method, path, body, headers):
        connection = self._connected()
        try:
            connection.request(method, path, body=body, headers=headers)
            response = connection.getresponse()
            answer = Answer(
                response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(f"{type(error).__name__}: {error}", was_sent=True) from error
        if response.will_close:
            self.close()
        return answer


class Peer:
    """One server, and what it calls the collections that the steps made."""

    def __init__(self, name, port):
        self.name = name
        self.client = PlainClient(port, timeout=60)
        self.ids = {}
        self.labels = {}

    def reset(self):
        """Empties the server."""
        self.ids, self.labels = {}, {}
        answer = self.client.post("/api/v2/reset")
        assert answer.status == 200, f"{self.name} refuses a reset: {answer}"

    def send(self, step):
        """The answer, or None where the connection ended without one."""
        headers = dict(step.headers)
        if step.body is not None:
            headers.setdefault("content-type", "application/json")
        if headers.get("content-type") == "none":
            del headers["content-type"]
        try:
            answer = self.client.exchange(
                step.method, step.path_for(self.ids), step.body, headers)
        except Unanswered:
            return None
        if answer.status >= 404 and step.body:
            # Chroma may have left the body unread and close the connection without saying so.
            self.client.close()
        return answer

    def note_collection(self, step, identifier):
        """The id that a step got; an id seen before keeps its first step's name."""
        if identifier not in self.labels:
            self.labels[identifier] = f"<c{step.number}>"
        first = int(self.labels[identifier][2:-1])
        self.ids[step.number] = self.ids[first] = identifier


class Servers:
    """Apus on an empty folder and Chroma on an empty directory; ended together."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory(
            prefix="apus-differential-", ignore_cleanup_errors=True)
        self.chroma_process = None
        self.apus_server = None
        try:
            self.chroma = Peer("Chroma", self._start_chroma())
            self.apus = Peer("Apus", self._start_apus())
        except BaseException:
            self.end()
            raise

    def _start_chroma(self):
        port = free_port()
        home = os.path.join(self.directory.name, "chroma")
        os.makedirs(home)
        config = os.path.join(home, "config.yaml")
        with open(config, "w") as file:
            file.write(
                f"port: {port}\nlisten_address: 127.0.0.1\nallow_reset: true\n"
                f"persist_path: {home}/data\n")
        command = os.path.join(os.path.dirname(sys.executable), "chroma")
        environment = plain_environment(ANONYMIZED_TELEMETRY="False", HOME=home)
        self.chroma_process = Process(
            [command, "run", config], os.path.join(home, "log.txt"), environment, home)
        client = HTTPClient(port, timeout=5)

        def is_ready():
            assert self.chroma_process.is_running, self.chroma_process.tail()
            try:
                return client.get("/api/v2/healthcheck").status == 200
            except Unanswered:
                return False

        wait_until(is_ready, 60, "Chroma ready")
        client.close()
        return port

    def _start_apus(self):
        folder = os.path.join(self.directory.name, "apus")
        self.apus_server = ApusServer("Apus", folder, {
            "S3_ENABLED": "False", "APUS_FOLDER": os.path.join(self.directory.name, "bucket"),
            "ALLOW_RESET": "True", "APUS_LOG_LEVEL": "warning"})
        self.apus_server.start()
        return self.apus_server.port

    def end(self):
        if self.apus_server:
            self.apus_server.end()
        if self.chroma_process:
            self.chroma_process.end(5)
        self.directory.cleanup()
