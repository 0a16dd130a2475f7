"""Exceptions to a shape: the signal that it needs, and rules that decide instead."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.plan.components.base import CohortNorm, Judged, Judgements, Shape
from scoring.plan.conditions import Conditions
from scoring.plan.facts import Facts
from scoring.plan.signals.base import Signal
from scoring.result import Fact
from scoring.state.account import Account


class Excepted(Shape):
    """A shape with exceptions: no evidence without `needs`, and rules that decide instead."""

    def __init__(self, shape: Shape, needs: Signal | None, rules: tuple[tuple[Conditions, float, str], ...]) -> None:
        self.shape = shape
        self.needs = needs
        self.rules = rules

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        if self.needs is not None and not self._has_what_it_needs(account):
            return None
        for conditions, judgement, _ in self.rules:
            if conditions.hold(account):
                return judgement
        return self.shape.judge(account, norm, others)

    def own_evidence(self, account: Account, others: Judged) -> float:
        """That of the shape, unless a rule decides instead."""
        for conditions, _, _ in self.rules:
            if conditions.hold(account):
                return 1.0
        return self.shape.own_evidence(account, others)

    def own_evidence_from(self, facts: Mapping[str, Fact], others: Judged) -> float:
        for conditions, _, _ in self.rules:
            if conditions.hold_for(facts):
                return 1.0
        return self.shape.own_evidence_from(facts, others)

    def text(self, facts: Facts, others: Judgements) -> str:
        if self.needs is not None and not (facts.number(self.needs.name) or 0) > 0:
            return self.needs.text(facts)
        for conditions, _, words in self.rules:
            if conditions.hold_for(facts.values):
                said = conditions.text(facts)
                return f"{said}: {words}" if words else said
        return self.shape.text(facts, others)

    def _has_what_it_needs(self, account: Account) -> bool:
        return self.needs is None or (self.needs.number(account) or 0.0) > 0
