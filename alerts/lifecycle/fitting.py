"""Fits the rules that ship with Vitals to a model: tiers by their place, and without what the model does not have.

A user's own file is never changed: there, what the model lacks is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Only,
    Rule,
    TierRule,
)
from scoring.model.model import Model

WORST, BETWEEN, BEST = "red", "yellow", "green"
"""What the shipped rules call tiers."""
Tiers = Mapping[str, Sequence[str]]


def fitted(rules: AlertRules, model: Model) -> tuple[AlertRules, tuple[str, ...]]:
    """The rules for a model, and what is left out: «key: why». Routes of the shipped rules name no rule."""
    tiers = _meant(model)
    notes: list[str] = []
    traits = {trait: name for trait, name in rules.traits.items() if _has_text(model, name)}
    notes += [
        f"traits.{trait}: the model has no text signal {name!r}"
        for trait, name in rules.traits.items()
        if trait not in traits
    ]
    kept: dict[str, Rule] = {}
    for name, rule in rules.rules.items():
        if lacks := [*_lacking(rule, model), *(f"trait {each!r}" for each in rule.only.traits if each not in traits)]:
            notes.append(f"rules.{name}: the model has no {', no '.join(lacks)}")
        elif (with_tiers := _with_tiers(rule, tiers)) is None:
            notes.append(f"rules.{name}: the model has too few tiers")
        else:
            kept[name] = with_tiers
    return msgspec.structs.replace(rules, rules=kept, traits=traits), tuple(notes)


def _meant(model: Model) -> Tiers:
    """Which tiers of the model each of the three words stands for."""
    names = [tier.name for tier in model.tiers]
    if {WORST, BETWEEN, BEST} <= set(names):
        return {name: [name] for name in names}
    return {WORST: names[:1], BETWEEN: names[1:-1], BEST: names[1:][-1:]}


def _has_text(model: Model, name: str) -> bool:
    return name in model.signals and model.signals[name].nature() == "text"


def _lacking(rule: Rule, model: Model) -> list[str]:
    """What the rule looks at and the model does not have, in words."""
    lacks: list[str] = []
    if isinstance(rule, ConditionRule):
        lacks += [f"signal {each.signal!r}" for each in rule.when if each.signal not in model.signals]
    if isinstance(rule, FlagRule):
        lacks += [f"flag {name!r}" for name in rule.flags if name not in model.flags and name not in model.floors]
    if (isinstance(rule, MrrRule) or rule.only.min_mrr) and "mrr" not in model.signals:
        lacks.append("signal 'mrr'")
    return list(dict.fromkeys(lacks))


def _with_tiers(rule: Rule, tiers: Tiers) -> Rule | None:
    """The rule with the model's tiers; None when none is left where it names some."""
    only = _tiers_of(rule.only.tiers, tiers)
    if rule.only.tiers and not only:
        return None
    changed: Rule = msgspec.structs.replace(rule, only=_only(rule.only, only))
    if isinstance(changed, TierRule):
        severities, escalations = _by_tier(changed.severities, tiers), _by_tier(changed.escalations, tiers)
        return msgspec.structs.replace(changed, severities=severities, escalations=escalations) if severities else None
    if isinstance(changed, ForecastRule):
        fallen = _tiers_of(changed.tiers, tiers)
        return msgspec.structs.replace(changed, tiers=fallen) if fallen else None
    return changed


def _only(only: Only, tiers: tuple[str, ...]) -> Only:
    return msgspec.structs.replace(only, tiers=tiers) if only.tiers else only


def _tiers_of(named: Iterable[str], tiers: Tiers) -> tuple[str, ...]:
    return tuple(tier for name in named for tier in tiers.get(name, ()))


def _by_tier(table: Mapping[str, str], tiers: Tiers) -> dict[str, str]:
    return {tier: value for name, value in table.items() for tier in tiers.get(name, ())}
