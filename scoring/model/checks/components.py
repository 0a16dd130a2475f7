"""Checks of components: the needs of each shape, and no cycles of blends."""

from __future__ import annotations

from scoring.model import schema
from scoring.model.checks.conditions import check_condition, check_together
from scoring.model.model import Model
from scoring.model.rule_checks import (
    ModelRuleError,
    check_judgement,
    check_known_name,
    check_not_empty,
    check_weight,
    numbered,
)
from scoring.model.schema.signals.base import check_number


def check_component(model: Model, key: str, component: schema.Component) -> None:
    """Check one component.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    check_not_empty("components", key.removeprefix("components."), "a component has no name; write one")
    check_weight(f"{key}.weight", component.weight)
    if component.source:
        check_source(model, f"{key}.source", component.source)
    if component.needs:
        check_number(model.signals, f"{key}.needs", component.needs)
    for each_key, rule in numbered(f"{key}.when", component.when):
        check_judgement(f"{each_key}.judgement", rule.judgement)
        check_condition(model, each_key, rule)
        for and_key, condition in numbered(f"{each_key}.and", rule.and_):
            check_condition(model, and_key, condition)
        check_together(model, each_key, rule.conditions())
    if component.evidence and model.header.combine == "sum":
        words = "it is for model.combine = 'mean'; where points add up, every weight counts in full: leave it out"
        raise ModelRuleError(f"{key}.evidence", words)
    for each_key, factor in numbered(f"{key}.evidence", component.evidence):
        factor.check(model, each_key)
    component.check(model, key)


def check_source(model: Model, key: str, name: str) -> None:
    """Check that a component's source exists.

    Raises:
        ModelRuleError: when there is none of that name.
    """
    if not model.sources:
        raise ModelRuleError(key, f"the model has no source {name!r}; add [sources.{name}], or leave it out")
    check_known_name(key, name, "source", model.sources)


def check_cycles(model: Model) -> None:
    """Check that no blend is part of itself, directly or through others.

    Raises:
        ModelRuleError: when one is; it names the cycle.
    """
    done: set[str] = set()
    for name in model.components:
        _walk(model, name, (), done)


def _walk(model: Model, name: str, path: tuple[str, ...], done: set[str]) -> None:
    if name in path:
        circle = (*path[path.index(name) :], name)
        words = f"a blend cannot be part of itself: {' ▸ '.join(circle)}; remove one of these parts"
        raise ModelRuleError(f"components.{name}.parts", words)
    if name in done:
        return
    for part in model.components[name].part_weights():
        _walk(model, part, (*path, name), done)
    done.add(name)
