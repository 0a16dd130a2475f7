"""Blends: the mean of other components."""

from __future__ import annotations

from scoring.model import schema
from scoring.plan.components.base import CohortNorm, ComponentParts, Judgements, Shape
from scoring.plan.facts import Facts
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

    def judge(self, account: Account, norm: CohortNorm, others: Judgements) -> float | None:
        return self.mean(others)

    def rejudge(self, judgement: float | None, others: Judgements) -> float | None:
        return self.mean(others)

    def mean(self, others: Judgements) -> float | None:
        """The weighted mean of the parts' judgements; None when none has one."""
        total = evidence = 0.0
        for number, weight, _, _ in self.parts:
            judgement = others[number]
            if judgement is not None:
                total += weight * judgement
                evidence += weight
        return total / evidence if evidence else None

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
