"""The virtual environments of other clients, which scripts/test makes: each has packages that do not go with the tests' own."""
import os

import pytest


def clients():
    """The Python with LangChain, LlamaIndex, Haystack and schemathesis."""
    return _python("APUS_TEST_CLIENTS_VENV", "clients")


def thin():
    """The Python with the thin client."""
    return _python("APUS_TEST_THIN_VENV", "thin")


def _python(variable, name):
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = os.environ.get(variable) or os.path.join(cache, "apus-tests", name)
    python = os.path.join(folder, "bin", "python")
    if variable not in os.environ and not os.path.exists(os.path.join(folder, "installed.txt")):
        pytest.skip(f"scripts/test makes {folder}")
    return python
