"""Checks of `[routes.NAME]`."""

from __future__ import annotations

from typing import get_args

from alerts.lifecycle.checks.names import GUARD, RESERVED
from alerts.lifecycle.checks.rules import check_has_mrr
from alerts.lifecycle.checks.values import (
    DAY,
    MINUTE,
    check_days,
    check_different,
    check_known,
    check_span,
    check_time,
    check_zone,
)
from alerts.lifecycle.schema import AlertRules, Match, Quiet, Route, ScoreSink, Volume
from alerts.step import StepKind
from scoring.model.model import Model
from scoring.model.rule_checks import ModelRuleError, check_not_empty, check_within

MESSAGES_MAX = 10_000
_STEPS = tuple(kind for kind in get_args(StepKind) if kind != "none")


def check_routes(rules: AlertRules, model: Model) -> None:
    """Check all routes: each leads to sinks that take alerts, and takes something that the routes before it leave.

    Raises:
        ModelRuleError: when one breaks a rule.
    """
    earlier: dict[str, Route] = {}
    for name, route in rules.routes.items():
        key = f"routes.{name}"
        _check_to(f"{key}.to", route, rules)
        _check_match(f"{key}.match", route.match, rules, model)
        if route.digest is not None:
            check_time(f"{key}.digest.at", route.digest.at)
            check_days(f"{key}.digest.days", route.digest.days)
            check_zone(f"{key}.digest.zone", route.digest.zone)
        if route.quiet is not None:
            _check_quiet(f"{key}.quiet", route.quiet)
        _check_volume(f"{key}.storm", route.storm)
        _check_volume(f"{key}.rate", route.rate)
        for other, each in earlier.items():
            if not each.continue_ and takes_all_of(each.match, route.match):
                words = f"it can never be reached: routes.{other}, before it, takes all that it would"
                fix = f"move it up, or write continue = true in routes.{other}"
                raise ModelRuleError(key, f"{words}; {fix}")
        earlier[name] = route


def takes_all_of(one: Match, other: Match) -> bool:
    """Whether `one` takes every step that `other` takes.

    >>> takes_all_of(Match(), Match(rules=("tier",))), takes_all_of(Match(rules=("tier",)), Match())
    (True, False)
    """
    lists = (
        (one.rules, other.rules),
        (one.severities, other.severities),
        (one.tiers, other.tiers),
        (one.steps, other.steps),
        *((values, other.traits.get(trait, ())) for trait, values in one.traits.items()),
    )
    return one.min_mrr <= other.min_mrr and all(
        not taken or (bool(wanted) and set(wanted) <= set(taken)) for taken, wanted in lists
    )


def _check_to(key: str, route: Route, rules: AlertRules) -> None:
    check_not_empty(key, route.to, "it leads nowhere; name a sink, or write ['none'] to tell nobody")
    check_different(key, route.to)
    for name in route.to:
        check_known(key, name, "sink", (*RESERVED, *rules.sinks))
        if isinstance(rules.sinks.get(name), ScoreSink):
            words = f"{name!r} is a sink of kind 'scores', which takes no alerts; name another"
            raise ModelRuleError(key, words)
    if "none" in route.to and len(route.to) > 1:
        raise ModelRuleError(key, "'none' tells nobody, so it stands alone; leave it out, or the others")


def _check_match(key: str, match: Match, rules: AlertRules, model: Model) -> None:
    for name in match.rules:
        check_known(f"{key}.rules", name, "rule", (*rules.rules, GUARD))
    for name in match.tiers:
        check_known(f"{key}.tiers", name, "tier of the model", (tier.name for tier in model.tiers))
    for name in match.steps:
        check_known(f"{key}.steps", name, "step that is sent", _STEPS)
    for trait, values in match.traits.items():
        check_known(f"{key}.traits.{trait}", trait, "trait", rules.traits)
        check_not_empty(f"{key}.traits.{trait}", values, "the list is empty, so it takes nothing; name a text")
    for field in ("rules", "severities", "tiers", "steps"):
        check_different(f"{key}.{field}", getattr(match, field))
    check_within(f"{key}.min_mrr", match.min_mrr, 0, 1e12, "an MRR")
    if match.min_mrr:
        check_has_mrr(f"{key}.min_mrr", model)


def _check_quiet(key: str, quiet: Quiet) -> None:
    check_time(f"{key}.from", quiet.from_)
    check_time(f"{key}.to", quiet.to)
    check_days(f"{key}.days", quiet.days)
    check_zone(f"{key}.zone", quiet.zone)
    if quiet.from_ == quiet.to:
        raise ModelRuleError(f"{key}.to", f"from and to are both {quiet.to}; for all day, take a digest; change one")


def _check_volume(key: str, volume: Volume | None) -> None:
    if volume is not None:
        check_within(f"{key}.messages", volume.messages, 1, MESSAGES_MAX, "the number of messages")
        check_span(f"{key}.within", volume.within, MINUTE, DAY)
