"""Fits the rules that ship with Vitals to a model: tiers by their place, and without what the model does not have.

A user's own file is never changed: there, what the model lacks is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from alerts.lifecycle.checks.rules import has_mrr
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
from scoring.model.checks.conditions import check_conditions
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError

WORST, BETWEEN, BEST = "red", "yellow", "green"
"""What the shipped rules call tiers."""
ALL = ("*",)
"""The flags of a rule that is for every flag and floor of the model."""
Tiers = Mapping[str, Sequence[str]]


def fitted(rules: AlertRules, model: Model) -> tuple[AlertRules, tuple[str, ...]]:
    """The rules for a model, and what is left out: «key: why». Routes of the shipped rules name no rule."""
    rules, tiers = with_flags(rules, model), _meant(model)
    notes: list[str] = []
    traits = {trait: name for trait, name in rules.traits.items() if _has_text(model, name)}
    notes += [
        f"traits.{trait}: the model has no text signal {name!r}"
        for trait, name in rules.traits.items()
        if trait not in traits
    ]
    kept: dict[str, Rule] = {}
    for name, rule in rules.rules.items():
        if lacks := [
            *_lacking(name, rule, model),
            *(f"trait {each!r}" for each in rule.only.traits if each not in traits),
        ]:
            notes.append(f"rules.{name}: the model has no {', no '.join(lacks)}")
        elif (with_tiers := _with_tiers(rule, tiers, model)) is None:
            notes.append(f"rules.{name}: the model has too few tiers")
        else:
            kept[name] = with_tiers
    return msgspec.structs.replace(rules, rules=kept, traits=traits), tuple(notes)


def with_flags(rules: AlertRules, model: Model) -> AlertRules:
    """The rules with all flags and floors of the model in the place of "*"; unchanged when it has none."""
    every = (*model.flags, *model.floors)
    changed: dict[str, Rule] = {
        name: msgspec.structs.replace(rule, flags=every) if isinstance(rule, FlagRule) and rule.flags == ALL else rule
        for name, rule in rules.rules.items()
    }
    return msgspec.structs.replace(rules, rules=changed) if every else rules


def _meant(model: Model) -> Tiers:
    """Which tiers of the model each of the three words stands for."""
    names = [tier.name for tier in model.tiers]
    return {WORST: names[:-1][:1], BETWEEN: names[1:-1], BEST: names[-1:]}


def _has_text(model: Model, name: str) -> bool:
    return name in model.signals and model.signals[name].nature() == "text"


def _lacking(name: str, rule: Rule, model: Model) -> list[str]:
    """What the rule looks at and the model does not have, in words."""
    lacks: list[str] = []
    if isinstance(rule, ConditionRule):
        lacks = list(dict.fromkeys(f"signal {each.signal!r}" for each in rule.when if each.signal not in model.signals))
        if not lacks and not _can_hold(name, rule, model):
            lacks = [f"signal {rule.when[0].signal!r} that it could look at"]
    if isinstance(rule, FlagRule):
        lacks = [f"flag {name!r}" for name in rule.flags if name not in model.flags and name not in model.floors]
        lacks = ["flag and no floor"] if rule.flags == ALL else lacks
    if (isinstance(rule, MrrRule) or rule.only.min_mrr) and not has_mrr(model):
        lacks.append("MRR")
    return lacks


def _can_hold(name: str, rule: ConditionRule, model: Model) -> bool:
    try:
        check_conditions(model, f"rules.{name}.when", rule.when)
    except ModelRuleError:
        return False
    return True


def _with_tiers(rule: Rule, tiers: Tiers, model: Model) -> Rule | None:
    """The rule with the model's tiers; None when none is left where it names some."""
    only = _tiers_of(rule.only.tiers, tiers)
    if rule.only.tiers and not only:
        return None
    changed: Rule = msgspec.structs.replace(rule, only=_only(rule.only, only))
    if isinstance(changed, TierRule):
        severities, escalations = _by_tier(changed.severities, tiers), _by_tier(changed.escalations, tiers)
        if not severities:
            return None
        leaves = model.tiers[len(severities)].lower
        margin = min(changed.margin, (100.0 - leaves) / 2)
        return msgspec.structs.replace(changed, severities=severities, escalations=escalations, margin=margin)
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
