"""The rules of `alerts.toml`, compiled for a model's tiers. Immutable; shared by all accounts."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, assert_never

import msgspec

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.kinds.base import CompiledRule
from alerts.lifecycle.kinds.drop import CompiledDrop
from alerts.lifecycle.kinds.forecast import CompiledForecast
from alerts.lifecycle.kinds.held import CompiledCondition, CompiledFlag
from alerts.lifecycle.kinds.ladder import Ladder
from alerts.lifecycle.kinds.mrr import CompiledMrr
from alerts.lifecycle.kinds.tier import CompiledTier
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Rule,
    TierRule,
)
from scoring.model.model import Tier
from scoring.model.schema.rules import Condition

AnyRule = CompiledRule[Any]


class Policy:
    """What decides the steps of every account.

    `identity` is a fingerprint of the rules, calendars, traits and tiers; not of routes, sinks and links. `watches` are
    the conditions of the rules of the kind "condition", by rule, and those on traits in `only`, so that an account is
    looked at when one of them changes. `flag_rules` are the flags of the rules of the kind "flag", by rule.
    `compiled` has tier rules first, the others in the file's order; `mark` is `identity` as a number, never 0.
    `bounds` are those of all rules: see `CompiledRule.bounds`. `tiers` are the model's. `tier_ladder` has the
    tiers' bounds where `only` looks at the tier of the score itself, because there is no tier rule; else it has none.
    """

    def __init__(self, rules: AlertRules, tiers: Sequence[Tier]) -> None:
        """`tiers` are the model's, worst first. `rules` must be checked: see `alerts.lifecycle.loader`."""
        self.rules = rules
        self.watches: dict[str, tuple[Condition, ...]] = {
            name: rule.when for name, rule in rules.rules.items() if isinstance(rule, ConditionRule)
        } | _trait_watches(rules)
        self.flag_rules: dict[str, frozenset[str]] = {
            name: frozenset(rule.flags) for name, rule in rules.rules.items() if isinstance(rule, FlagRule)
        }
        self.identity = _identity(rules, tiers)
        self.mark = int(self.identity[:8], 16) or 1
        compiled = [self._compile(name, rule, tiers) for name, rule in rules.rules.items()]
        self.compiled: tuple[AnyRule, ...] = tuple(sorted(compiled, key=lambda rule: rule.kind != "tier"))
        self.by_name = {rule.name: index for index, rule in enumerate(self.compiled)}
        is_by_score = all(rule.kind != "tier" for rule in compiled) and any(rule.rule.only.tiers for rule in compiled)
        self.bounds = tuple(sorted({bound for rule in compiled for bound in rule.bounds}))
        self.tiers = tuple(tiers)
        self.tier_ladder = Ladder(tier.lower for tier in tiers[1:]) if is_by_score else Ladder(())

    def _compile(self, name: str, rule: Rule, tiers: Sequence[Tier]) -> AnyRule:
        calendar = None
        if rule.calendar:
            calendar = OpenHours(self.rules.calendars[rule.calendar], self.rules.header.zone)
        match rule:
            case TierRule():
                return CompiledTier(name, rule, calendar, tiers)
            case DropRule():
                return CompiledDrop(name, rule, calendar)
            case FlagRule():
                return CompiledFlag(name, rule, calendar)
            case ConditionRule():
                return CompiledCondition(name, rule, calendar)
            case MrrRule():
                return CompiledMrr(name, rule, calendar)
            case ForecastRule():
                return CompiledForecast(name, rule, calendar, tiers)
            case _:
                assert_never(rule)


def _identity(rules: AlertRules, tiers: Sequence[Tier]) -> str:
    decides = (rules.header.zone, rules.rules, rules.calendars, rules.traits, tuple(tiers))
    return sha256(msgspec.json.encode(decides)).hexdigest()[:32]


def _trait_watches(rules: AlertRules) -> dict[str, tuple[Condition, ...]]:
    """The conditions on traits in `only`, each once, under names that no rule can have."""
    watches: dict[str, tuple[Condition, ...]] = {}
    for rule in rules.rules.values():
        for trait, values in rule.only.traits.items():
            condition = Condition(signal=rules.traits.get(trait, trait), is_=values)
            watches[f"{trait} is {' or '.join(values)}"] = (condition,)
    return watches
