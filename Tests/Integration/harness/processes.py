"""Child processes: one log file each, ended by their own id and nothing else."""
import os
import subprocess
import time


class Process:
    """A started program; `log` has what it printed on both outputs."""

    def __init__(self, command, log, environment, directory):
        self.log = log
        with open(log, "ab") as output:
            self.popen = subprocess.Popen(
                command, cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output,
            )

    @property
    def is_running(self):
        return self.popen.poll() is None

    def text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def tail(self, lines=40):
        return "\n".join(self.text().splitlines()[-lines:])

    def wait(self, seconds):
        """The exit status, or None if it still runs after `seconds`."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self):
        if self.is_running:
            self.popen.terminate()

    def kill(self):
        """SIGKILL; returns when the process is gone."""
        if self.is_running:
            self.popen.kill()
        self.popen.wait()

    def end(self, seconds=10):
        """SIGTERM, and SIGKILL for one that does not listen."""
        self.terminate()
        if self.wait(seconds) is None:
            self.kill()


def plain_environment(**variables):
    """The system's variables without any that configures a server or a client of S3."""
    kept = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("AWS_", "S3_", "APUS_", "ALLOW_RESET", "CHROMA"))
    }
    kept.update((name, str(value)) for name, value in variables.items() if value is not None)
    return kept


def wait_until(condition, seconds, what, step=0.05):
    """Returns the first true value of `condition()`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(step)
