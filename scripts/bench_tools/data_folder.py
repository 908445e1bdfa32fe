"""The files of a data folder. Apart from `data`, so that a wrong folder is noticed before anything is installed."""
import os

from bench_tools.failure import Failure

VECTORS, RECORDS, QUERIES = "real100k.f16.npy", "real100k.jsonl.gz", "queries.f16.npy"
TRUTH, FILTERS = "truth.npz", "filters.json"


def check(folder):
    missing = [name for name in (VECTORS, RECORDS, QUERIES, TRUTH, FILTERS)
               if not os.path.isfile(os.path.join(folder, name))]
    if missing:
        raise Failure(f"--data {folder}: {', '.join(missing)} not there; without --data, records are made up")
