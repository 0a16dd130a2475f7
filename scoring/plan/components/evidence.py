"""How much of its weight a judgement has, from the signals of an account or from facts."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model import schema
from scoring.plan.components.base import Judged, Shape
from scoring.plan.facts import Facts, number_in
from scoring.plan.signals.base import Signal
from scoring.result import Fact
from scoring.state.account import Account

LITTLE = 0.5
"""A judgement with less evidence says so, and why."""


class Factor:
    """One factor 0-1: x / (x + half), fade / (fade + x), or the way of x from one number to another."""

    def __init__(self, signal: Signal, of: schema.EvidenceFactor) -> None:
        self.signal = signal
        self.half = 0.0 if of.half is None else of.half
        self.fade = 0.0 if of.fade is None else of.fade
        self.begin = 0.0 if of.from_ is None else of.from_
        self.end = 0.0 if of.to is None else of.to

    def at(self, x: float | None) -> float:
        """The factor at a signal of `x`; 0 when it is unknown."""
        if x is None:
            return 0.0
        if self.half:
            return x / (x + self.half) if x > 0 else 0.0
        if self.fade:
            return self.fade / (self.fade + x) if x > 0 else 1.0
        return min(1.0, max(0.0, (x - self.begin) / (self.end - self.begin)))


class Evidence:
    """The evidence of a component: that of its shape, times each factor in the file's order."""

    def __init__(self, shape: Shape, factors: tuple[Factor, ...]) -> None:
        self.shape = shape
        self.factors = factors

    def of(self, account: Account, others: Judged) -> float:
        """0-1, at the account's instant; 0 is no evidence."""
        evidence = self.shape.own_evidence(account, others)
        for factor in self.factors:
            evidence *= factor.at(factor.signal.number(account))
        return evidence

    def from_facts(self, facts: Mapping[str, Fact], others: Judged) -> float:
        """The same by facts, by signal name."""
        evidence = self.shape.own_evidence_from(facts, others)
        for factor in self.factors:
            evidence *= factor.at(number_in(facts, factor.signal.name))
        return evidence

    def text(self, words: str, evidence: float, facts: Facts) -> str:
        """The words of a judgement and, where there is little evidence, how much and for which signal.

        «42 product events in 35 days; 2 weeks of history: counts 33%».
        """
        if evidence >= LITTLE:
            return words
        counts = f": counts {evidence:.0%}" if evidence else ""
        least = min(self.factors, key=lambda each: each.at(facts.number(each.signal.name)), default=None)
        why = "" if least is None else least.signal.text(facts)
        return f"{words}; {why}{counts}" if why and why not in words else f"{words}{counts}"
