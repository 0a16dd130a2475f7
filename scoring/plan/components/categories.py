"""Judgements of texts and of milestones."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model import schema
from scoring.plan.components.base import CohortNorm, ComponentParts, Judged, Judgements, Shape
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.plan.signals.milestones import MilestonesSignal
from scoring.state.account import Account


class Category(Shape):
    """The judgement that a text maps to."""

    def __init__(self, signal: Signal, values: Mapping[str, float], otherwise: float | None) -> None:
        self.signal = signal
        self.values = values
        self.otherwise = otherwise

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Category) -> Category:
        """The shape of a table."""
        return Category(parts.signals[of.signal], of.values, of.otherwise)

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        fact = self.signal.fact(account)
        return self.values.get(fact, self.otherwise) if isinstance(fact, str) else None

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)


class Milestones(Shape):
    """The share reached of the milestones that are reached or due."""

    def __init__(self, signal: MilestonesSignal) -> None:
        self.signal = signal

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Milestones) -> Milestones:
        """The shape of a table."""
        signal = parts.signals[of.signal]
        assert isinstance(signal, MilestonesSignal)
        return Milestones(signal)

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        return self.signal.judge(account)

    def text(self, facts: Facts, others: Judgements) -> str:
        return self.signal.text(facts)
