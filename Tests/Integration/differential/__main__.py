"""`python -m differential`: more steps than a test has, one case again, two servers that run already."""
import argparse
import os
import random

from .peers import Peer, Servers
from .runner import CASE_STEPS, Runner, run, survey


def main():
    parser = argparse.ArgumentParser(prog="differential", description=__doc__)
    parser.add_argument("--seed", default=os.environ.get("APUS_SEED"))
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--case", type=int, help="this case alone")
    parser.add_argument("--first", type=int, default=0, help="the first case")
    parser.add_argument("--failures", type=int, default=1, help="stop after so many")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--survey", action="store_true", help="one failure of each sort, all steps")
    parser.add_argument("--verbose", action="store_true", help="with --case: print every step")
    parser.add_argument("--chroma", type=int, help="port of a Chroma server that runs already")
    parser.add_argument("--apus", type=int, help="port of an Apus server that runs already")
    options = parser.parse_args()
    seed = options.seed or str(random.SystemRandom().randrange(1 << 32))
    print(f"APUS_SEED={seed}", flush=True)
    servers = None
    if options.chroma and options.apus:
        runner = Runner(Peer("Chroma", options.chroma), Peer("Apus", options.apus))
    else:
        servers = Servers()
        runner = Runner(servers.chroma, servers.apus, servers.restart_chroma)
    try:
        if options.case is not None:
            failure = runner.run_case(seed, options.case, CASE_STEPS, options.verbose)
            reports = [failure] if failure else []
            if failure:
                print(failure.report(None if options.no_shrink else runner.shrunk(failure)))
        elif options.survey:
            reports = survey(runner, seed, options.steps, options.first)
            for failure, count in sorted(reports.values(), key=lambda entry: -entry[1]):
                print(f"---- {count} times\n{failure.report()}")
        else:
            reports = run(
                runner, seed, options.steps, options.first, options.failures, shrink=not options.no_shrink)
        print(f"{runner.steps_run} steps, {len(reports)} failures")
        for case, step in runner.crashes:
            print(f"Chroma crashed or broke in case {case} at step {step.number}: {step}")
        print("statuses:", dict(sorted(runner.statuses.items(), key=str)))
        print("deviations:", dict(runner.deviations))
    finally:
        if servers:
            servers.end()
    return 1 if reports else 0


if __name__ == "__main__":
    raise SystemExit(main())
