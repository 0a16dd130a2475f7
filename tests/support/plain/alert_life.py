"""The told life of alerts, plain and slow, from `docs/alerts.md`: tier rule, drop rule, acknowledgement, escalation.

It looks at the whole history at once: stretches of time in which a bound is breached, then the instants at which the
rule follows, then cases. `alerts.lifecycle` does the same step by step, and must give the same told steps. Nothing of
it is used here. Scores are whole points, so that every change is one of a point or more; instants differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

_SEVERITIES = ("critical", "warning", "info", "good")
Stretch = tuple[int, int]
"""From an instant to another, both inclusive for what is due."""


class Seen(NamedTuple):
    """The score from an instant on, until the next."""

    at_ms: int
    score: int


class Told(NamedTuple):
    """A told step."""

    at_ms: int
    rule: str
    step: str
    reason: str
    severity: str


class PlainRule(NamedTuple):
    """What both kinds of rules have. `escalate_ms` by severity; absent for never."""

    name: str
    dwell_ms: int
    exit_dwell_ms: int
    escalate_ms: dict[str, int]


def tier_life(
    rule: PlainRule,
    bounds: Sequence[tuple[float, str]],
    margin: float,
    history: Sequence[Seen],
    end_ms: int,
    acknowledged_ms: Sequence[int] = (),
) -> list[Told]:
    """`bounds` are (bound, severity beneath it), the highest first; a severity "" opens no case."""
    switches: list[tuple[int, int, bool]] = []
    for bound, _ in bounds:
        breached = _stretches(history, end_ms, lambda score, bound=bound: score < bound)  # type: ignore[misc]
        cleared = _stretches(history, end_ms, lambda score, bound=bound: score >= min(bound + margin, 100))  # type: ignore[misc]
        switches += _followed(rule, breached, cleared, {seen.at_ms for seen in history})
    severities = ["", *(severity for _, severity in bounds)]
    changes: list[tuple[int, int, int, str]] = []
    depth = 0
    for at, order in sorted({(at, order) for at, order, _ in switches}):
        depth += sum(1 if down else -1 for when, which, down in switches if (when, which) == (at, order))
        changes.append((at, order, depth, severities[depth]))
    return _cases(rule, changes, end_ms, acknowledged_ms)


def drop_life(
    rule: PlainRule,
    points: int,
    within_ms: int,
    severity: str,
    history: Sequence[Seen],
    end_ms: int,
    acknowledged_ms: Sequence[int] = (),
) -> list[Told]:
    """A fall by more than `points` within a span, until it is no such fall any more, by score or by time."""
    ends = [seen.at_ms for seen in history[1:]] + [end_ms + within_ms + 1]
    instants = sorted({seen.at_ms for seen in history} | {end + within_ms for end in ends if end + within_ms <= end_ms})

    def falls(at_ms: int) -> bool:
        current = [seen.score for seen in history if seen.at_ms <= at_ms][-1]
        peak = max(
            seen.score
            for seen, end in zip(history, ends, strict=True)
            if seen.at_ms <= at_ms and end > at_ms - within_ms
        )
        return peak - current > points

    states = [(at, falls(at)) for at in instants]
    breached = _joined(states, end_ms, True)
    cleared = _joined(states, end_ms, False)
    followed = _followed(rule, breached, cleared, {seen.at_ms for seen in history})
    changes = [(at, order, int(down), severity if down else "") for at, order, down in followed]
    return _cases(rule, changes, end_ms, acknowledged_ms)


def uncovered(drop: Sequence[Told], tier: Sequence[Told]) -> list[Told]:
    """What is told of a drop beside a tier rule: nothing of a case that opens as the tier's opens or gets worse."""
    falls = [each for each in tier if each.reason in ("first", "worse")]
    told: list[Told] = []
    is_covered = False
    for each in drop:
        if each.step == "opened":
            rank = _SEVERITIES.index(each.severity)
            is_covered = any(one.at_ms == each.at_ms and _SEVERITIES.index(one.severity) <= rank for one in falls)
        if not is_covered:
            told.append(each)
    return told


def _stretches(history: Sequence[Seen], end_ms: int, holds: Callable[[int], bool]) -> list[Stretch]:
    return _joined([(seen.at_ms, holds(seen.score)) for seen in history], end_ms, True)


def _joined(states: Sequence[tuple[int, bool]], end_ms: int, wanted: bool) -> list[Stretch]:
    """The longest stretches in which the state is as wanted."""
    found: list[Stretch] = []
    for index, (at, state) in enumerate(states):
        until = states[index + 1][0] if index + 1 < len(states) else end_ms
        if state is wanted:
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], until)
            else:
                found.append((at, until))
    return found


def _followed(
    rule: PlainRule, breached: Sequence[Stretch], cleared: Sequence[Stretch], seen_ms: set[int]
) -> list[tuple[int, int, bool]]:
    """When the rule follows: below after the dwell in one stretch, above after the exit dwell in one.

    At one instant, what time brings comes first (order 0), then what is seen (order 2).
    """
    turns = [(begin, rule.dwell_ms, True) for begin, until in breached if begin + rule.dwell_ms <= until]
    turns += [(begin, rule.exit_dwell_ms, False) for begin, until in cleared if begin + rule.exit_dwell_ms <= until]
    ordered = sorted((begin + wait, 0 if wait or begin not in seen_ms else 2, down) for begin, wait, down in turns)
    followed: list[tuple[int, int, bool]] = []
    is_down = False
    for at, order, down in ordered:
        if down is not is_down:
            is_down = down
            followed.append((at, order, down))
    return followed


def _cases(
    rule: PlainRule, changes: Sequence[tuple[int, int, int, str]], end_ms: int, acknowledged_ms: Sequence[int]
) -> list[Told]:
    told: list[Told] = []
    depth, severity, due, is_acted_on = 0, "", 0, False
    # At one instant: a change that time brings, an escalation, a change that is seen, people.
    happenings = [*changes, *((at, 3, 0, "") for at in acknowledged_ms), (end_ms, 4, 0, "")]
    for at, order, deep, what in sorted(happenings, key=lambda each: each[:2]):
        if due and (due < at or (due == at and order > 0)):
            told.append(Told(due, rule.name, "escalated", "escalated", severity))
            due, is_acted_on = 0, True
        if order == 3 and severity and (not is_acted_on or _is_escalated(told)):
            told.append(Told(at, rule.name, "acknowledged", "action", severity))
            due, is_acted_on = 0, True
        if order in (0, 2):
            if severity or what:
                told.append(Told(at, rule.name, *_named(severity, what, deep > depth)))
            if not severity or deep > depth:
                is_acted_on = False
            depth, severity = deep, what
            due = at + rule.escalate_ms[what] if what in rule.escalate_ms and not is_acted_on else 0
    return told


def _named(was: str, now: str, is_worse: bool) -> tuple[str, str, str]:
    """Step, reason and severity of a change of a case."""
    if not was:
        return "opened", "first", now
    if not now:
        return "resolved", "resolved", was
    return "changed", "worse" if is_worse else "better", now


def _is_escalated(told: Sequence[Told]) -> bool:
    """Whether the case escalated and nobody acknowledged it since."""
    acts = [each.step for each in told if each.step in ("escalated", "acknowledged", "opened")]
    return bool(acts) and acts[-1] == "escalated"
