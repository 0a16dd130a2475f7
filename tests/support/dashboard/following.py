"""A book that follows a read model, for tests: what it publishes is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal

from dashboard.book.book import Book
from dashboard.book.follower import Follower
from dashboard.book.words import Words
from scoring.result import ScoreSnapshot
from streams.read_model.account_values import Activity, Changed
from streams.read_model.port import Batch, Change, ReadModel

DEADLINE_SECONDS = 15.0


class RecordingAudience:
    """`Audience` that keeps what it was given."""

    def __init__(self) -> None:
        self.changed: list[Changed] = []
        self.states: list[str] = []
        self.resyncs = 0

    async def publish(self, changes: Sequence[Changed], /) -> None:
        """See `Audience.publish`."""
        self.changed += changes

    def redis_is(self, state: Literal["gone", "back"], /) -> None:
        """See `Audience.redis_is`."""
        self.states.append(state)

    def resync(self) -> None:
        """See `Audience.resync`."""
        self.resyncs += 1


class InMemoryActivities:
    """`Activities` in a dictionary."""

    def __init__(self, **held: Activity) -> None:
        self.held = held

    async def activities(self, account_ids: Sequence[str], /) -> Mapping[str, Activity]:
        """See `Activities.activities`."""
        return {name: self.held[name] for name in account_ids if name in self.held}


class Writer:
    """Writes answers and removals to one partition, each after the one before."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model
        self.offset = 0

    async def write(self, *changes: ScoreSnapshot | str) -> None:
        """A name in place of an answer is that account's removal."""
        rows = [
            Change(offset, change, None) if isinstance(change, str) else Change(offset, change.account_id, change)
            for offset, change in enumerate(changes, self.offset)
        ]
        await self._model.write(Batch(partition=0, start=self.offset, end=self.offset + len(rows), changes=rows))
        self.offset += len(rows)


class Following:
    """A book, who follows, and who is told."""

    def __init__(self, model: ReadModel, activities: InMemoryActivities | None = None) -> None:
        self.book, self.audience = Book(), RecordingAudience()
        self.follower = Follower(self.book, model, Words(), lambda: 7, self.audience, activities)

    @property
    def scores(self) -> dict[str, float | None]:
        """The scores in the book, by account."""
        rows = {account_id: self.book.row(account_id) for account_id in self.book.account_ids()}
        return {name: self.book.table.number("score", row) for name, row in rows.items() if row is not None}

    async def becomes(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds.

        Raises:
            TimeoutError: it does not within some seconds.
        """
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not condition():  # noqa: ASYNC110 - the book tells nobody when it changes
                await asyncio.sleep(0.01)


@asynccontextmanager
async def following(model: ReadModel, activities: InMemoryActivities | None = None) -> AsyncIterator[Following]:
    """A follower that runs until the block ends."""
    found = Following(model, activities)
    running = asyncio.ensure_future(found.follower.run())
    try:
        yield found
    finally:
        running.cancel()
        await asyncio.wait({running})
