"""The contestants as processes of their own, and the processor time that they use."""
import ctypes
import os
import random
import socket
import subprocess
import sys
import time

from bench_tools.chroma_api import EMPTY
from bench_tools.failure import Failure
from bench_tools.raw_http import Connection

APUS, CHROMA = "Apus", "Chroma"
_LIBC = ctypes.CDLL(None)


class Server:
    """A server on 127.0.0.1 and a port that was free, on a folder of its own; it can be killed and started again."""

    def __init__(self, name, command, folder, settings):
        self.name, self.folder, self._process = name, folder, None
        os.makedirs(folder)
        self.port = _free_port()
        self._command = [part.format(port=self.port, folder=folder) for part in command]
        # Neither the settings of whoever runs this nor what the benchmark set for itself belong to the server.
        self._environment = {
            key: value for key, value in os.environ.items()
            if not key.startswith(("APUS_", "AWS_", "S3_", "CHROMA_", "OMP_", "OPENBLAS_"))}
        self._environment |= {key: value.format(port=self.port, folder=folder) for key, value in settings.items()}

    def start(self):
        """Starts the process and returns at once."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            # A session of its own: Ctrl-C is for the benchmark, which ends the servers then.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=self._environment,
                start_new_session=True)

    def wait_until_up(self, limit_s=120):
        end = time.monotonic() + limit_s
        while True:
            try:
                with Connection(self.port) as connection:
                    return connection.ask(EMPTY)
            except (OSError, Failure) as error:
                self.check()
                if time.monotonic() > end:
                    raise Failure(f"{self.name} does not answer: {error}{self._end_of_log()}") from error
                time.sleep(0.01)

    def check(self):
        """Raises where the process has ended."""
        if self._process.poll() is not None:
            raise Failure(f"{self.name} ended with status {self._process.returncode}{self._end_of_log()}")

    def kill(self):
        """Ends it as a loss of power would, and waits until it is gone."""
        for process in self._processes()[1:]:
            _signal(process, 9)
        self._process.kill()
        self._process.wait()

    def end(self):
        """Lets it finish, and insists after 15 seconds."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu_s(self):
        """User and system time of the process and its children, in nanoseconds: /proc's ticks are 10 ms long."""
        self.check()
        total = 0.0
        for process in self._processes():
            clock = ctypes.c_int()
            # A child that has just ended has no clock any more.
            if _LIBC.clock_getcpuclockid(process, ctypes.byref(clock)) == 0:
                total += time.clock_gettime(clock.value)
        return total

    def _processes(self):
        """Its id and those of its descendants."""
        found = [self._process.pid]
        for process in found:
            try:
                for thread in os.listdir(f"/proc/{process}/task"):
                    with open(f"/proc/{process}/task/{thread}/children") as file:
                        found += map(int, file.read().split())
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def _end_of_log(self):
        with open(os.path.join(self.folder, "log"), errors="replace") as log:
            return "; the end of its log:\n" + log.read()[-1500:]


def apus(binary, folder):
    return Server(APUS, [os.path.abspath(binary), "serve"], folder, {
        "APUS_PORT": "{port}", "APUS_HOST": "127.0.0.1", "APUS_FOLDER": "{folder}/bucket",
        "APUS_WORKSPACE": "{folder}/workspace", "APUS_LOG_LEVEL": "warning", "S3_ENABLED": "False"})


def chroma(folder):
    program = os.path.join(os.path.dirname(sys.executable), "chroma")
    return Server(
        CHROMA, [program, "run", "--path", "{folder}/data", "--host", "127.0.0.1", "--port", "{port}"], folder,
        {"ANONYMIZED_TELEMETRY": "False"})


def _signal(process, number):
    try:
        os.kill(process, number)
    except ProcessLookupError:
        pass


def _free_port():
    """Below the ports of outgoing connections, of which one could take the port while its server is restarted."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise Failure("no free port on 127.0.0.1 between 20000 and 32000")
