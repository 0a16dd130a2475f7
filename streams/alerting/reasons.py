"""The sentences of `vitals alerts why`: what a reason, a delivery, a rule or a state means. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from alerts.delivery_record import DeliveryRecord
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
from alerts.step import AlertStep, Reason
from alerts.step_words import OVER
from alerts.text import money, points
from scoring.model.model import Model
from scoring.result import ScoreSnapshot

_SUPPRESSED: dict[Reason, str] = {
    "hysteresis": "the score crossed a bound, but not far enough beyond it to count",
    "dwell": "it has not held long enough to count",
    "snooze": "it is snoozed",
    "guard": "a fleet alarm is on: a feed stopped, or the whole fleet fell together, which is no news of one",
    "provisional": "little is known of the account yet",
    "settling": "it is the account's first day, when its past may still be arriving",
    "backfill": "it came of old events that were imported",
    "norm": "only the cohort norm moved",
    "model": "only the model changed",
    "standing": "the account is in a standing, such as churned",
    "rule_changed": "the rules changed",
    "filter": "the rule is for other accounts",
    "covered": "the message about its tier, of the same moment, says it",
    "repeat": "the case was open already, and nothing got worse",
}
_TOLD: dict[Reason, str] = {
    "first": "its case opened",
    "worse": "it got worse",
    "better": "it got better",
    "escalated": "nobody acted in time",
    "resolved": "its case is over",
    "retracted": "a late event took it back",
    "action": "the case's message is brought up to date, without one of its own",
    "summary": "a snooze ended",
    "after_outage": "an outage held it back until then",
}
_DELIVERED = {
    "delivered": "delivered by the route {route} to {sink}",
    "in_digest": "in a digest of the route {route} to {sink}",
    "in_storm": "in one message about many, since too many came at once, of the route {route} to {sink}",
    "in_summary": "in a summary of the route {route} to {sink}",
    "duplicate": "delivered by the route {route} to {sink} before, so not again",
    "refused": "refused by {sink} of the route {route}",
    "no_route": "no route takes it, so nobody got it",
    "muted_route": "the route {route} records it and tells nobody",
    "not_shown": "not of a kind that {sink} of the route {route} shows",
    "before_route": "older than the route {route}, so not sent",
    "stale": "too old when the route {route} got to it, so not sent",
}
_HELD = {
    "quiet": "quiet hours",
    "storm": "a storm",
    "rate": "the route's rate",
    "digest": "its digest",
    "outage": "an outage",
    "sink": "the sink, which did not answer",
}


def because(step: AlertStep) -> str:
    """Why a step was sent or suppressed, as a clause."""
    words = _SUPPRESSED.get(step.reason)
    if words is None:
        return _TOLD.get(step.reason, step.reason)
    if step.reason == "snooze":
        words += f"{f' by {step.by}' if step.by else ''}{f' until {step.until}' if step.until else ''}"
    elif step.reason == "dwell" and step.until:
        words += f": it would on {step.until}"
    elif step.reason == "covered" and step.status in OVER:
        words = "nothing was sent about this case: a message about the tier said it"
    elif step.reason == "guard" and step.outage:
        words += f" (alarm {step.outage})"
    return words


def delivery(record: DeliveryRecord) -> str:
    """What became of a step on a route, as a clause."""
    words = _DELIVERED[record.outcome].format(route=record.route or "–", sink=record.sink or "–")
    if record.held_by:
        words += f" on {record.at}, after waiting for {_HELD.get(record.held_by, record.held_by)}"
    elif record.outcome not in ("no_route", "muted_route"):
        words += f" on {record.at}"
    return f"{words}: {record.why}" if record.why else words


def open_case(rule: str, status: str, opened_at: str, by: str, assignee: str, until: str) -> str:
    """A case that is open, as a sentence that says why it is quiet."""
    whose = f", {assignee} has it" if assignee else ""
    match status:
        case "acknowledged":
            rest = f"{f'{by} has' if by else 'it is'} acknowledged{' it' if by else ''}, so it does not escalate"
        case "snoozed":
            rest = f"it is snoozed{f' by {by}' if by else ''}{f' until {until}' if until else ''}"
        case "escalated":
            rest = "it has escalated, since nobody acted"
        case _:
            rest = f"nobody has acted{f', and it escalates on {until}' if until else ''}"
    return f"The case of the rule {rule} is open since {opened_at}{whose}: {rest}. It is updated, not repeated."


def account_notes(snapshot: ScoreSnapshot) -> Iterator[str]:
    """What keeps the account as it is now from being told about."""
    if snapshot.standing:
        yield f"The account is {snapshot.standing}, which opens no case."
    elif snapshot.score is None:
        yield "The account has no score, so no rule about scores is about it."
    if snapshot.provisional:
        yield "Its score is provisional, and provisional scores open no case."
    for source, since in snapshot.stale.items():
        yield f"The feed {source} has been stopped since {since}: what depends on it is frozen, and held rules wait."
    if snapshot.override is not None:
        yield f"{snapshot.override.author} has set its score by hand; rules look at that score."


def band(rules: AlertRules, model: Model, score: float | None, tier: str) -> str:
    """Where the score lies between the bounds of the tier rule, and what would make it speak; "" without either."""
    rule = next((each for each in rules.rules.values() if isinstance(each, TierRule)), None)
    lows = {each.name: each.lower for each in model.tiers}
    if rule is None or score is None or tier not in lows:
        return ""
    ordered = sorted(lows, key=lambda name: lows[name])
    place = ordered.index(tier)
    parts = [f"The score {points(score)} is {tier}"]
    if place:
        worse = ordered[place - 1]
        told = f"opens a case or makes it worse ({worse})" if worse in rule.severities else f"is {worse}"
        dwell = f", once it held for {rule.dwell}" if rule.dwell and worse in rule.severities else ""
        parts.append(f"below {points(lows[tier])} it {told}{dwell}")
    if place + 1 < len(ordered) and tier in rule.severities:
        better = ordered[place + 1]
        dwell = f", once it held for {rule.exit_dwell}" if rule.exit_dwell else ""
        parts.append(f"from {points(min(100.0, lows[better] + rule.margin))} on it counts as {better}{dwell}")
    return "; ".join(parts) + "."


def kind_of(rule: Rule) -> str:
    """The kind of a rule, as its table names it."""
    return str(rule.__struct_config__.tag)


def quiet(rules: AlertRules, rule: Rule, snapshot: ScoreSnapshot) -> str:
    """Why a rule without a case says nothing about the account as it is now, as a clause."""
    if unfit := _unfit(rules, rule.only, snapshot):
        return unfit
    if snapshot.standing:
        return f"the account is {snapshot.standing}"
    if snapshot.provisional:
        return "its score is provisional"
    match rule:
        case TierRule():
            if snapshot.score is None:
                return "it has no score"
            if snapshot.tier not in rule.severities:
                return f"its tier is {snapshot.tier}, the rule is about {_or(tuple(rule.severities))}"
            return f"it is {snapshot.tier}, and a case would open when it gets worse, or when it held for the dwell"
        case DropRule():
            return f"its score did not fall by more than {points(rule.points)} points within {rule.within}"
        case FlagRule():
            held = [name for name in rule.flags if name in snapshot.flags]
            return f"{_or(held)} holds, but did when the rule began" if held else f"no {_or(rule.flags)} holds"
        case ConditionRule():
            return "its conditions do not all hold, or held when the rule began"
        case MrrRule():
            return f"its MRR did not change by more than {rule.share:.0%} within {rule.within}"
        case ForecastRule():
            if snapshot.tier in rule.tiers:
                return f"it is {snapshot.tier} already"
            away = f"more than {points(rule.near)} points away from it"
            return f"it is not about to be {_or(rule.tiers)} within {rule.lead}, or {away}"
        case _:
            assert_never(rule)


def _unfit(rules: AlertRules, only: Only, snapshot: ScoreSnapshot) -> str:
    if only.tiers and snapshot.tier not in only.tiers:
        return f"its tier is {snapshot.tier or 'none'}, the rule is for {_or(only.tiers)}"
    if only.min_mrr and snapshot.mrr is None:
        return f"its MRR is unknown, the rule is for {money(only.min_mrr)} and more"
    if only.min_mrr and (snapshot.mrr or 0.0) < only.min_mrr:
        return f"its MRR is {money(snapshot.mrr or 0.0)}, the rule is for {money(only.min_mrr)} and more"
    for trait, values in only.traits.items():
        value = snapshot.facts.get(rules.traits.get(trait, trait))
        if value not in values:
            return f"its {trait} is {'unknown' if value is None else value}, the rule is for {_or(values)}"
    return ""


def _or(names: Sequence[str]) -> str:
    """«a», «a or b», «a, b or c».

    >>> _or(["a"]), _or(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
