"""`python -m tests.simulation SEED [-v]` repeats one run; `--soak N` makes N of them, until one fails.

With `--without SAFEGUARD` the engine lacks one, and the seeds that find it out are listed."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.simulation.mutants import WITHOUT, simulate_without
from tests.simulation.run import ANYTHING, command_of, simulate
from tests.simulation.simulation import Faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the run's number; with --soak the first one's")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell the story")
    parser.add_argument("--torn", action="store_true", help="let an account's records come in two batches")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="make N runs")
    parser.add_argument("--without", choices=sorted(WITHOUT), help="with --soak: list the seeds that miss a safeguard")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # what the projector says of lost writes is part of the plan
    faults = ANYTHING._replace(torn=given.torn)
    if given.soak and given.without:
        return list_missing(given.without, given.seed, given.soak)
    if given.soak:
        return soak(given.seed, given.soak, faults)
    simulate(given.seed, tell=print if given.verbose else lambda words: None, faults=faults)
    print(f"seed {given.seed}: all invariants hold")
    return 0


def soak(first: int, number: int, faults: Faults) -> int:
    """Run after run, with a line of progress; 1 at the first that fails."""
    started = time.monotonic()
    for done in range(number):
        try:
            simulate(first + done, faults=faults)
        except Exception as error:
            print(f"\nseed {first + done} fails: {error}\nRepeat it with: {command_of(first + done)}")
            return 1
        if sys.stdout.isatty() or done % 500 == 499 or done == number - 1:
            rate = (done + 1) / (time.monotonic() - started)
            end = "\r" if sys.stdout.isatty() and done < number - 1 else "\n"
            print(f"{done + 1} of {number} seeds, {rate:.1f} a second", end=end, flush=True)
    return 0


def list_missing(safeguard: str, first: int, number: int) -> int:
    """Which runs find out that a safeguard is taken out, and by which invariant."""
    found = 0
    for seed in range(first, first + number):
        try:
            simulate_without(safeguard, seed)
        except AssertionError as error:
            found += 1
            print(f"seed {seed}: {str(error).partition(chr(10))[0][:100]}", flush=True)
    print(f"{found} of {number} seeds find out that the {safeguard} is taken out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
