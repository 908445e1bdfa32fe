"""scripts/count-tests: what does not count any test must not look like success."""
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "count-tests"
NONE = "<testsuites></testsuites>"
TWO = "<testsuites><testsuite><testcase/><testcase><skipped/></testcase></testsuite></testsuites>"
BAD = "<testsuites><testsuite><testcase><failure/></testcase></testsuite></testsuites>"


@pytest.mark.parametrize(
    "options, status, text, counts",
    [
        ([], 0, TWO, "1 0 1"),
        ([], 0, BAD, "0 1 0"),
        ([], 1, BAD, "0 1 0"),
        ([], 1, TWO, "1 1 1"),
        ([], 0, None, "0 1 0"),
        ([], 0, NONE, "0 1 0"),
        ([], 0, "<testsuites>", "0 1 0"),
        (["--may-be-empty"], 0, None, "0 0 0"),
        (["--may-be-empty"], 0, NONE, "0 0 0"),
        (["--may-be-empty"], 0, "<testsuites>", "0 1 0"),
        (["--may-be-empty"], 1, None, "0 1 0"),
    ],
)
def test_counts(tmp_path, options, status, text, counts):
    file = tmp_path / "tests.xml"
    if text is not None:
        file.write_text(text)
    result = subprocess.run(
        [sys.executable, str(SCRIPT), *options, str(status), str(file)],
        capture_output=True, text=True, check=True)
    assert result.stdout.strip() == counts
