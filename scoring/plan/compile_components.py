"""Compiles a model's components to shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scoring.model import schema
from scoring.model.references import with_parts
from scoring.plan.components.base import ComponentParts, Shape
from scoring.plan.components.blend import Blend
from scoring.plan.components.categories import Category, Milestones
from scoring.plan.components.evidence import Evidence, Factor
from scoring.plan.components.excepted import Excepted
from scoring.plan.components.lines import Cadence, Linear, Trend
from scoring.plan.components.shares import Capped, Ratio, ShareOfMax, VsOwnPeak
from scoring.plan.components.sourced import Sourced
from scoring.plan.components.usual import VsUsual
from scoring.plan.conditions import Conditions

SHAPES: Mapping[type[schema.ComponentBase], Callable[[ComponentParts, Any], Shape]] = {
    schema.ShareOfMax: ShareOfMax.compile,
    schema.InverseShareOfMax: ShareOfMax.compile,
    schema.Capped: Capped.compile,
    schema.VsOwnPeak: VsOwnPeak.compile,
    schema.Trend: Trend.compile,
    schema.Ratio: Ratio.compile,
    schema.Linear: Linear.compile,
    schema.VsUsual: VsUsual.compile,
    schema.Cadence: Cadence.compile,
    schema.Category: Category.compile,
    schema.Milestones: Milestones.compile,
    schema.Blend: Blend.compile,
}
"""The compiler of each shape."""


def compile_component(parts: ComponentParts, component: schema.Component) -> Shape:
    """The shape of a component, with its exceptions and its source."""
    shape = SHAPES[type(component)](parts, component)
    if component.needs or component.when:
        rules = tuple(
            (Conditions(rule.conditions(), parts.signals), rule.judgement, rule.words) for rule in component.when
        )
        shape = Excepted(shape, parts.optional(component.needs), rules)
    return Sourced(shape, parts.sources[component.source]) if component.source else shape


def compile_evidence(parts: ComponentParts, name: str, shape: Shape) -> Evidence | None:
    """The evidence of a component, whose `shape` is compiled; None when it always has all."""
    if not any(each.evidence or each.has_own_evidence() for each in with_parts(parts.model, name)):
        return None
    factors = parts.model.components[name].evidence
    return Evidence(shape, tuple(Factor(parts.signals[factor.signal], factor) for factor in factors))
