"""`python -m tests.simulation SEED [-v]` repeats one run; `--soak N` makes N of them, until one fails."""

from __future__ import annotations

import argparse
import logging
import sys
import time

from tests.simulation.run import ANYTHING, command_of, simulate
from tests.simulation.world import Faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", type=int, help="the run's number; with --soak the first one's")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell the story")
    parser.add_argument("--torn", action="store_true", help="let an account's records come in two batches")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="make N runs")
    given = parser.parse_args()
    logging.disable(logging.WARNING)  # what the projector says of lost writes is part of the plan
    faults = ANYTHING._replace(torn=given.torn)
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


if __name__ == "__main__":
    sys.exit(main())
