"""The records, queries, filters and words of a run, and what is right: exact answers."""
import gzip
import json
import os

import numpy

from bench_tools import data_folder, synthetic
from bench_tools.failure import Failure

K = 10
# Filters and words cost Chroma up to half a second a query.
FILTER_QUERIES, WORD_QUERIES = 50, 20
WORDS = [" the ", "water", "xylophone"]


def record_id(row):
    return f"record-{row:07d}"


def row_of(identifier):
    return int(identifier.rpartition("-")[2])


class Data:
    """`known` has exact answers computed elsewhere: they are of all records, so they are right for all records only."""

    def __init__(self, name, vectors, queries, texts, filters, words, known=None):
        self.name, self.vectors, self.queries = name, vectors, queries
        self.documents, self.metadatas = texts
        self.filters, self.words, self._known = filters, words, known or {}
        self._truths = {}

    def __len__(self):
        return len(self.vectors)

    def truth(self):
        return self._truth("cosine", lambda: numpy.arange(len(self)), len(self.queries))

    def truth_of_filter(self, name):
        def matches(metadata):
            return all(metadata.get(key) == value for key, value in self.filters[name].items())

        return self._truth(f"cosine {name}", lambda: self._rows(map(matches, self.metadatas)), FILTER_QUERIES)

    def truth_of_word(self, word):
        return self._truth(f"word {word}", lambda: self.rows_with(word), WORD_QUERIES)

    def rows_with(self, word):
        return self._rows(word in document for document in self.documents)

    def _rows(self, chosen):
        return numpy.flatnonzero(numpy.fromiter(chosen, bool, len(self)))

    def _truth(self, key, rows, count):
        """For each of the first `count` queries the rows of its K nearest, fewer where fewer match."""
        if key not in self._truths:
            if key in self._known:
                self._truths[key] = [list(map(int, row[:K])) for row in self._known[key][:count]]
            else:
                self._truths[key] = nearest(self.vectors, self.queries[:count], rows())
        return self._truths[key]


def nearest(vectors, queries, rows, block=20_000):
    """The K rows of greatest cosine per query: float32 proposes three times as many in each block, float64 decides."""
    proposed = [[] for _ in queries]
    for start in range(0, len(rows), block):
        part = rows[start:start + block]
        scores = (queries @ vectors[part].T) / numpy.linalg.norm(vectors[part], axis=1)
        best = min(3 * K, len(part))
        for found, chosen in zip(proposed, numpy.argpartition(-scores, best - 1, axis=1)[:, :best]):
            found.append(part[chosen])
    answers = []
    for query, found in zip(queries.astype(numpy.float64), proposed):
        candidates = numpy.concatenate(found) if found else numpy.empty(0, int)
        exact = vectors[candidates].astype(numpy.float64)
        scores = exact @ query / numpy.linalg.norm(exact, axis=1)
        answers.append([int(row) for row in candidates[numpy.argsort(-scores, kind="stable")[:K]]])
    return answers


def recall(answers, truth):
    """The share of the right rows that the answers have; None where nothing can be found."""
    wanted = sum(len(rows) for rows in truth)
    return sum(len(set(a[:K]) & set(rows)) for a, rows in zip(answers, truth)) / wanted if wanted else None


def read(folder, count):
    vectors = numpy.load(os.path.join(folder, data_folder.VECTORS), mmap_mode="r")
    total = len(vectors)
    count = count or total
    if count > total:
        raise Failure(f"--records {count} is more than the {total} records in {folder}")
    documents, metadatas = [], []
    with gzip.open(os.path.join(folder, data_folder.RECORDS), "rt", encoding="utf-8") as lines:
        for _, line in zip(range(count), lines):
            record = json.loads(line)
            documents.append(record["document"])
            metadatas.append(record["metadata"])
    with open(os.path.join(folder, data_folder.FILTERS)) as file:
        filters = json.load(file)
    known = numpy.load(os.path.join(folder, data_folder.TRUTH)) if count == total else None
    queries = numpy.load(os.path.join(folder, data_folder.QUERIES)).astype(numpy.float32)
    return Data(
        f"real text of {folder}", vectors[:count].astype(numpy.float32), queries, (documents, metadatas), filters,
        WORDS, known)


def make(count):
    return Data("made up, seed 1", *synthetic.make(count or 20_000))
