"""Checks of `[rules.NAME]`, by kind."""

from __future__ import annotations

from typing import assert_never

from alerts.lifecycle.checks.values import (
    DAY,
    HOUR,
    MINUTE,
    YEAR,
    check_different,
    check_known,
    check_link,
    check_span,
    check_span_or_none,
    check_text,
)
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Only,
    Rule,
    TicketSink,
    TierRule,
)
from scoring.model.checks.conditions import check_conditions
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_not_empty, check_within

MRR = "mrr"
"""The signal that is an account's MRR."""
DWELL_MAX, ESCALATE_MAX, DROP_MAX, MRR_MAX, LEAD_MAX = 90 * DAY, 90 * DAY, 30 * DAY, YEAR, 60 * DAY


def check_rule(key: str, rule: Rule, rules: AlertRules, model: Model) -> None:
    """Check a rule.

    Raises:
        ModelRuleError: when it breaks a rule, or names what is neither in the file nor in the model.
    """
    check_text(f"{key}.label", rule.label)
    check_text(f"{key}.action", rule.action)
    check_link(f"{key}.playbook", rule.playbook)
    check_span_or_none(f"{key}.dwell", rule.dwell, MINUTE, DWELL_MAX)
    check_span_or_none(f"{key}.exit_dwell", rule.exit_dwell, MINUTE, DWELL_MAX)
    check_span_or_none(f"{key}.escalate_after", rule.escalate_after, MINUTE, ESCALATE_MAX)
    if rule.calendar:
        check_known(f"{key}.calendar", rule.calendar, "calendar", rules.calendars)
    if rule.ticket:
        tickets = [name for name, sink in rules.sinks.items() if isinstance(sink, TicketSink)]
        check_known(f"{key}.ticket", rule.ticket, "sink of kind 'ticket'", tickets)
    _check_only(f"{key}.only", rule.only, rules, model)
    match rule:
        case TierRule():
            _check_tier(key, rule, model)
        case DropRule():
            if not 0 < rule.points < 100:
                raise ModelRuleError(f"{key}.points", f"{rule.points:g} must be above 0 and below 100; 15 is usual")
            check_span(f"{key}.within", rule.within, MINUTE, DROP_MAX)
        case FlagRule():
            check_not_empty(f"{key}.flags", rule.flags, "the list of flags is empty, so it never holds; name a flag")
            for name in rule.flags:
                check_known(f"{key}.flags", name, "flag or floor of the model", (*model.flags, *model.floors))
            check_different(f"{key}.flags", rule.flags)
        case ConditionRule():
            check_conditions(model, f"{key}.when", rule.when)
        case MrrRule():
            check_has_mrr(key, model)
            check_span(f"{key}.within", rule.within, HOUR, MRR_MAX)
            most = 1 if rule.direction == "fell" else 100
            if not 0 <= rule.share < most:
                words = f"{rule.share:g} must be at least 0 and below {most}, a share of what it was; change it"
                raise ModelRuleError(f"{key}.share", words)
        case ForecastRule():
            _check_forecast(key, rule, model)
        case _:
            assert_never(rule)


def has_mrr(model: Model) -> bool:
    """Whether the model knows an account's MRR."""
    return MRR in model.signals and model.signals[MRR].nature() == "number"


def _check_only(key: str, only: Only, rules: AlertRules, model: Model) -> None:
    tiers = [tier.name for tier in model.tiers]
    for name in only.tiers:
        check_known(f"{key}.tiers", name, "tier of the model", tiers)
    check_different(f"{key}.tiers", only.tiers)
    check_within(f"{key}.min_mrr", only.min_mrr, 0, 1e12, "an MRR")
    if only.min_mrr:
        check_has_mrr(f"{key}.min_mrr", model)
    for trait, values in only.traits.items():
        check_known(f"{key}.traits.{trait}", trait, "trait", rules.traits)
        check_not_empty(f"{key}.traits.{trait}", values, "the list is empty, so it never holds; name a text")


def _check_tier(key: str, rule: TierRule, model: Model) -> None:
    tiers = [tier.name for tier in model.tiers]
    check_not_empty(
        f"{key}.severities", rule.severities, f"no tier has a severity; write {{ {tiers[0]} = 'critical' }}"
    )
    for name, severity in rule.severities.items():
        each = f"{key}.severities.{name}"
        check_known(each, name, "tier of the model", tiers)
        if severity == "good":
            raise ModelRuleError(each, "'good' is for good news, and to be in a tier is none; take another severity")
    if tiers[-1] in rule.severities:
        words = f"{tiers[-1]!r} is the best tier, so a case would never be resolved; leave it out"
        raise ModelRuleError(f"{key}.severities.{tiers[-1]}", words)
    told = max(tiers.index(name) for name in rule.severities)
    for name in tiers[:told]:
        if name not in rule.severities:
            words = f"{name!r} is worse than {tiers[told]!r} but has no severity, so to fall into it would resolve the"
            raise ModelRuleError(f"{key}.severities", f"{words} case; give it one")
    for name, after in rule.escalations.items():
        if name not in rule.severities:
            words = f"the tier {name!r} has no severity, so no case of it escalates; give it one, or leave this out"
            raise ModelRuleError(f"{key}.escalations.{name}", words)
        check_span(f"{key}.escalations.{name}", after, MINUTE, ESCALATE_MAX)
    check_within(f"{key}.margin", rule.margin, 0, 100, "the margin")
    leaves = model.tiers[told + 1].lower + rule.margin
    if leaves > 100:
        words = f"a case would be resolved at {leaves:g} points ({model.tiers[told + 1].lower:g} and the margin)"
        raise ModelRuleError(f"{key}.margin", f"{words}, and no score is above 100; write a smaller one")


def _check_forecast(key: str, rule: ForecastRule, model: Model) -> None:
    tiers = [tier.name for tier in model.tiers]
    check_not_empty(f"{key}.tiers", rule.tiers, f"the list of tiers is empty; write [{tiers[0]!r}]")
    for name in rule.tiers:
        check_known(f"{key}.tiers", name, "tier of the model", tiers)
        if name == tiers[-1]:
            raise ModelRuleError(f"{key}.tiers", f"no account falls into {name!r}, the best tier; name a worse one")
    check_different(f"{key}.tiers", rule.tiers)
    check_span(f"{key}.lead", rule.lead, DAY, LEAD_MAX)
    if not 0 < rule.near <= 100:
        raise ModelRuleError(f"{key}.near", f"{rule.near:g} must be above 0 and at most 100 points; 10 is usual")


def check_has_mrr(key: str, model: Model) -> None:
    """Reject what is about MRR when the model knows none."""
    if not has_mrr(model):
        words = "the model has no MRR, so this never holds; add [signals.mrr] to the model, or leave this out"
        raise ModelRuleError(key, words)
