"""Routes that take nothing or send twice, and steps that no route takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

from alerts.lifecycle.checks.names import GUARD
from alerts.lifecycle.lint.finding import Finding, error, warning
from alerts.lifecycle.schema import AlertRules, Match, Quiet, Route, Rule, TierRule
from alerts.step import Severity, StepKind
from scoring.model.model import Model

LEAST_OPEN_MINUTES = 60
"""Quiet hours that leave less of a day are a mistake."""
_DAY_MINUTES = 24 * 60
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OPENED = "opened"
_STEPS = tuple(kind for kind in get_args(StepKind) if kind != "none")
_OF_ACCOUNTS = ("snoozed", "snooze_ended")
"""The steps that belong to no rule: a whole account is snoozed."""
_OF_GUARD = ("opened", "changed", "resolved")
"""The steps of the guard's own alerts, which are critical and of no tier."""


class _Kind(NamedTuple):
    """A kind of step, as far as routes can tell: of which rule ("" for none), how severe, which step, in which tier."""

    rule: str
    severity: Severity
    step: str
    tier: str


def findings(rules: AlertRules, model: Model) -> Iterator[Finding]:
    """In the order of the routes; then the rules without a route."""
    kinds = _kinds(rules, model)
    routes = list(rules.routes.items())
    for number, (name, route) in enumerate(routes):
        taken = [kind for kind in kinds if _may_take(route.match, kind)]
        yield from _reach(name, [each for _, each in routes[:number]], taken)
        yield from _twice(name, route, routes[:number], taken)
        yield from _hours(name, route)
    yield from _untaken(rules, _opened(rules, model))
    yield from _unheard_guard(rules)
    if all(route.to == ("none",) for route in rules.routes.values()):
        yield warning("routes", "all routes lead to 'none', so nobody is ever told; name a sink in one of them")


def _kinds(rules: AlertRules, model: Model) -> list[_Kind]:
    """All kinds of steps. Tiers and steps differ only where some route tells them apart."""
    steps: Sequence[str] = _STEPS if any(route.match.steps for route in rules.routes.values()) else (_OPENED,)
    tiers = _told_tiers(rules, model)
    kinds = [
        _Kind(name, severity, step, tier)
        for name, rule in rules.rules.items()
        for severity, step, tier in itertools.product(_severities(rule), steps, tiers)
    ]
    kinds += [_Kind("", "info", step, tier) for step in _OF_ACCOUNTS for tier in tiers]
    return kinds + [_Kind(GUARD, "critical", step, "") for step in _OF_GUARD]


def _opened(rules: AlertRules, model: Model) -> list[_Kind]:
    """The kinds of steps that open a case, in the tiers that the rule is for."""
    tiers = _told_tiers(rules, model)
    return [
        _Kind(name, severity, _OPENED, tier)
        for name, rule in rules.rules.items()
        for severity in _severities(rule)
        for tier in _tiers(rule, severity, tiers)
    ]


def _told_tiers(rules: AlertRules, model: Model) -> list[str]:
    """The model's tiers, [""] where no route asks for one."""
    return [tier.name for tier in model.tiers] if any(r.match.tiers for r in rules.routes.values()) else [""]


def _severities(rule: Rule) -> list[Severity]:
    return list(dict.fromkeys(rule.severities.values())) if isinstance(rule, TierRule) else [rule.severity]


def _tiers(rule: Rule, severity: Severity, tiers: Sequence[str]) -> list[str]:
    """The tiers that an account may be in when the rule opens a case of this severity."""
    of_severity = [name for name in tiers if not isinstance(rule, TierRule) or rule.severities.get(name) == severity]
    return [name for name in of_severity if not rule.only.tiers or name in rule.only.tiers] if tiers != [""] else [""]


def _may_take(match: Match, kind: _Kind) -> bool:
    """Whether the route takes some step of this kind."""
    return (
        (not match.rules or kind.rule in match.rules)
        and (not match.severities or kind.severity in match.severities)
        and (not match.tiers or kind.tier in match.tiers)
        and (not match.steps or kind.step in match.steps)
    )


