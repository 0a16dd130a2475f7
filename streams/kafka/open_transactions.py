"""Partitions that an open transaction blocks: messages behind it cannot be read until it ends. Pure: times are given.

A producer that died in a transaction leaves it open until the transaction times out: one minute by default, fifteen at
most. A transaction that its coordinator has lost (a hanging transaction) stays open for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Place = tuple[str, int]
BLOCKED_SECONDS = 30.0
"""A transaction that is open for longer is reported: producers commit theirs within seconds."""


class BlockedPartition(msgspec.Struct, frozen=True):
    """A blocked partition, as a fetch reported it: `messages` messages from offset `stable` on are blocked."""

    stable: int
    messages: int


class OpenTransactions:
    """The partitions that have been blocked at the same offset for too long. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._since: dict[Place, tuple[int, float]] = {}

    def observe(self, held: Mapping[Place, BlockedPartition], now: float) -> dict[Place, BlockedPartition]:
        """Of the partitions that are blocked now, those that have not moved for `BLOCKED_SECONDS`.

        >>> watch = OpenTransactions()
        >>> watch.observe({("billing", 0): BlockedPartition(7, 2)}, 0.0)
        {}
        >>> watch.observe({("billing", 0): BlockedPartition(7, 5)}, 30.0)
        {('billing', 0): BlockedPartition(stable=7, messages=5)}
        >>> watch.observe({("billing", 0): BlockedPartition(9, 1)}, 31.0)
        {}
        """
        since = {}
        for place, each in held.items():
            stable, began = self._since.get(place, (each.stable, now))
            since[place] = (each.stable, began if stable == each.stable else now)
        self._since = since
        return {place: held[place] for place, (_, began) in since.items() if now - began >= BLOCKED_SECONDS}


def blocked_text(blocked: Mapping[Place, BlockedPartition]) -> str:
    """What happened and what to do; "" if no partition is blocked."""
    if not blocked:
        return ""
    places = ", ".join(
        f"{topic}/{partition} from offset {held.stable} on ({held.messages})"
        for (topic, partition), held in sorted(blocked.items())
    )
    return (
        f"An open transaction blocks messages: {places}. Check the producer that began it, or abort it "
        "(kafka-transactions.sh find-hanging, then abort)."
    )
