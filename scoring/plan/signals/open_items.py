"""Open items: their number, weight, or the age of the oldest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import final

from scoring.event.event import Event
from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.event_names import an_example
from scoring.plan.extractors import Test
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.properties.property import Property
from scoring.plan.properties.readers import ItemId
from scoring.plan.signals.base import TIME, Change, Signal, Source, filter_key
from scoring.plurals import counted
from scoring.result import Detail
from scoring.state.account import Account
from scoring.state.items import CLOSED
from scoring.state.open_items import OpenItems


class OpenSignal(Signal):
    """Open items: how many, their weight, or the age of the oldest."""

    def __init__(self, label: str, open_items: OpenItems, of: schema.Open) -> None:
        self.label = label
        self.open_items = open_items
        self.of = of
        self.measure: str = of.measure
        self.reach_ms = open_items.span * open_items.resolution_ms

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Open) -> OpenSignal:
        """The signal of a table."""
        weights = sorted(of.weights.items()) if of.weigh_by else []
        key = f"open {filter_key(of)} {of.item!r} {sorted(of.closed_by)} {of.weigh_by!r} {weights} {of.within}"
        opens, closes = (_item(layout, name, of, closes=each) for each in (False, True))
        open_items = layout.items(
            key,
            OpenItems,
            parse_duration(of.within),
            lambda topic, event: of.ends(topic, event) or of.takes(topic, event),
            lambda topic, event: (
                (closes, layout.order.rank_of(event, ends=True))
                if of.ends(topic, event)
                else (opens, layout.order.rank_of(event, ends=False))
            ),
        )
        open_items.steps_daily |= of.measure == "oldest"
        return OpenSignal(of.label or name, open_items, of)

    def number(self, account: Account) -> float | None:
        match self.measure:
            case "count":
                return self.open_items.count(account)
            case "weight":
                return self.open_items.weight(account)
            case _:
                return self.open_items.oldest_days(account)

    def behind(self, account: Account) -> tuple[int, ...]:
        """How many are open, and for how many days the oldest is; () when none is."""
        count = self.open_items.count(account)
        return (count, self.open_items.oldest_days(account)) if count else ()

    def detail(self, behind: Sequence[int]) -> Detail | None:
        """How many are open, and for how many days the oldest is."""
        return {"count": behind[0], "oldest_days": behind[1]}

    def text(self, facts: Facts) -> str:
        detail = facts.detail(self.name)
        count, oldest_days = detail.get("count"), detail.get("oldest_days")
        if isinstance(count, list) or isinstance(oldest_days, list) or not count or oldest_days is None:
            return f"no {self.label}"
        weight = f"weighing {facts.number(self.name) or 0:,g}, " if self.measure == "weight" else ""
        return f"{counted(count, self.label)}, {weight}the oldest for {counted(oldest_days, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("open_items", self.open_items.number), TIME

    def changes(
        self, number: float | None, behind: Sequence[int], aims: Sequence[tuple[float, float]]
    ) -> Iterable[Change]:
        if not behind:
            return ()
        return (
            Change(
                topic=self.of.topics[0],
                event=an_example(self.of.closed_by),
                item=self.of.item,
                most=behind[0],
                label=self.label,
                closes=self.open_items.number,
            ),
        )


@final
class WeighedItem:
    """The item that an event opens or, with `closes`, closes, and its weight: that of a text, 1 for any other."""

    __slots__ = ("closes", "item", "test", "weigh_by", "weights")

    def __init__(
        self,
        item: ItemId,
        test: Test | None,
        weigh_by: Property | None,
        weights: Mapping[str, float],
        *,
        closes: bool,
    ) -> None:
        self.item = item
        self.test = test
        self.weigh_by = weigh_by
        self.weights = weights
        self.closes = closes

    def __call__(self, event: Event) -> tuple[str, float] | None:
        if self.test is not None and not self.test(event):
            return None
        found = self.item(event)
        if not found:
            return None
        if self.closes:
            return found, CLOSED
        by = self.weigh_by.read(event.properties) if self.weigh_by is not None else None
        return found, float(self.weights.get(by, 1.0)) if isinstance(by, str) else 1.0


def _item(layout: Layout, name: str, of: schema.Open, *, closes: bool) -> WeighedItem:
    test = None if closes else layout.extractors.test(of.where)
    weigh_by = layout.extractors.property("", of.weigh_by) if of.weigh_by else None
    return WeighedItem(layout.extractors.item_id(name, of.item), test, weigh_by, of.weights, closes=closes)
