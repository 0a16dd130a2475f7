"""One flush of a partition, in the order in which its parts must be acknowledged."""

from __future__ import annotations

import msgspec

from streams.dead_letter import DeadLetter
from streams.message import HOPS_HEADER, ORIGIN_HEADER, TIME_HEADER

Pair = tuple[bytes, bytes | None]
"""(key, value); a value of None is a tombstone."""


class Forward(msgspec.Struct, frozen=True):
    """A message that is sent on: it arrived in a partition that is not its account's, or its account was merged."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    timestamp_ms: int
    origin: bytes
    hops: int = 0
    """How often it was sent on because its account was merged into another one."""

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The headers to send it with."""
        headers = [(ORIGIN_HEADER, self.origin), (TIME_HEADER, str(self.timestamp_ms).encode())]
        return [*headers, (HOPS_HEADER, str(self.hops).encode())] if self.hops else headers


class Prepared:
    """The prepared parts of the next flush. Mutable; owned by a `PartitionState`."""

    def __init__(self) -> None:
        self.changelog: list[list[Pair]] = []
        self.notifications: list[Pair] = []
        self.alerts: list[Pair] = []
        self.scores: list[Pair] = []
        self.accounts: set[str] = set()
        """Those that are written or answered for."""
        self.outboxes: dict[str, tuple[list[bytes], list[bytes]]] = {}
        """By account, the notifications and alert steps of its head. If it changes before the flush is taken, its next
        head has to hold them too: after a crash they are found only there."""


class Flush(msgspec.Struct, frozen=True, kw_only=True):
    """One flush of one partition.

    `changelog` holds groups of records: a group is one account's, and is never split over two batches as long as it
    fits into one. The partition's own record comes last. `offsets` are the next offsets to read, by the input topic's
    logical name.
    """

    partition: int
    number: int
    changelog: list[list[Pair]]
    notifications: list[Pair]
    scores: list[Pair]
    accounts: set[str] = set()
    """Those that are written or answered for."""
    alerts: list[Pair] = []
    oldest_unanswered_flush: int = 0
    """The earliest flush whose answers are not all in this or an earlier flush; 0 when unknown."""
    dead_letters: list[DeadLetter] = []
    forwards: list[Forward] = []
    controls: list[tuple[int, bytes]] = []
    offsets: dict[str, int] = {}
