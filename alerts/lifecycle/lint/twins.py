"""Rules that fire together: one event would be two messages."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from alerts.lifecycle.lint.finding import Finding, warning
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Only,
    Rule,
    TierRule,
)
from alerts.step import SEVERITIES, Severity
from scoring.instants import parse_duration
from scoring.model import schema
from scoring.model.checks.regions import implies, together
from scoring.model.model import Model

Conditions = tuple[schema.Condition, ...]


def findings(rules: AlertRules, model: Model) -> Iterator[Finding]:
    """For each pair of rules, of which one holds whenever the other does."""
    for (one, first), (other, second) in itertools.combinations(rules.rules.items(), 2):
        there, back = _within(first, second, model), _within(second, first, model)
        if there and back:
            words = f"it always fires together with rules.{one}, so each case would be two; leave one of them out"
            yield warning(f"rules.{other}", words)
        elif there and not _is_stage(first, second):
            yield _follows(one, other)
        elif back and not _is_stage(second, first):
            yield _follows(other, one)
        elif not there and not back and (common := _common_flag(first, second)):
            words = f"rules.{one} is for the flag {common!r}, too, so it would be two cases; leave it out of one"
            yield warning(f"rules.{other}.flags", words)


def _follows(one: str, other: str) -> Finding:
    words = f"whenever it fires, rules.{other} fires, too, and matters no less; leave one of them out, or give this one"
    return warning(f"rules.{one}", f"{words} a worse severity")


def _is_stage(one: Rule, other: Rule) -> bool:
    """Whether the stricter rule matters more: a second stage, which is meant."""
    return SEVERITIES.index(_severity(one)) < SEVERITIES.index(_severity(other))


def _severity(rule: Rule) -> Severity:
    return min(rule.severities.values(), key=SEVERITIES.index) if isinstance(rule, TierRule) else rule.severity


def _within(one: Rule, other: Rule, model: Model) -> bool:
    """Whether `other` has a case whenever `one` has."""
    return _is_narrower(one.only, other.only) and _span(one.dwell) >= _span(other.dwell) and _implies(one, other, model)


def _is_narrower(one: Only, other: Only) -> bool:
    return (
        (not other.tiers or (bool(one.tiers) and set(one.tiers) <= set(other.tiers)))
        and one.min_mrr >= other.min_mrr
        and all(trait in one.traits and set(one.traits[trait]) <= set(other.traits[trait]) for trait in other.traits)
    )


def _implies(one: Rule, other: Rule, model: Model) -> bool:
    match one, other:
        case TierRule(), TierRule():
            return set(one.severities) <= set(other.severities) and one.margin >= other.margin
        case DropRule(), DropRule():
            return one.points >= other.points and _span(one.within) <= _span(other.within)
        case MrrRule(), MrrRule():
            is_alike = one.direction == other.direction and one.share >= other.share
            return is_alike and _span(one.within) <= _span(other.within)
        case ForecastRule(), ForecastRule():
            is_alike = set(one.tiers) <= set(other.tiers) and one.near <= other.near
            return is_alike and _span(one.lead) <= _span(other.lead)
        case FlagRule(), FlagRule():
            return set(one.flags) <= set(other.flags)
        case ((ConditionRule() | FlagRule()), (ConditionRule() | FlagRule())):
            wanted = _conditions(other, model)
            return all(any(_hold(model, given, each) for each in wanted) for given in _conditions(one, model))
        case _:
            return False


def _conditions(rule: ConditionRule | FlagRule, model: Model) -> list[Conditions]:
    """The sets of conditions, of which one must hold."""
    if isinstance(rule, ConditionRule):
        return [rule.when]
    tables: Mapping[str, schema.Flag | schema.Floor] = {**model.flags, **model.floors}
    return [tables[name].when for name in rule.flags]


def _hold(model: Model, given: Conditions, wanted: Conditions) -> bool:
    return implies(together(model.signals, given), together(model.signals, wanted))


def _common_flag(one: Rule, other: Rule) -> str:
    """A flag that both rules are for, "" for none; rules for other accounts have none."""
    if not isinstance(one, FlagRule) or not isinstance(other, FlagRule):
        return ""
    if one.only.tiers and other.only.tiers and not set(one.only.tiers) & set(other.only.tiers):
        return ""
    for trait, values in one.only.traits.items():
        if trait in other.only.traits and not set(values) & set(other.only.traits[trait]):
            return ""
    return next((name for name in one.flags if name in other.flags), "")


def _span(text: str) -> int:
    return parse_duration(text) if text else 0
