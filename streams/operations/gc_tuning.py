"""Garbage-collector settings for millions of long-lived objects without reference cycles.

By default Python collects the youngest generation after every 700 new objects, and the oldest whenever it has grown by
a quarter: a seventh of a worker's time, and pauses of a gateway with all its libraries.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 1_000
"""The thresholds of the three generations: new objects before a collection of the youngest (about a millisecond), and
for the two older ones the number of collections of the generation before."""


def relax() -> None:
    """Make garbage collections rare in this process."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def freeze() -> None:
    """Exclude all current objects from collections: state that was just restored lives long."""
    gc.freeze()
