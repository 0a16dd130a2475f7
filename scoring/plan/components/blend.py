"""Blends: the mean of other components."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model import schema
from scoring.plan.components.base import CohortNorm, ComponentParts, Judged, Judgements, Shape
from scoring.plan.facts import Facts
from scoring.result import Fact
from scoring.state.account import Account


class Blend(Shape):
    """The weighted mean of other components. `parts` are (number, weight, label, shape)."""

    def __init__(self, parts: tuple[tuple[int, float, str, Shape], ...]) -> None:
        self.parts = parts

    @staticmethod
    def compile(parts: ComponentParts, of: schema.Blend) -> Blend:
        """The shape of a table; its parts must be compiled already."""
        components = parts.model.components
        return Blend(
            tuple(
                (parts.numbers[name], weight, components[name].label or name, parts.shapes[name])
                for name, weight in of.parts.items()
            )
        )

    def judge(self, account: Account, norm: CohortNorm, others: Judged) -> float | None:
        return self.mean(others)

    def rejudge(self, judgement: float | None, others: Judged) -> float | None:
        return self.mean(others)

    def own_evidence(self, account: Account, others: Judged) -> float:
        return self.best_evidence(others)

    def own_evidence_from(self, facts: Mapping[str, Fact], others: Judged) -> float:
        return self.best_evidence(others)

    def mean(self, others: Judged) -> float | None:
        """The mean of the parts' judgements, weighted by weight × evidence; None when none has one."""
        total = evidence = 0.0
        judgements = others.judgements
        for number, weight, _, _ in self.parts:
            judgement = judgements[number]
            if judgement is not None:
                counted = weight * others.evidence[number]
                total += counted * judgement
                evidence += counted
        return total / evidence if evidence else None

    def best_evidence(self, others: Judged) -> float:
        """The evidence of the part that has most; 1 when none is judged, so that a rule may decide instead."""
        judged = [others.evidence[number] for number, _, _, _ in self.parts if others.judgements[number] is not None]
        return max(judged, default=1.0)

    def text(self, facts: Facts, others: Judgements) -> str:
        """Each part with its judgement, and the reason for the lowest one."""
        found = {number: judgement for number, _, _, _ in self.parts if (judgement := others[number]) is not None}
        lowest = min(found, key=found.__getitem__, default=-1)
        said = [
            f"{label} {found[number]:.0f}"
            + (f" ({shape.text(facts, others)})" if number == lowest and found[number] < 100 else "")
            for number, _, label, shape in self.parts
            if number in found
        ]
        return ", ".join(said) or "no evidence for any part"
