"""How long it is until an instant that a property names."""

from __future__ import annotations

from typing import Any, final

from msgspec import UNSET

from scoring.event.event import Event
from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import DAY_MS
from scoring.model import schema
from scoring.plan.extractors import Test
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.properties.property import Property
from scoring.plan.signals.base import DAY, Signal, Source, filter_key
from scoring.plurals import counted
from scoring.state.account import Account

FROM_MS, TO_MS = 946_684_800_000, 253_402_300_800_000
"""The instants that a property can name: of the years 2000 to 9999. A zero, or a number of days, is none."""


class UntilSignal(Signal):
    """Whole days of UTC from today to the day of the latest instant that was sent."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Until) -> UntilSignal:
        """The signal of a table."""
        extractor = InstantIn(layout.extractors.property(name, of.property), layout.extractors.test(of.where))
        slot = layout.last_slot(f"until {filter_key(of)} {of.property!r}", of.takes, lambda topic, event: extractor)
        layout.instants.add(slot)
        return UntilSignal(of.label or name, slot)

    def number(self, account: Account) -> float | None:
        held = account.latest_values[self.slot]
        if held is None or isinstance(held[2], str):
            return None
        return int(held[2]) // DAY_MS - account.as_of_ms // DAY_MS

    def text(self, facts: Facts) -> str:
        days = facts.number(self.name)
        if days is None:
            return f"no {self.label} known"
        if days == 0:
            return f"{self.label} today"
        if days < 0:
            return f"{self.label} {counted(-days, 'days')} ago"
        return f"{self.label} in {counted(days, 'days')}"

    def sources(self) -> tuple[Source, ...]:
        return ("last", self.slot), DAY


@final
class InstantIn:
    """The instant that an event names, in milliseconds; None for none."""

    __slots__ = ("of", "test")

    def __init__(self, of: Property, test: Test | None) -> None:
        self.of = of
        self.test = test

    def __call__(self, event: Event) -> float | None:
        found: Any = self.of.read(event.properties)
        if found is UNSET or found is None or (self.test is not None and not self.test(event)):
            return None
        at = _instant_of(found)
        if at > 0:
            return float(at)
        is_plain = isinstance(found, str | int | float) and not isinstance(found, bool)
        self.of.note_mismatch(event, found, "no date" if is_plain else "")
        return None


def _instant_of(found: object) -> int:
    """The instant of a date, a text or a number; 0 for what is none."""
    try:
        at = any_stamp_ms(found)
    except Untimely:
        return 0
    return at if FROM_MS <= at < TO_MS else 0
