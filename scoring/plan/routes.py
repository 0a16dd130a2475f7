"""Routes: what an event of one topic and name changes, computed once and cached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from scoring.plan.event_order import EventOrder
from scoring.plan.extractors import Amount, ItemOf, Latest, StatedOf, Test, Text

ROUTES_MAX = 10_000
"""Event names whose route is cached. One more clears the cache: so unlimited names cost no memory, and no name stays
slow."""
FED = (
    "counts",
    "amounts",
    "values",
    "daily_totals",
    "latest_at",
    "latest_values",
    "first_at",
    "items",
    "tallies",
    "alikes",
)
"""The kinds of what events feed, in the order of a route's fields."""
Takes = Callable[[str, str], bool]
"""Whether an event of a topic and name feeds a thing."""


class Route(msgspec.Struct, frozen=True):
    """What an event of one topic and name changes, by number. An extractor or test of None takes every event."""

    counts: tuple[int, ...]
    amounts: tuple[tuple[int, Amount], ...]
    values: tuple[tuple[int, Text], ...]
    daily_totals: tuple[tuple[int, Amount | None], ...]
    latest_at: tuple[tuple[int, Test | None], ...]
    latest_values: tuple[tuple[int, Latest], ...]
    first_at: tuple[tuple[int, Test | None], ...]
    items: tuple[tuple[int, tuple[ItemOf, int]], ...]
    """The number of the open items, the reader of the item, and the event's rank in it."""
    tallies: tuple[tuple[int, StatedOf], ...]
    alikes: tuple[tuple[int, Amount | None], ...]
    """The count series that record what their events have in common."""
    rank: int
    """The event's rank among those of one instant: see `EventOrder`."""


class Feed(msgspec.Struct, frozen=True):
    """The events that feed the state with this number, and its extractor, by topic and name."""

    number: int
    takes: Takes
    extractor: Callable[[str, str], object]

    def of(self, topic: str, name: str) -> tuple[int, object]:
        """The number and the extractor."""
        return self.number, self.extractor(topic, name)


class Routes:
    """The routes of a layout. Feeds are added only while it is compiled."""

    def __init__(self, order: EventOrder) -> None:
        self._order = order
        self._feeds: dict[str, list[Feed]] = {kind: [] for kind in FED}
        self._routes: dict[tuple[str, str], Route] = {}

    def feed(self, kind: str, number: int, takes: Takes, extractor: Callable[[str, str], object]) -> None:
        """Feed the state of a kind (see `FED`) with this number from the events that `takes` selects."""
        self._feeds[kind].append(Feed(number, takes, extractor))

    def of(self, topic: str, name: str) -> Route:
        """What an event called `name` on `topic` touches."""
        key = (topic, name)
        route = self._routes.get(key)
        if route is None:
            if len(self._routes) >= ROUTES_MAX:
                self._routes.clear()
            route = self._routes[key] = self._route(topic, name)
        return route

    def _route(self, topic: str, name: str) -> Route:
        fed = {
            kind: tuple(feed.of(topic, name) for feed in feeds if feed.takes(topic, name))
            for kind, feeds in self._feeds.items()
        }
        counts = tuple(number for number, _ in fed.pop("counts"))
        fields: list[Any] = [counts, *fed.values(), self._order.rank(topic, name)]
        return Route(*fields)
