"""The server as a process: the built binary, settings by environment, an empty workspace each time."""
import os
import shutil
import time

from .http_client import HTTPClient, Unanswered
from .ports import free_port
from .processes import Process, plain_environment, wait_until

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def binary():
    given = os.environ.get("APUS_BINARY") or os.environ.get("APUS_TEST_BINARY")
    path = os.path.abspath(given) if given else os.path.join(ROOT, ".build", "release", "apus")
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is not there: swift build -c release, or set APUS_BINARY")
    return path


class ApusServer:
    """One server. Its port stays the same over restarts; nothing else does."""

    def __init__(self, name, directory, settings, executable=None):
        self.name = name
        self.executable = executable
        self.directory = directory
        self.settings = dict(settings)
        self.port = free_port()
        self.starts = 0
        self.process = None
        os.makedirs(directory)

    def __repr__(self):
        return self.name

    def start(self, wait=60):
        """Starts it on an empty workspace; returns when it is ready (`wait=0`: at once)."""
        assert self.process is None or not self.process.is_running, f"{self.name} runs already"
        self.starts += 1
        workspace = os.path.join(self.directory, "workspace")
        if "APUS_WORKSPACE" not in self.settings:
            shutil.rmtree(workspace, ignore_errors=True)
            os.makedirs(workspace)
        own = {
            "APUS_HOST": "127.0.0.1", "APUS_PORT": self.port, "APUS_WORKSPACE": workspace,
            "HOME": self.directory}
        environment = plain_environment(**{**own, **self.settings})
        self.process = Process(
            [self.executable or binary(), "serve"], os.path.join(self.directory, f"log-{self.starts}.txt"),
            environment, self.directory)
        if wait:
            self.wait_ready(wait)
        return self

    def wait_ready(self, seconds=60):
        wait_until(self.is_ready, seconds, f"{self.name} ready; its log ends:\n{self.process.tail()}")

    def is_ready(self):
        if not self.process.is_running:
            raise AssertionError(
                f"{self.name} ended with status {self.process.popen.returncode}:\n{self.process.tail()}")
        return self.health() == 200

    def health(self):
        """The status of the health check; None if there is no answer."""
        client = HTTPClient(self.port, timeout=5)
        try:
            return client.get("/api/v2/healthcheck").status
        except Unanswered:
            return None
        finally:
            client.close()

    def kill(self):
        self.process.kill()

    def restart_after_kill(self, pause=0, wait=60):
        self.kill()
        time.sleep(pause)
        return self.start(wait)

    def end(self):
        if self.process:
            self.process.end(5)

    def logs(self, lines=60):
        """The ends of all logs, for a test that failed."""
        texts = []
        for number in range(max(1, self.starts - 1), self.starts + 1):
            path = os.path.join(self.directory, f"log-{number}.txt")
            if os.path.exists(path):
                with open(path, errors="replace") as file:
                    tail = file.read().splitlines()[-lines:]
                texts.append(f"---- {self.name}, start {number} ({path})\n" + "\n".join(tail))
        return "\n".join(texts)
