"""Signals without a filter of their own: the account's age, and one signal minus another."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model import schema
from scoring.plan.facts import Facts
from scoring.plan.layout import Layout
from scoring.plan.signals.base import AGE, TIME, Signal, Source, age_days
from scoring.plurals import counted
from scoring.state.account import Account


class AgeSignal(Signal):
    """Whole days since the account's first event, from bucket to bucket."""

    def __init__(self, label: str, resolution_ms: int) -> None:
        self.label = label
        self.resolution_ms = resolution_ms

    @staticmethod
    def compile(layout: Layout, name: str, of: schema.Age) -> AgeSignal:
        """The signal of a table."""
        layout.steps_with_age = True
        return AgeSignal(of.label or name, layout.resolution_ms)

    def number(self, account: Account) -> float | None:
        return age_days(account, self.resolution_ms)

    def text(self, facts: Facts) -> str:
        return f"{counted(facts.number(self.name) or 0, 'days')} of history"

    def sources(self) -> tuple[Source, ...]:
        return AGE, TIME


class DifferenceSignal(Signal):
    """One signal minus another."""

    def __init__(self, label: str, of: Signal, minus: Signal) -> None:
        self.label = label
        self.of = of
        self.minus = minus
        self.reach_ms = max(of.reach_ms, minus.reach_ms)

    @staticmethod
    def compile(layout: Layout, signals: Mapping[str, Signal], name: str, of: schema.Difference) -> DifferenceSignal:
        """The signal of a table."""
        return DifferenceSignal(of.label or name, signals[of.of], signals[of.minus])

    def number(self, account: Account) -> float | None:
        of, minus = self.of.number(account), self.minus.number(account)
        return None if of is None or minus is None else of - minus

    def text(self, facts: Facts) -> str:
        return f"{self.of.text(facts)}, {self.minus.text(facts)}"

    def sources(self) -> tuple[Source, ...]:
        return (*self.of.sources(), *self.minus.sources())
