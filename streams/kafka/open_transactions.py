"""What an open transaction holds back: messages behind it cannot be read before it ends. Pure: time is given.

A producer that died in a transaction leaves it open until its timeout, a minute by default and fifteen at most; one
whose coordinator lost sight of it, for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

Place = tuple[str, int]
HELD_SECONDS = 30.0
"""A transaction that is open for longer is told: producers commit theirs within seconds."""


class Held(msgspec.Struct, frozen=True):
    """A partition's log as a fetch told it: messages from `stable` on, `messages` of them, wait for a transaction."""

    stable: int
    messages: int


class HeldBack:
    """Which partitions have stood at one offset for too long. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._since: dict[Place, tuple[int, float]] = {}

    def observe(self, held: Mapping[Place, Held], now: float) -> dict[Place, Held]:
        """Of those that are held back now, the ones that have not moved for `HELD_SECONDS`.

        >>> watch = HeldBack()
        >>> watch.observe({("billing", 0): Held(7, 2)}, 0.0), watch.observe({("billing", 0): Held(7, 5)}, 30.0)
        ({}, {('billing', 0): Held(stable=7, messages=5)})
        >>> watch.observe({("billing", 0): Held(9, 1)}, 31.0)
        {}
        """
        since = {}
        for place, each in held.items():
            stable, began = self._since.get(place, (each.stable, now))
            since[place] = (each.stable, began if stable == each.stable else now)
        self._since = since
        return {place: held[place] for place, (_, began) in since.items() if now - began >= HELD_SECONDS}


def words(standing: Mapping[Place, Held]) -> str:
    """What is the matter and what to do; "" when nothing is."""
    if not standing:
        return ""
    places = ", ".join(
        f"{topic}/{partition} from offset {held.stable} on ({held.messages})"
        for (topic, partition), held in sorted(standing.items())
    )
    return (
        f"A transaction that was not ended holds messages back: {places}. See to the producer that began it, or end it "
        "(kafka-transactions.sh find-hanging, then abort)."
    )
