"""Finds messages that were deleted before they were read, and partitions whose messages cannot be read. Pure: times and
offsets are given.

A gap in the offsets is not a loss by itself: transaction markers and aborted transactions leave gaps. Lost is what lay
before the beginning of the log and was not read.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

Place = tuple[str, int]
"""(topic, partition)"""
STALLED_SECONDS = 60.0
"""A partition that has messages and returns none is reported after this time."""


def lost_between(expected: int, found: int, start: int) -> int:
    """How many offsets of the gap from `expected` up to `found`, exclusive, lie before the log's `start`.

    >>> lost_between(10, 15, 12), lost_between(10, 15, 3), lost_between(0, 200, 200)
    (2, 0, 200)
    """
    return max(0, min(found, start) - expected)


class Gaps:
    """Offsets that were skipped, kept until the beginning of their log is known. Mutable."""

    def __init__(self) -> None:
        self._open: dict[Place, list[tuple[int, int]]] = {}

    def note(self, place: Place, expected: int, found: int) -> None:
        """Reading continued at `found` where `expected` was due."""
        if found > expected:
            self._open.setdefault(place, []).append((expected, found))

    def places(self) -> list[Place]:
        """The partitions that have gaps."""
        return list(self._open)

    def settle(self, starts: Mapping[Place, int]) -> dict[Place, tuple[int, int, int]]:
        """(messages lost, first and last offset) by place, for the places whose log start is given in `starts`."""
        lost: dict[Place, tuple[int, int, int]] = {}
        for place, start in starts.items():
            gaps = [(first, min(end, start)) for first, end in self._open.pop(place, []) if first < start]
            if gaps:
                lost[place] = sum(end - first for first, end in gaps), gaps[0][0], gaps[-1][1] - 1
        return lost

    def clear(self) -> None:
        """Forget all gaps: reading starts again from another offset."""
        self._open.clear()


class Losses:
    """The messages lost so far, by topic, for `/healthz`. One thread writes, another reads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, topic: str, count: int) -> None:
        """Add `count` lost messages of a topic."""
        with self._lock:
            self._counts[topic] += count

    def text(self) -> str:
        """One line; "" if nothing was lost."""
        with self._lock:
            counts = sorted(self._counts.items())
        if not counts:
            return ""
        named = ", ".join(f"{count:,} of {topic}" for topic, count in counts)
        return f"Messages were deleted before they were read: {named}."


def loss_text(topic: str, partition: int, lost: tuple[int, int, int]) -> str:
    """One log line about a loss."""
    count, first, last = lost
    return (
        f"{topic}, partition {partition}: {count:,} messages (offsets {first} to {last}) were deleted before they were "
        f"read. They are lost: send them again if you have them, and make the topic keep messages for longer "
        f"(docs/topics.md)."
    )


class Stalls:
    """Partitions that have messages and return none. Mutable; times are monotonic seconds.

    Only partitions that never returned anything. One that did and then stopped may be a fault of the client, which a
    restart of the process can fix. A process that reads nothing from its start on is not fixed by another restart.
    """

    def __init__(self) -> None:
        self._first: dict[Place, int] = {}
        self._since: dict[Place, tuple[int, float]] = {}
        self._reported: set[Place] = set()

    def observe(self, behind: Mapping[Place, int], now: float) -> tuple[set[Place], set[Place]]:
        """(all stalled partitions, those that were not stalled at the last call).

        `behind` is the next offset to read of each partition that has messages beyond it and none fetched.
        """
        self._since = {
            place: self._since[place] if self._since.get(place, (-1, 0.0))[0] == position else (position, now)
            for place, position in behind.items()
        }
        for place, position in behind.items():
            self._first.setdefault(place, position)
        stalled = {
            place
            for place, (position, since) in self._since.items()
            if now - since >= STALLED_SECONDS and position == self._first[place]
        }
        new = stalled - self._reported
        self._reported = stalled
        return stalled, new
