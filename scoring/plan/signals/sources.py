"""Sources: whether an account ever had such an event, and when it had the latest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from scoring.instants import plain_instant
from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import Signal, filter_key
from scoring.plan.signals.base import Source as State
from scoring.state.account import Account


class SourceSignal(Signal):
    """A source, read as a signal of the cohort norm: 1 once the account had such an event, else 0.

    `name` is its entry in the norm, without a prefix; `norm_name` the whole.
    """

    def __init__(self, name: str, label: str, slot: int, norm_name: str) -> None:
        self.name = name
        self.label = label
        self.slot = slot
        self.norm_name = norm_name

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Source, prefix: str) -> SourceSignal:
        """The signal of a table; it shares its slot with a `last_at` and a `since_last` of the same filter."""
        wheres = of.wheres()
        test = layout.extractors.test(wheres)
        slot = layout.last_at_slot(f"last_at {filter_key(of, wheres)}", of.takes, lambda topic, event: test)
        entry = f"{schema.SOURCE}{name}"
        return SourceSignal(entry, of.label or name, slot, f"{prefix}{entry}")

    def number(self, account: Account) -> float | None:
        return 1.0 if account.latest_at[self.slot] >= 0 else 0.0

    def latest(self, account: Account) -> str:
        """When the account had the latest such event, the way SQL prints it; "" before any."""
        at = account.latest_at[self.slot]
        return "" if at < 0 else plain_instant(at)

    def is_connected(self, account: Account, norm: Mapping[str, float]) -> bool:
        """Whether the account itself, or any account by the cohort norm, ever had such an event."""
        return account.latest_at[self.slot] >= 0 or norm.get(self.norm_name, 0.0) > 0.0

    def text(self, facts: Facts) -> str:
        sent = facts.norm.get(self.name, 0.0) > 0.0
        return f"{self.label} are sent" if sent else f"no account ever sent {self.label}"

    def sources(self) -> tuple[State, ...]:
        return (("last_at", self.slot),)


def with_own(norm: Mapping[str, float], own: Collection[str]) -> Mapping[str, float]:
    """A cohort norm in which the sources that the account itself had, by name, are connected."""
    return {**norm, **{f"{schema.SOURCE}{name}": 1.0 for name in own}} if own else norm
