"""What the machine itself can do, in the same run."""
import json
import os
import platform
import subprocess
import sys
import time

import numpy

from bench_tools.environment import ROOT

BODIES = 20


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return (f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, "
            f"{time.strftime('%d %B %Y')}, load average {os.getloadavg()[0]:.1f}")


def memory_gb_per_s():
    """What one thread can read: 256 MB, which no cache holds, in the fastest of some passes."""
    values = numpy.ones(64 << 20, numpy.float32)
    best = float("inf")
    for _ in range(5):
        for read in (values.max, lambda: values.dot(values)):
            start = time.perf_counter()
            read()
            best = min(best, time.perf_counter() - start)
    return values.nbytes / best / 1e9


def decoding_and_encoding(bodies, folder, package=ROOT):
    """CPU-seconds that 100,000 records cost which are only decoded and encoded; None where that cannot be measured."""
    os.makedirs(folder)
    for number, body in enumerate(bodies[:BODIES]):
        with open(os.path.join(folder, f"add-{number:02}.json"), "wb") as file:
            file.write(body)
    command = ["swift", "test", "-c", "release", "--skip-build", "--filter", "LimitsBenchmark"]
    try:
        run = subprocess.run(
            command, cwd=package, env=dict(os.environ, APUS_BENCH_BODIES=folder), text=True, timeout=900,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in run.stdout.splitlines():
            if line.startswith("{") and run.returncode == 0:
                answer = json.loads(line)
                return (answer["decode_s"] + answer["encode_s"]) / answer["records"] * 100_000
        reason = f"status {run.returncode}, {(run.stdout.strip().splitlines() or ['no output'])[-1]}"
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, ZeroDivisionError) as error:
        reason = repr(error)
    print(f"no limit for the load, as `{' '.join(command)}` did not measure it (the tests must have been built with "
          f"`swift build -c release --build-tests`): {reason}", file=sys.stderr)
    return None
