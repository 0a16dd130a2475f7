"""A hub with rows in memory, a clock of its own, and counts that can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from dashboard.live.hub import Bar, Hub, LiveOutcome
from dashboard.live.keys import row_key
from dashboard.live.listener import Listener
from dashboard.live.views import RowRenderer, Views
from dashboard.values.listing import Row
from streams.read_model.account_values import Changed
from streams.read_model.port import ReadModelUnavailable


class Counted:
    """Implements `Counts`."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()

    def live(self, outcome: LiveOutcome, count: int = 1) -> None:
        self.outcomes[outcome] += count


def _maker(view: str) -> RowRenderer:
    if view == "unknown":
        raise ValueError("no such view")
    return lambda row: f"<tr>{view}:{row.account_id}={row.score}</tr>"


def _row(account_id: str) -> Row:
    return Row(account_id=account_id, name=account_id, score=50.0, tier="", as_of_ms=0, version="0")


class World:
    """Accounts by id; `change` changes one and publishes it."""

    def __init__(self, *account_ids: str, streams_max: int = 100) -> None:
        self.seconds = 1_000.0
        self.counts = Counted()
        self.rows = {
            each: Row(account_id=each, name=each, score=50.0, tier="", as_of_ms=0, version="0") for each in account_ids
        }
        self.is_redis_there = True
        self.views = Views({"accounts": _maker})
        self.hub = Hub(
            self._rows, self._bar, self.counts, views=self.views, clock=lambda: self.seconds, streams_max=streams_max
        )
        self.seconds += 10.0  # the process has run for a while
        self._number = 7

    async def _rows(self, account_ids: tuple[str, ...]) -> Sequence[Row]:
        if not self.is_redis_there:
            raise ReadModelUnavailable("Redis does not answer")
        return [self.rows[each] for each in account_ids if each in self.rows]

    async def _bar(self) -> Bar:
        return Bar(as_of_ms=max((row.as_of_ms for row in self.rows.values()), default=0), counts={"actions": 2})

    async def change(self, account_id: str, score: float) -> str:
        """The account has this score now; its change's place in the stream."""
        self._number += 1
        place = f"3.1793000000-5912.{self._number}"
        if account_id in self.rows:
            self.rows[account_id] = replace(self.rows[account_id], score=score, version=str(self._number))
        await self.hub.publish([Changed(id=place, account_id=account_id, what="answer")])
        return place

    async def listen(
        self, *account_ids: str, page: str = "accounts", view: str = "v", last_id: str = "", age: float = 0.0
    ) -> Listener:
        listener = Listener(page, view, frozenset(map(row_key, account_ids)))
        await self.hub.join(listener, last_id=last_id, age_seconds=age)
        return listener

    def listeners(self) -> tuple[Listener, ...]:
        """Those that are open."""
        return tuple(self.hub._audience)  # noqa: SLF001

    async def pass_seconds(self, seconds: float) -> None:
        """Time passes, and what is due is sent."""
        self.seconds += seconds
        await self.hub.flush()


async def taken(listener: Listener) -> str:
    """All that waits for it, without what the top bar shows."""
    parts = (await listener.take(0.001)).decode().split("\n\n")
    return "\n\n".join(part for part in parts if part and not part.startswith(("event: bar", "event: beat")))
