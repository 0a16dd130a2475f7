"""How long it is until an instant that a property names."""

from __future__ import annotations

from scoring.instants import DAY_MS
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import DAY, Signal, Source, filter_key
from scoring.plurals import counted
from scoring.state.account import Account


class UntilSignal(Signal):
    """Whole days of UTC from today to the day of the latest instant that was sent."""

    def __init__(self, label: str, slot: int) -> None:
        self.label = label
        self.slot = slot

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Until) -> UntilSignal:
        """The signal of a table."""
        extractor = layout.extractors.instant(name, of.property, of.where)
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
