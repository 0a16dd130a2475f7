"""Rules that can never fire, and keys of rules without effect."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from math import floor, inf

from alerts.lifecycle.lint.finding import Finding, error, warning
from alerts.lifecycle.schema import (
    AlertRules,
    DropRule,
    FlagRule,
    ForecastRule,
    MrrRule,
    Rule,
    TicketSink,
    TierRule,
)
from alerts.step import SEVERITIES
from scoring.instants import duration_words, parse_duration
from scoring.model.model import Model
from scoring.model.score_bounds import score_bounds

_ROUNDING = 1e-9


def findings(rules: AlertRules, model: Model) -> Iterator[Finding]:
    """In the order of the file."""
    scores = _Scores(model)
    # The tier that `only` looks at follows the score late where a tier rule has margins and dwells.
    scores.is_exact = not any(isinstance(rule, TierRule) for rule in rules.rules.values())
    first = next((name for name, rule in rules.rules.items() if isinstance(rule, TierRule)), "")
    for name, rule in rules.rules.items():
        key = f"rules.{name}"
        yield from _only(key, rule, scores, is_level=name == first)
        yield from _times(key, rule, scores)
        match rule:
            case TierRule():
                yield from _tier(key, rule, scores)
            case ForecastRule():
                yield from _forecast(key, rule, scores)
            case DropRule():
                yield from _drop(key, rule, scores)
            case FlagRule():
                yield from _floors(key, rule, model, scores)
            case _:
                pass
    yield from _unused(rules)


class _Scores:
    """The tiers of a model, worst first, and the scores that it can make."""

    def __init__(self, model: Model) -> None:
        bounds = score_bounds(model)
        self.is_exact = False
        self.tiers = [tier.name for tier in model.tiers]
        self.lowers = [tier.lower for tier in model.tiers]
        self.lowest = min(each.lower for each in bounds)
        self.highest = max(each.upper for each in bounds)
        uppers = [*self.lowers[1:], inf]
        self.reached = [
            name
            for name, lower, upper in zip(self.tiers, self.lowers, uppers, strict=True)
            if any(each.upper > lower - _ROUNDING and each.lower < upper - _ROUNDING for each in bounds)
        ]

    def worst(self, names: tuple[str, ...]) -> int:
        """The number of the worst of some tiers."""
        return min(self.tiers.index(name) for name in names)


def _only(key: str, rule: Rule, scores: _Scores, *, is_level: bool) -> Iterator[Finding]:
    """`is_level`: the tier that `only` looks at is the one that this rule works out."""
    tiers = rule.only.tiers
    if tiers and not set(tiers) & set(scores.reached):
        yield error(f"{key}.only.tiers", f"no score is ever in {_any(tiers)}, so it never fires; name another tier")
    if isinstance(rule, TierRule) and is_level and tiers:
        if not set(tiers) & set(rule.severities):
            words = f"none of its severities is for {_any(tiers)}, so it never fires; give one of them a severity"
            yield error(f"{key}.only.tiers", words)
        elif left := [name for name in rule.severities if name not in tiers]:
            words = f"its severity has no effect, since only.tiers leaves {left[0]!r} out; name it there, or leave this"
            yield warning(f"{key}.severities.{left[0]}", f"{words} out")


def _times(key: str, rule: Rule, scores: _Scores) -> Iterator[Finding]:
    """A rule about a span is over when what it is measured from leaves the span."""
    escalates = rule.escalate_after or (isinstance(rule, TierRule) and rule.escalations)
    if rule.calendar and not escalates:
        words = "a calendar is for the time to act, and there is none; add escalate_after, or leave it out"
        yield warning(f"{key}.calendar", words)
    if rule.severity == "good" and rule.escalate_after:
        words = "good news that nobody acted on would escalate; leave it out"
        yield warning(f"{key}.escalate_after", words)
    if isinstance(rule, DropRule | MrrRule) and rule.dwell:
        within, dwell = parse_duration(rule.within), parse_duration(rule.dwell)
        if dwell >= within:
            words = f"what changed at once is over after {duration_words(within)} (within), before it held that long"
            yield warning(f"{key}.dwell", f"{words}; write a shorter one")
        if isinstance(rule, DropRule) and dwell >= within * floor((scores.highest - scores.lowest) / rule.points):
            words = "no score has so far to fall that a drop could hold that long, so it never fires"
            yield error(f"{key}.dwell", f"{words}; write a shorter one")


def _tier(key: str, rule: TierRule, scores: _Scores) -> Iterator[Finding]:
    told = [name for name in scores.tiers if name in rule.severities]
    if not set(told) & set(scores.reached):
        words = f"no score is ever in {_any(told)}, so it never fires; give another tier a severity"
        yield error(f"{key}.severities", words)
    for worse, better in itertools.pairwise(told):
        if SEVERITIES.index(rule.severities[worse]) > SEVERITIES.index(rule.severities[better]):
            words = f"{worse!r} is worse than {better!r} but matters less; exchange them"
            yield warning(f"{key}.severities.{worse}", words)
    leaves = scores.lowers[len(told)] + rule.margin
    if leaves > scores.highest + _ROUNDING:
        words = f"a case is resolved from {leaves:g} points on, and no score is above {scores.highest:.4g}"
        yield warning(f"{key}.margin", f"{words}, so none ever is; write a smaller one")
    for number in range(1, len(told)):
        width = scores.lowers[number + 1] - scores.lowers[number]
        if rule.margin > width:
            words = f"it is more than the tier {scores.tiers[number]!r} is wide ({width:g} points), so an account that"
            yield warning(f"{key}.margin", f"{words} rises out of it is still in a worse one; write at most {width:g}")


def _forecast(key: str, rule: ForecastRule, scores: _Scores) -> Iterator[Finding]:
    if not set(rule.tiers) & set(scores.reached):
        yield error(f"{key}.tiers", f"no score is ever in {_any(rule.tiers)}, so it never fires; name another tier")
    if (
        scores.is_exact
        and rule.only.tiers
        and max(map(scores.tiers.index, rule.only.tiers)) <= scores.worst(rule.tiers)
    ):
        words = f"from {_any(rule.only.tiers)} no account falls into {_any(rule.tiers)}, so it never fires"
        yield error(f"{key}.only.tiers", f"{words}; name a better tier")
    for field in ("dwell", "exit_dwell"):
        if getattr(rule, field):
            words = "a forecast is looked at once a day, so this has no effect; leave it out, or change lead"
            yield warning(f"{key}.{field}", words)


def _drop(key: str, rule: DropRule, scores: _Scores) -> Iterator[Finding]:
    """The score after a drop is in one of `only.tiers`, so at least at the lower bound of one."""
    lowest = scores.lowest
    if scores.is_exact and rule.only.tiers:
        lowest = max(lowest, scores.lowers[scores.worst(rule.only.tiers)])
    if rule.points >= scores.highest - lowest:
        words = f"scores are from {lowest:.4g} to {scores.highest:.4g} there, so none falls by more"
        yield error(f"{key}.points", f"{words}, and it never fires; write less")


def _floors(key: str, rule: FlagRule, model: Model, scores: _Scores) -> Iterator[Finding]:
    """A floor holds the score at or below its `to`, so that no better tier is left."""
    if not scores.is_exact or not rule.only.tiers or any(name not in model.floors for name in rule.flags):
        return
    least = min(tier.lower for tier in model.tiers if tier.name in rule.only.tiers)
    if all(model.floors[name].to < least for name in rule.flags):
        words = f"while one of its floors holds, no score is in {_any(rule.only.tiers)}, so it never fires"
        yield error(f"{key}.only.tiers", f"{words}; name a worse tier")


def _unused(rules: AlertRules) -> Iterator[Finding]:
    calendars = {rule.calendar for rule in rules.rules.values()}
    for name in rules.calendars:
        if name not in calendars:
            yield warning(f"calendars.{name}", "no rule refers to it; leave it out, or write calendar in a rule")
    named = {name for route in rules.routes.values() for name in route.to}
    named |= {rule.ticket for rule in rules.rules.values()}
    for name, sink in rules.sinks.items():
        if name not in named and type(sink).__name__ != "ScoreSink":
            where = "in a rule's ticket, or " if isinstance(sink, TicketSink) else ""
            yield warning(f"sinks.{name}", f"no route leads to it; name it {where}in a route's to, or leave it out")


def _any(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join(map(repr, names))
