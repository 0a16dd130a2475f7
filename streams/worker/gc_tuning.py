"""Garbage-collector settings for millions of long-lived objects without reference cycles.

By default Python looks through the youngest with every 700 objects, and through all whenever they have grown by a
quarter: a seventh of a worker's time.
"""

from __future__ import annotations

import gc

YOUNG, MIDDLE, OLD = 10_000, 20, 1_000
"""The youngest are looked through after so many new ones (a millisecond), those that survived it after so many times,
and all of them after so many times that."""


def relax() -> None:
    """Make the process collect seldom."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def freeze() -> None:
    """Never look at the objects there are now: state that was just restored stays for long."""
    gc.freeze()
