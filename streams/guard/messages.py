"""What the guard says: the `FleetAlarm` for the workers, and the step of an alert for operations. Pure.

The alert goes the way of all alerts, so routes, digests and sinks need to know nothing of the guard. Its account is the
made-up `(fleet)`, its rule `guard`. All alarms that overlap are one case.
"""

from __future__ import annotations

import msgspec

from alerts.step import AlertStep, CaseStatus, Reason, StepKind
from alerts.transition import notification_id
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, rfc3339
from scoring.model.model import Model
from streams.control.messages import FleetAlarm
from streams.guard.watch import FLEET, SOURCE, TOPIC, Decision, State

ACCOUNT, RULE = "(fleet)", "guard"


class Case(msgspec.Struct, frozen=True):
    """The case of operations after a step, and the step's number in all."""

    case_id: str
    steps: int
    opened_ms: int
    sequence: int


def case_after(state: State, decision: Decision) -> Case:
    """The case after this decision: the first alarm opens one, those that overlap belong to it, the last closes it."""
    is_first = not state.case_id
    return Case(
        case_id=decision.alarm if is_first else state.case_id,
        steps=1 if is_first else state.case_steps + 1,
        opened_ms=decision.at_ms if is_first else state.opened_ms,
        sequence=state.sequence + 1,
    )


def note_case(state: State, case: Case) -> None:
    """Keep the case in the state; it is over when no alarm is on."""
    is_over = not any(feed.alarm for feed in state.feeds.values())
    state.case_id = "" if is_over else case.case_id
    state.case_steps, state.opened_ms, state.sequence = case.steps, case.opened_ms, case.sequence


def fleet_alarm(decision: Decision) -> FleetAlarm:
    """The message for every partition."""
    name = decision.name
    return FleetAlarm(
        instant_ms=decision.at_ms,
        id=decision.alarm,
        state="begun" if decision.change == "begun" else "ended",
        words=words_of(decision),
        sources=(name.removeprefix(SOURCE),) if name.startswith(SOURCE) else (),
        topics=(name.removeprefix(TOPIC),) if name.startswith(TOPIC) else (),
        since_ms=decision.since_ms,
    )


def alert_step(state: State, decision: Decision, case: Case, model: Model) -> AlertStep:
    """The step for operations. `state` is before the decision."""
    others = any(feed.alarm for name, feed in state.feeds.items() if name != decision.name)
    step, reason, status = _kind(decision, is_first=not state.case_id, others=others)
    return AlertStep(
        id=notification_id(f"{ACCOUNT}\0{decision.alarm}\0{decision.change}", 0),
        account_id=ACCOUNT,
        sequence=case.sequence,
        rule=RULE,
        rule_kind=RULE,
        severity="critical",
        step=step,
        outcome="sent",
        reason=reason,
        words=words_of(decision),
        as_of=rfc3339(decision.at_ms),
        as_of_ms=decision.at_ms,
        model=model.name,
        model_version=model.version,
        case_id=case.case_id,
        status=status,
        step_number=case.steps,
        opened_at=rfc3339(case.opened_ms),
        action="Find out why nothing arrives" if decision.change == "begun" and decision.kind == "feed" else "",
        outage=decision.alarm,
    )


def words_of(decision: Decision) -> str:
    """What happened, in one sentence that a headline shows whole.

    >>> words_of(Decision(kind="feed", name="topic:exceptions", change="begun", alarm="a", at_ms=7_200_000, since_ms=0))
    'no exceptions since 00:00 UTC, 2 hours: their scores stand still'
    """
    since = f"{decision.since_ms % DAY_MS // HOUR_MS:02d}:{decision.since_ms % HOUR_MS // MINUTE_MS:02d} UTC"
    span, name = _span(decision.at_ms - decision.since_ms), _feed(decision.name)
    match decision.kind, decision.change:
        case "feed", "begun":
            return f"no {name} since {since}, {span}: their scores stand still"
        case "feed", "ended":
            return f"{name} are back after {span}: all is judged again"
        case "feed", _:
            return f"no {name} for {span}: given up, scores follow"
        case _, "begun":
            return f"{decision.number:,} of {decision.of:,} accounts fell in {span}: alerts are held"
        case _, "ended":
            return f"accounts no longer fall together, after {span}"
        case _:
            return f"accounts fell together for {span}: given up, alerts are sent"


def _kind(decision: Decision, *, is_first: bool, others: bool) -> tuple[StepKind, Reason, CaseStatus]:
    if decision.change == "begun":
        return ("opened", "first", "open") if is_first else ("changed", "worse", "open")
    return ("changed", "better", "open") if others else ("resolved", "resolved", "resolved")


def _feed(name: str) -> str:
    """What a feed brings, in words: a topic of analytics brings events."""
    plain = name.removeprefix(TOPIC).removeprefix(SOURCE)
    if name == FLEET:
        return ""
    return plain if name.startswith(SOURCE) or plain in ("exceptions", "tickets") else f"{plain} events"


def _span(span_ms: int) -> str:
    """A span for people: «25 minutes», «6 hours», «3 days».

    >>> _span(90 * 60_000), _span(25 * 60_000), _span(3 * 86_400_000)
    ('90 minutes', '25 minutes', '3 days')
    """
    for unit, size in (("day", DAY_MS), ("hour", HOUR_MS)):
        if span_ms >= 2 * size:
            return f"{round(span_ms / size)} {unit}s"
    minutes = max(1, round(span_ms / MINUTE_MS))
    return f"{minutes} minutes" if minutes > 1 else "1 minute"
