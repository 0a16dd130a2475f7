"""Rules, routes and sinks in words, for people who check a file. Plain text; names are those of the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from alerts.lifecycle.schema import (
    ConditionRule,
    Digest,
    DropRule,
    FlagRule,
    ForecastRule,
    Match,
    MrrRule,
    Only,
    Quiet,
    Route,
    Rule,
    TierRule,
    Volume,
)
from alerts.text import money
from scoring.instants import duration_words, parse_duration
from scoring.model.schema.rules import conditions_text

_WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
_WEEK = (*_WORKDAYS, "sat", "sun")


def condition_words(rule: Rule) -> str:
    """When a rule opens a case.

    >>> condition_words(DropRule(points=15, within="24h"))
    'the score fell by more than 15 points within 1 day'
    """
    match rule:
        case TierRule():
            tiers = ", ".join(f"{tier} ({severity})" for tier, severity in rule.severities.items())
            return f"the account is in {tiers}; over {rule.margin:g} points above the bound"
        case DropRule():
            return f"the score fell by more than {rule.points:g} points within {_span(rule.within)}"
        case FlagRule():
            return f"one of these holds: {', '.join(rule.flags)}"
        case ConditionRule():
            return conditions_text(rule.when)
        case MrrRule():
            more = f" by more than {rule.share:.0%}" if rule.share else ""
            return f"MRR {rule.direction}{more} within {_span(rule.within)}"
        case ForecastRule():
            near = f"looked at within {rule.near:g} points of the bound"
            return f"without any event it is {' or '.join(rule.tiers)} within {_span(rule.lead)}; {near}"
        case _:
            assert_never(rule)


def only_words(only: Only) -> str:
    """For which accounts a rule is.

    >>> only_words(Only(tiers=("red",), min_mrr=500))
    'red; MRR from 500'
    """
    return _joined(
        [
            " or ".join(only.tiers),
            f"MRR from {money(only.min_mrr)}" if only.min_mrr else "",
            *_trait_words(only.traits),
        ]
    )


def timing_words(rule: Rule) -> str:
    """Dwells and the time to act."""
    times = dict(rule.escalations) if isinstance(rule, TierRule) else {}
    escalations = [f"{tier} after {_span(after)}" for tier, after in times.items()]
    if rule.escalate_after:
        escalations.append(f"after {_span(rule.escalate_after)}")
    calendar = f" of {rule.calendar}" if rule.calendar else ""
    return _joined(
        [
            f"once it held {_span(rule.dwell)}" if rule.dwell else "at once",
            f"over once it was gone {_span(rule.exit_dwell)}" if rule.exit_dwell else "",
            f"escalates {', '.join(escalations)}{calendar}" if escalations else "",
            "" if rule.guarded else "not held back by fleet alarms",
        ]
    )


def match_words(match: Match) -> str:
    """Which steps a route takes.

    >>> match_words(Match()), match_words(Match(severities=("critical",), min_mrr=500))
    ('all', 'critical; MRR from 500')
    """
    said = _joined(
        [
            f"of {', '.join(match.rules)}" if match.rules else "",
            " or ".join(match.severities),
            f"in {' or '.join(match.tiers)}" if match.tiers else "",
            " or ".join(match.steps),
            *_trait_words(match.traits),
            f"MRR from {money(match.min_mrr)}" if match.min_mrr else "",
        ]
    )
    return said or "all"


def volume_words(route: Route, zone: str) -> str:
    """When and how many messages a route sends; `zone` is that of the header."""
    return _joined(
        [
            _digest(route.digest, zone) if route.digest else "each at once",
            _quiet(route.quiet, zone) if route.quiet else "",
            f"more than {_volume(route.storm)} are one message" if route.storm else "",
            f"at most {_volume(route.rate)}" if route.rate else "",
        ]
    )


def _digest(digest: Digest, zone: str) -> str:
    return f"gathered for {_days(digest.days)} at {digest.at} {digest.zone or zone}"


def _quiet(quiet: Quiet, zone: str) -> str:
    return f"quiet {_days(quiet.days)} from {quiet.from_} to {quiet.to} {quiet.zone or zone}"


def _volume(volume: Volume) -> str:
    return f"{volume.messages} in {_span(volume.within)}"


def _days(days: tuple[str, ...]) -> str:
    if set(days) == set(_WEEK):
        return "every day"
    return "workdays" if set(days) == set(_WORKDAYS) else ", ".join(days)


def _trait_words(traits: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{trait} is {' or '.join(values)}" for trait, values in traits.items()]


def _span(text: str) -> str:
    return duration_words(parse_duration(text))


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)
