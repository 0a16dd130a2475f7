"""The events of one account as messages: what happened is collected in any order, and comes out ordered by time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from scoring.instants import DAY_MS, HOUR_MS

Value = str | int | float | bool
_encode = msgspec.json.Encoder().encode


class Timed(NamedTuple):
    """One event: when it happened (milliseconds since 1970), its topic, and its message's bytes."""

    at_ms: int
    topic: str
    value: bytes


class Writer:
    """Collects the events of one account. Mutable."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self._events: list[Timed] = []

    def write(self, at_ms: int, topic: str, name: str, user: str = "", **properties: Value) -> None:
        """One event; without an id, so that nothing is a duplicate."""
        body: dict[str, object] = {"account_id": self.account_id, "timestamp": at_ms}
        if name:
            body["event"] = name
        if user:
            body["user_id"] = user
        if properties:
            body["properties"] = properties
        self._events.append(Timed(at_ms, topic, _encode(body)))

    def events(self, until_ms: int | None = None) -> list[Timed]:
        """What was written, ordered by time, before `until_ms`."""
        return sorted(each for each in self._events if until_ms is None or each.at_ms < until_ms)


def poisson(rng: random.Random, mean: float) -> int:
    """A random count of this mean.

    >>> poisson(random.Random(1), 0.0)
    0
    """
    count, left = 0, mean
    while left > 0.0 and (left := left - rng.expovariate(1.0)) > 0.0:
        count += 1
    return count


def instants(rng: random.Random, day_start_ms: int, hours: Sequence[float]) -> Iterator[int]:
    """The instants of a Poisson process in one day; `hours` has the mean of each hour from the day's start."""
    for hour, mean in enumerate(hours):
        for _ in range(poisson(rng, mean)):
            yield day_start_ms + hour * HOUR_MS + rng.randrange(HOUR_MS)


def office_instant(rng: random.Random, day_start_ms: int) -> int:
    """An instant between eight and six o'clock of a day."""
    return day_start_ms + 8 * HOUR_MS + rng.randrange(10 * HOUR_MS)


def day_start(first_day: int, day: int, offset_hours: int = 0) -> int:
    """The start of the account's day `day` after `first_day` (days since 1970), at `offset_hours` east of UTC."""
    return (first_day + day) * DAY_MS - offset_hours * HOUR_MS
