"""Times from opened to closed: the stored events of each item, and their pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from scoring.event.event import Event
from scoring.fingerprint import fingerprint
from scoring.instants import HOUR_MS, parse_duration
from scoring.model.schema.signals.duration import Duration
from scoring.plan.extractors import ItemOf, Test
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.properties.readers import ItemId
from scoring.plan.signals.base import TIME, Signal, Source, filter_key, span_words
from scoring.plurals import counted
from scoring.result import Detail
from scoring.state.account import Account
from scoring.state.open_items import KeptItems

_TOKEN_SHIFT = 12


class ItemTimes(KeptItems):
    """Every event that opens or closes an item, for as long as a close may need it.

    What is kept here as an item is one event: when it occurred, its tie, and, in place of the weight, a token of the
    item that it opens, which is negative where it closes. Of the events of one item, instant and rank one is kept: they
    open all, or close all, so the pairs are the same.
    """

    __slots__ = ("window", "within_ms")

    def __init__(self, number: int, identity: int, span: int, resolution_ms: int) -> None:
        super().__init__(number, identity, span, resolution_ms)
        self.window = 0
        """The buckets within which a close counts."""
        self.within_ms = 0
        """The longest that counts."""

    def durations_ms(self, account: Account) -> list[int]:
        """Of each close in the window how long after its open it came, ascending."""
        newest = account.current_bucket
        oldest = newest - self.window
        found: list[int] = []
        opened_at, opened = 0, 0.0
        items = account.open_items[self.number].values()
        for at, _, token in sorted(items, key=lambda item: (abs(item[2]), item[0], item[1])):
            if token < 0:
                took = at - opened_at
                if opened == -token and took <= self.within_ms and oldest < at // self.resolution_ms <= newest:
                    found.append(took)
                opened = 0.0
            else:
                opened_at, opened = at, token
        found.sort()
        return found

    def next_due(self, account: Account) -> int:
        """Also when a close enters or leaves the window."""
        due = super().next_due(account)
        for at, _, token in account.open_items[self.number].values():
            if token < 0:
                bucket = at // self.resolution_ms
                if bucket > account.current_bucket:
                    due = min(due, bucket)
                elif bucket + self.window > account.current_bucket:
                    due = min(due, bucket + self.window)
        return due


class DurationSignal(Signal):
    """Hours from opened to closed: the median or the mean over a window."""

    def __init__(self, label: str, times: ItemTimes, of: Duration) -> None:
        self.label = label
        self.times = times
        self.is_mean = of.measure == "mean"
        self.measure: str = of.measure
        self.span_words = span_words(of.window, prior=False)
        self.reach_ms = times.span * times.resolution_ms

    @staticmethod
    def compile(layout: Layout, name: str, of: Duration) -> DurationSignal:
        """The signal of a table."""
        key = f"duration {filter_key(of)} {of.item!r} {sorted(of.closed_by)} {of.window} {of.within}"
        id_of, test = layout.extractors.item_id(name, of.item), layout.extractors.test(of.where)

        def extractor(topic: str, event: str) -> tuple[ItemOf, int]:
            closes = of.ends(topic, event)
            rank = layout.order.rank_of(event, ends=closes)
            return EventOfItem(id_of, None if closes else test, rank, closes=closes), rank

        window_ms, within_ms = parse_duration(of.window), parse_duration(of.within)
        times = layout.items(
            key,
            ItemTimes,
            window_ms + within_ms,
            lambda topic, event: of.ends(topic, event) or of.takes(topic, event),
            extractor,
        )
        times.window, times.within_ms = window_ms // layout.resolution_ms, within_ms
        return DurationSignal(of.label or name, times, of)

    def number(self, account: Account) -> float | None:
        found = self.times.durations_ms(account)
        if not found:
            return None
        if not self.is_mean:
            middle = len(found) // 2
            found = found[middle : middle + 1] if len(found) % 2 else found[middle - 1 : middle + 1]
        return sum(found) / (len(found) * HOUR_MS)

    def behind(self, account: Account) -> tuple[int, ...]:
        """How many were closed, if any."""
        count = len(self.times.durations_ms(account))
        return (count,) if count else ()

    def detail(self, behind: Sequence[int]) -> Detail | None:
        """How many were closed."""
        return {"count": behind[0]}

    def text(self, facts: Facts) -> str:
        hours, count = facts.number(self.name), facts.detail(self.name).get("count")
        if hours is None or count is None or isinstance(count, list):
            return f"no {self.label} closed {self.span_words}"
        return f"{counted(count, self.label)} closed {self.span_words}, after {hours:,.3g} hours ({self.measure})"

    def sources(self) -> tuple[Source, ...]:
        return ("open_items", self.times.number), TIME


@final
class EventOfItem:
    """What is kept of an event of an item: a text of its own, and the item's token."""

    __slots__ = ("closes", "item", "rank", "test")

    def __init__(self, item: ItemId, test: Test | None, rank: int, *, closes: bool) -> None:
        self.item = item
        self.test = test
        self.rank = rank
        self.closes = closes

    def __call__(self, event: Event) -> tuple[str, float] | None:
        if self.test is not None and not self.test(event):
            return None
        item = self.item(event)
        if not item:
            return None
        token = float((fingerprint(item) >> _TOKEN_SHIFT) + 2)  # 52 bits are exact; -1.0 marks the dropped place
        return f"{event.occurred_at_ms} {self.rank} {item}", -token if self.closes else token
