"""What `scripts/bench` computes, and what it says where it cannot run; the servers that it measures are not started here."""
import os
import subprocess
import sys

import numpy
import pytest

SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts")
sys.path.insert(0, SCRIPTS)

from bench_tools import data, synthetic
from bench_tools.servers import APUS, CHROMA
from bench_tools.table import MORE, Table


def test_ratios_are_medians_of_the_rounds_own_ratios():
    table = Table()
    for ours, theirs, limit in [(1, 9, 0.5), (2, 30, 0.5), (10, 20, 1)]:
        table.put("ms", APUS, ours, limit=limit)
        table.put("ms", CHROMA, theirs)
        table.put("a second", APUS, ours, MORE, limit=2 * ours)
        table.put("a second", CHROMA, theirs, MORE)
    table.put("recall@10", APUS, 0.99876, MORE, compared=False)
    assert table.markdown(peer=True).splitlines()[2:] == [
        "| ms | 20.0 | 2.00 | 9.0 x | 4.0 x |", "| a second | 20.0 | 2.00 | 0.11 x | 2.0 x |",
        "| recall@10 | - | 0.9988 | - | - |"]
    assert table.markdown(peer=False).splitlines()[2] == "| ms | 2.00 | 4.0 x |"


def test_made_up_records_are_the_same_each_time_and_answers_to_queries_are_exact():
    first, second = data.make(3000), data.make(3000)
    assert numpy.array_equal(first.vectors, second.vectors) and first.documents == second.documents
    assert first.metadatas == second.metadatas and first.words == second.words
    scores = first.queries.astype(float) @ first.vectors.T.astype(float)
    scores /= numpy.linalg.norm(first.vectors.astype(float), axis=1)
    assert first.truth() == numpy.argsort(-scores, axis=1, kind="stable")[:, :10].tolist()
    for name, where in first.filters.items():
        (key, value), = where.items()
        rows = {row for row, metadata in enumerate(first.metadatas) if metadata[key] == value}
        assert rows and all(set(found) <= rows for found in first.truth_of_filter(name))
    for word in first.words:
        assert 0 < len(first.rows_with(word)) < 3000
    assert len(set(map(tuple, first.vectors.tolist()))) == 3000
    assert synthetic.QUERIES == len(first.queries)


def test_recall_counts_each_right_row_once():
    assert data.recall([[1, 2, 3], [4]], [[1, 2], [5, 6]]) == 0.5
    assert data.recall([[1]], [[]]) is None


@pytest.mark.parametrize("arguments, reason", [
    (["--binary", "/nowhere"], "/nowhere is no program"),
    (["--binary", sys.executable, "--data", "/nowhere"], "/nowhere"),
    (["--phases", "query,sleep"], "sleep"),
    (["--records", "0"], "at least 1"),
    (["--binary", sys.executable, "--plot", "/nowhere/a.png"], "there is no folder /nowhere"),
])
def test_says_what_is_wrong_before_anything_is_done(arguments, reason):
    run = subprocess.run(
        [sys.executable, os.path.join(SCRIPTS, "bench"), *arguments], text=True, capture_output=True, timeout=60)
    assert run.returncode != 0 and reason in run.stderr and "Traceback" not in run.stderr
