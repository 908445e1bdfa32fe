"""Fixtures: the S3 server, servers and proxies that end with their test, and the sizes of the checks."""
import os
import random
import re
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from harness import s3_server
from harness.lab import Lab


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


@pytest.fixture
def lab(s3, request):
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:40]
    with tempfile.TemporaryDirectory(prefix="apus-lab-", ignore_cleanup_errors=True) as directory:
        lab = Lab(s3, directory, name)
        try:
            yield lab
        finally:
            lab.end()
            if getattr(request.node, "has_failed", False):
                print(lab.evidence())