def _takes_all(match: Match, kind: _Kind) -> bool:
    """Whether the route takes every step of this kind, whatever the account."""
    return not match.traits and not match.min_mrr and _may_take(match, kind)


def _reach(name: str, earlier: Sequence[Route], taken: Sequence[_Kind]) -> Iterator[Finding]:
    if not taken:
        words = "no step is of these rules, severities, tiers and steps at once, so it never sends anything"
        yield error(f"routes.{name}.match", f"{words}; change one of them")
    elif all(any(not each.continue_ and _takes_all(each.match, kind) for each in earlier) for kind in taken):
        words = "it can never be reached: the routes before it take all that it would"
        yield error(f"routes.{name}", f"{words}; move it up, or write continue = true in them")


def _twice(name: str, route: Route, earlier: Sequence[tuple[str, Route]], taken: Sequence[_Kind]) -> Iterator[Finding]:
    for other, each in earlier:
        common = [sink for sink in route.to if sink in each.to and sink != "none"]
        if common and each.continue_ and any(_may_take(each.match, kind) for kind in taken):
            words = f"a step that routes.{other} takes, too, reaches {common[0]!r} twice; leave it out of one of them"
            yield warning(f"routes.{name}.to", words)


def _untaken(rules: AlertRules, opened: Sequence[_Kind]) -> Iterator[Finding]:
    """A case that opens must have a route, if it is one to 'none'."""
    untaken = [kind for kind in opened if not any(_may_take(route.match, kind) for route in rules.routes.values())]
    if opened and len(untaken) == len(opened):
        words = "no route takes any of the cases that these rules open, so nobody is ever told; add [routes.default]"
        yield error("routes", words)
        return
    for rule, severity in dict.fromkeys((kind.rule, kind.severity) for kind in untaken):
        of_it = [kind for kind in opened if (kind.rule, kind.severity) == (rule, severity)]
        where = [kind.tier for kind in of_it if kind in untaken]
        if len(where) == len(of_it):
            words = f"no route takes its cases of severity {severity!r}"
        else:
            words = f"no route takes its cases of severity {severity!r} in {' or '.join(map(repr, where))}"
        yield warning(f"rules.{rule}", f"{words}; add a route, such as one to ['none'], or leave it out")


def _unheard_guard(rules: AlertRules) -> Iterator[Finding]:
    """That a feed has stopped is an alert, too: without a route, nobody would learn why all others are held back."""
    opened = _Kind(GUARD, "critical", _OPENED, "")
    if rules.rules and not any(_may_take(route.match, opened) for route in rules.routes.values()):
        words = "no route takes the alerts of the guard, so nobody hears that a feed has stopped"
        words += f"; add a route with match = {{ rules = ['{GUARD}'] }}"
        yield warning("routes", words)


def _hours(name: str, route: Route) -> Iterator[Finding]:
    quiet, digest = route.quiet, route.digest
    if quiet is None:
        return
    opens, closes = _minutes(quiet.to), _minutes(quiet.from_)
    free = (closes - opens) % _DAY_MINUTES
    if free < LEAST_OPEN_MINUTES and set(quiet.days) == set(_WEEK):
        words = f"only {free} minutes of a day are left to send in; write fewer hours, or take a digest"
        yield warning(f"routes.{name}.quiet", words)
    if digest is not None and digest.zone == quiet.zone:
        days = [day for day in digest.days if _is_quiet(quiet, day, _minutes(digest.at))]
        if days:
            words = f"at {digest.at} on {days[0]} its quiet hours forbid to send; move one of them"
            yield warning(f"routes.{name}.digest.at", words)


def _is_quiet(quiet: Quiet, day: str, minute: int) -> bool:
    """Whether a minute of a day is in quiet hours that begin on it, or on the day before."""
    begins, ends = _minutes(quiet.from_), _minutes(quiet.to)
    if begins < ends:
        return day in quiet.days and begins <= minute < ends
    before = _WEEK[_WEEK.index(day) - 1]
    return (day in quiet.days and minute >= begins) or (before in quiet.days and minute < ends)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
