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

    def answers(self):
        try:
            return self.client.get("/api/v2/healthcheck").status == 200
        except Unanswered:
            return False

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
        self.chroma_starts = 0
        self.apus_server = None
        try:
            self.chroma = Peer("Chroma", 0)
            self.restart_chroma()
            self.apus = Peer("Apus", self._start_apus())
        except BaseException:
            self.end()
            raise

    def restart_chroma(self):
        """On an empty directory; ends the one that runs."""
        if self.chroma_process:
            self.chroma_process.kill()
        self.chroma_starts += 1
        home = os.path.join(self.directory.name, f"chroma-{self.chroma_starts}")
        os.makedirs(home)
        config = os.path.join(home, "config.yaml")
        port = free_port()
        with open(config, "w") as file:
            file.write(
                f"port: {port}\nlisten_address: 127.0.0.1\nallow_reset: true\n"
                f"persist_path: {home}/data\n")
        command = os.path.join(os.path.dirname(sys.executable), "chroma")
        environment = plain_environment(ANONYMIZED_TELEMETRY="False", HOME=home)
        self.chroma_process = Process(
            [command, "run", config], os.path.join(home, "log.txt"), environment, home)
        self.chroma.client.close()
        self.chroma.client.port = port

        def is_ready():
            assert self.chroma_process.is_running, self.chroma_process.tail()
            return self.chroma.answers()

        wait_until(is_ready, 60, "Chroma ready")

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
