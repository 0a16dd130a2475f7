"""Messages that were deleted before they were read, and messages that are there and cannot be read. Pure: times and
offsets are given.

A gap in the offsets is no loss by itself: the markers of transactions, and what a transaction took back, leave one.
What lay before the beginning of the log and was not read is lost.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

Place = tuple[str, int]
"""(topic, partition)"""
STALLED_SECONDS = 60.0
"""After which a partition that has more, and brings nothing, is told of."""


def lost_between(expected: int, found: int, start: int) -> int:
    """How many offsets from `expected` on, before `found`, lay before the log's `start`.

    >>> lost_between(10, 15, 12), lost_between(10, 15, 3), lost_between(0, 200, 200)
    (2, 0, 200)
    """
    return max(0, min(found, start) - expected)


class Gaps:
    """Offsets that were passed over and not read, until the beginnings of their logs are known. Mutable."""

    def __init__(self) -> None:
        self._open: dict[Place, list[tuple[int, int]]] = {}

    def note(self, place: Place, expected: int, found: int) -> None:
        """Reading went on at `found`, where `expected` was to come."""
        if found > expected:
            self._open.setdefault(place, []).append((expected, found))

    def places(self) -> list[Place]:
        """Where there are any."""
        return list(self._open)

    def settle(self, starts: Mapping[Place, int]) -> dict[Place, tuple[int, int, int]]:
        """(messages lost, first and last offset) by place, of those whose log's beginning is known by now."""
        lost: dict[Place, tuple[int, int, int]] = {}
        for place, start in starts.items():
            gaps = [(first, min(end, start)) for first, end in self._open.pop(place, []) if first < start]
            if gaps:
                lost[place] = sum(end - first for first, end in gaps), gaps[0][0], gaps[-1][1] - 1
        return lost

    def clear(self) -> None:
        """Reading begins again elsewhere."""
        self._open.clear()


class Losses:
    """What was lost so far, by topic, for `/healthz`. Written by one thread, read by another."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, topic: str, count: int) -> None:
        """So many more."""
        with self._lock:
            self._counts[topic] += count

    def words(self) -> str:
        """One line, "" when nothing was lost."""
        with self._lock:
            counts = sorted(self._counts.items())
        if not counts:
            return ""
        named = ", ".join(f"{count:,} of {topic}" for topic, count in counts)
        return f"Messages were deleted before they were read: {named}."


def lost_words(topic: str, partition: int, lost: tuple[int, int, int]) -> str:
    """One line about a loss, for the log."""
    count, first, last = lost
    return (
        f"{topic}, partition {partition}: {count:,} messages (offsets {first} to {last}) were deleted before they were "
        f"read. They are lost; send them again if you have them, and see that the topic keeps messages for longer "
        f"(docs/topics.md)."
    )


class Stalls:
    """Partitions that have more and bring nothing. Mutable; times are monotonic seconds.

    Only those that never brought anything: one that did, and has stopped, may be the client's fault, and a new process
    may mend it. A new process that gets nothing from the start will not be mended by another one.
    """

    def __init__(self) -> None:
        self._first: dict[Place, int] = {}
        self._since: dict[Place, tuple[int, float]] = {}
        self._told: set[Place] = set()

    def observe(self, behind: Mapping[Place, int], now: float) -> tuple[set[Place], set[Place]]:
        """(partitions that never brought anything, those of them that were none at the last call).

        `behind` is the next offset to read of each partition that has more than that, and of which nothing is held.
        """
        self._since = {
            place: self._since[place] if self._since.get(place, (-1, 0.0))[0] == position else (position, now)
            for place, position in behind.items()
        }
        for place, position in behind.items():
            self._first.setdefault(place, position)
        standing = {
            place
            for place, (position, since) in self._since.items()
            if now - since >= STALLED_SECONDS and position == self._first[place]
        }
        new = standing - self._told
        self._told = standing
        return standing, new
