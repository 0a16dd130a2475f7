"""What a scenario is, and what is drawn from it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from tests.faults.environment import Stage


class CannotRun(Exception):
    """This machine has not what the scenario needs; the text says what."""


class Scenario(Protocol):
    """One kind of fault, again and again."""

    name: str
    words: str
    """What is done, for the table."""
    needs_cluster: bool
    """Three brokers; else one, with a proxy before each worker."""

    async def run(self, stage: Stage) -> int:
        """Do the faults; answers how many. Each is told to `stage.watch.over` when it is over.

        Raises:
            CannotRun: when this machine has not what it takes.
        """


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario's result. Seconds are from the end of a fault until all that was published by then was committed.

    `replayed` counts the messages that were recognised as applied already, as far as a process told before it was
    killed (they are asked once a second); `ended_themselves` the processes that ended and were not told to, or not as
    they were told to; `stale_records` those in the changelog that a replaced worker wrote. Of the
    whole run that the scenario was part of: `notifications` by id, `repeated` those that were written again with the
    same id and content, alert `steps`, those of them that somebody may be `told`, `cases` and people's `commands`,
    `doubled` messages of the load that its own producer wrote twice, `looks` at the offsets.
    """

    name: str
    words: str
    faults: int
    seconds: float
    recovery_median_seconds: float
    recovery_max_seconds: float
    replayed: int
    started: int
    ended_themselves: int
    stale_records: int
    events: int
    notifications: int = 0
    repeated: int = 0
    steps: int = 0
    told: int = 0
    cases: int = 0
    commands: int = 0
    doubled: int = 0
    looks: int = 0
    skipped: str = ""
    broken: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """In a word or two."""
        return self.skipped or ("BROKEN" if self.broken else "holds")
