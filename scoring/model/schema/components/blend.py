"""Blends: the mean of other components."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.model.rule_checks import check_known_name, check_weights
from scoring.model.schema.components.base import ComponentBase, ComponentContext
from scoring.model.schema.ranges import Bounds, mean_bounds
from scoring.model.schema.signals.base import SignalBase


class Blend(ComponentBase, frozen=True, kw_only=True, tag="blend"):
    """The mean of other components, weighted by `parts`. Parts without evidence are left out; None when all are.

    A part counts by its weight here × its evidence; the blend has as much evidence as the part that has most."""

    parts: dict[str, float]

    def part_weights(self) -> Mapping[str, float]:
        return self.parts

    def check(self, model: ComponentContext, key: str) -> None:
        for part in self.parts:
            check_known_name(f"{key}.parts.{part}", part, "component", model.components)
        check_weights(f"{key}.parts", self.parts, "part")

    def bounds(self, signals: Mapping[str, SignalBase], parts: Mapping[str, Bounds]) -> Bounds:
        return mean_bounds([(weight, parts[part]) for part, weight in self.parts.items() if weight > 0])

    def formula_text(self) -> str:
        return "mean of " + ", ".join(f"{part} ({weight:g})" for part, weight in self.parts.items())
