"""What a partition hands over to be written: one flush, in the order in which its parts must be acknowledged."""

from __future__ import annotations

import msgspec

from streams.dead_letter import DeadLetter

Pair = tuple[bytes, bytes | None]
"""(key, value); a value of None is a tombstone."""


class Forward(msgspec.Struct, frozen=True):
    """A message that came to a partition that is not its account's, to be sent to the right one."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    timestamp_ms: int
    origin: bytes


class Prepared:
    """The parts of a flush that is not taken yet. Mutable; owned by a `PartitionState`."""

    def __init__(self) -> None:
        self.changelog: list[list[Pair]] = []
        self.notifications: list[Pair] = []
        self.scores: list[Pair] = []


class Flush(msgspec.Struct, frozen=True, kw_only=True):
    """One flush of one partition.

    `changelog` holds groups of records: a group is one account's, and is never split over two batches as long as it
    fits into one; the partition's own record is the last. `offsets` are the next offsets to read, by input topic's
    plain name.
    """

    partition: int
    number: int
    changelog: list[list[Pair]]
    notifications: list[Pair]
    scores: list[Pair]
    oldest_unanswered_flush: int = 0
    """The earliest flush whose answers are not all in this or an earlier one; 0 when that is not known."""
    dead_letters: list[DeadLetter] = []
    forwards: list[Forward] = []
    controls: list[tuple[int, bytes]] = []
    offsets: dict[str, int] = {}
