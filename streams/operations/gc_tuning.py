"""Garbage-collector settings for millions of long-lived objects without reference cycles.

By default Python collects the youngest generation after every 700 new objects, and the oldest whenever it has grown by
a quarter: a seventh of a worker's time, and pauses of a gateway with all its libraries. Values of which an account has
many are structs without tracking (`gc=False`): they can be part of no cycle, and cost a collection nothing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

YOUNG, MIDDLE, OLD = 10_000, 20, 1_000
"""The thresholds of the three generations: new objects before a collection of the youngest (about a millisecond), and
for the two older ones the number of collections of the generation before."""


def relax() -> None:
    """Make garbage collections rare in this process."""
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def freeze() -> None:
    """Exclude all current objects from collections: state that was just restored lives long."""
    gc.freeze()


EVERY_SECONDS = 2.0
"""How often new objects are looked at. In between an account is often replaced in parts several times, which costs
nothing then. But fetches of the client leave cycles that hold the bytes they read: up to some 50 MB a second."""
GROWN_MIN = 2_000_000
"""There must be this many objects more before all are looked at again: some 200 MB."""
LOOKED_AT_MAX = 5_000_000
"""All are looked at only up to this number: about five seconds. A worker whose loop stands still for half the session
timeout gives up."""


class DeadCycles:
    """The collections of a process with much state, at moments that suit it. Mutable; one a process.

    State has no cycles: it goes when nothing refers to it. Cycles are left by what is around it: tasks, tracebacks,
    connections. So each object is looked at once, some seconds after it was made at the latest, and then excluded. What
    has become part of a dead cycle later is found when all are looked at: while the process has no state, and when it
    has twice as many objects as the last time. So dead cycles hold at most what is made in `EVERY_SECONDS`, and as many
    objects as the state or `GROWN_MIN`; beyond `LOOKED_AT_MAX`, until partitions are given back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic, grown_min: int = GROWN_MIN) -> None:
        self._now = now
        self._next = 0.0
        self._grown_min = grown_min
        self._kept = 0
        """How many objects there were when all had been looked at."""
        self._grown = 0
        """How many there are more, or fewer than that."""

    def begin(self) -> None:
        """Look at all objects, and let Python collect at times of its own until `keep`: reading what is restored leaves
        cycles that hold all of it. Blocks for about a microsecond an object: call it while there is no state."""
        self._collect_all()
        gc.enable()

    def keep(self) -> None:
        """Exclude all current objects: state that was just restored. From here on Python collects nothing at a time of
        its own."""
        gc.disable()
        gc.collect(1)
        gc.freeze()
        self._kept, self._grown = gc.get_freeze_count(), 0

    def tend(self) -> None:
        """Look at new objects when that is due, and exclude those that are left. Call when the objects of a piece of
        work are gone, such as after a flush."""
        if self._now() < self._next:
            return
        self._grown += gc.get_count()[0]
        gc.collect(0)
        gc.freeze()
        if self._grown >= max(self._grown_min, self._kept):
            self._collect_grown()
        self._next = self._now() + EVERY_SECONDS

    def _collect_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._kept, self._grown = gc.get_freeze_count(), 0

    def _collect_grown(self) -> None:
        count = gc.get_freeze_count()  # takes long, too
        self._grown = count - self._kept
        if max(self._grown_min, self._kept) <= self._grown and count <= LOOKED_AT_MAX:
            self._collect_all()
