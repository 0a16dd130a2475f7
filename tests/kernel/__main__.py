"""`python -m tests.kernel [FROM] [--floods N] [--events N]`: flood after flood, until the two folds differ.

More examples of the properties: `VITALS_PROPERTY_TIMES=100 python -m pytest tests/kernel/test_equal.py`."""

from __future__ import annotations

import argparse
import sys
import time

from streams.kernel.kernel import NO_EXTENSION, is_built
from tests.kernel.both import Difference
from tests.kernel.flood import flood


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kernel", description=__doc__)
    parser.add_argument("first", type=int, nargs="?", default=0, metavar="FROM", help="the first seed")
    parser.add_argument("--floods", type=int, default=1_000, metavar="N", help="how many seeds")
    parser.add_argument("--events", type=int, default=400, metavar="N", help="events of each flood")
    given = parser.parse_args()
    if not is_built():
        print(NO_EXTENSION)
        return 2
    started = time.monotonic()
    for seed in range(given.first, given.first + given.floods):
        try:
            flood(seed, given.events)
        except Difference as difference:
            print(f"seed {seed}, {given.events} events: {difference}")
            return 1
        if seed % 50 == 49:
            print(f"up to seed {seed}: the same, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{given.floods} floods of {given.events} events: the same")
    return 0


if __name__ == "__main__":
    sys.exit(main())
