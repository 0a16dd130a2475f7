"""A change of a score in numbers and words: its baselines, its parts, its cause. Makes the notification of a change of
tier. Pure."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from math import floor
from operator import sub
from typing import Protocol

import msgspec

from alerts.notification import Cause, Delta, Notification
from scoring.explain.cause import cause_text
from scoring.explain.explanation import NEUTRAL_START, drivers_by
from scoring.explain.reading import Reading, facts_in, reading_of
from scoring.explain.snapshot import component_scores, plan_of
from scoring.instants import rfc3339
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL, OVERRIDE, Evaluation
from scoring.result import Baseline, Driver, LastTransition, Override, TransitionCause
from scoring.state.account import Account

EVENT_ID_SHOWN_CHARACTERS = 200

PointsOf = Callable[[Evaluation], dict[str, float]]
UNEARNED = {
    NEUTRAL: "Counted as neutral for want of evidence",
    BOUNDS: "Kept within 0 to 100",
    FLOOR: "Held down by a red flag",
    OVERRIDE: "Set by a person",
}


class NamedEvent(Protocol):
    """What a cause says of its event: an `Event`, or as much of one."""

    @property
    def topic(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def event_id(self) -> str: ...


def notification_id(account_id: str, sequence: int) -> str:
    """The id of an account's `sequence`-th transition: a pure function of both, so that repeats are recognised."""
    return sha256(f"{account_id}\0{sequence}".encode()).hexdigest()[:32]


def baseline_of(
    plan: Plan, judged: Evaluation | None, override: Override | None, points_of: PointsOf | None = None
) -> Baseline | None:
    """The baseline that a judgement and an override make; None when there is neither. `points_of` does what
    `ScorePlan.points` does."""
    if judged is None and override is None:
        return None
    points_of = points_of or plan.primary.points
    # Zero points are left out to keep the head short: it is written with every change.
    points = {} if judged is None else {name: part for name, part in points_of(judged).items() if part}
    beneath = judged.value if judged is not None else 0.0
    if override is not None:
        points[OVERRIDE] = override.score - beneath
        return Baseline(override.score, plan.primary.tier_names[plan.primary.tier_of(override.score)], points)
    return None if judged is None else Baseline(beneath, plan.primary.tier_names[judged.tier], points)


class AccountNow(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about an account that a notification adds to the transition, at the instant `as_of_ms`."""

    account_id: str
    as_of_ms: int
    drivers: tuple[Driver, ...] = ()
    mrr: float | None = None
    plan: str | None = None


def account_now(
    plan: Plan, account_id: str, account: Account | Reading, judged: Evaluation | None, norm: CohortNorm
) -> AccountNow:
    """The facts about an account at its instant."""
    facts = facts_in(reading_of(plan, account), norm)
    scores = {} if judged is None else component_scores(plan.primary, judged)
    return AccountNow(
        account_id=account_id,
        as_of_ms=account.as_of_ms,
        drivers=drivers_by(plan.primary, facts, scores),
        mrr=facts.number("mrr"),
        plan=plan_of(facts.values),
    )


def transition_of(
    plan: Plan, account: Account | Reading, before: Baseline, after: Baseline, cause: TransitionCause
) -> LastTransition:
    """The transition as the account's record keeps it, at the account's instant."""
    return LastTransition(
        at=rfc3339(account.as_of_ms),
        from_tier=before.tier,
        to_tier=after.tier,
        before=shown(before.value),
        after=shown(after.value),
        model=plan.model.name,
        model_version=plan.model.version,
        cause=cause,
    )


def with_event(cause: TransitionCause, event: NamedEvent, partition: int, offset: int) -> TransitionCause:
    """The cause with its event and the coordinates of the message."""
    return msgspec.structs.replace(
        cause,
        topic=event.topic,
        partition=partition,
        offset=offset,
        event=event.name,
        event_id=event.event_id[:EVENT_ID_SHOWN_CHARACTERS],
    )


def cause_in_words(plan: Plan, cause: TransitionCause) -> Cause:
    """The cause as a notification carries it."""
    return Cause(
        kind=cause.kind,
        words=cause_text(plan, cause),
        topic=cause.topic,
        partition=cause.partition,
        offset=cause.offset,
        event=cause.event,
        event_id=cause.event_id,
    )


def notification_of(
    plan: Plan, account: AccountNow, sequence: int, before: Baseline, after: Baseline, cause: Cause
) -> Notification:
    """The notification of a transition. `before` and `after` must have different tiers."""
    return Notification(
        id=notification_id(account.account_id, sequence),
        account_id=account.account_id,
        sequence=sequence,
        from_tier=before.tier,
        to_tier=after.tier,
        worse=_is_worse(plan, before, after),
        before=shown(before.value),
        after=shown(after.value),
        change=change_of(before, after) / 100,
        deltas=deltas_of(plan, before, after),
        cause=cause,
        drivers=account.drivers,
        mrr=account.mrr,
        plan=account.plan,
        as_of=rfc3339(account.as_of_ms),
        as_of_ms=account.as_of_ms,
        model=plan.model.name,
        model_version=plan.model.version,
    )


def _is_worse(plan: Plan, before: Baseline, after: Baseline) -> bool:
    names = plan.primary.tier_names
    if before.tier in names and after.tier in names:
        return names.index(after.tier) < names.index(before.tier)
    return after.value < before.value  # the model before this one had other tiers


def change_of(before: Baseline, after: Baseline) -> int:
    """The change of the score as shown, in hundredths of a point."""
    return _hundredths(after.value) - _hundredths(before.value)


def deltas_of(plan: Plan, before: Baseline, after: Baseline) -> tuple[Delta, ...]:
    """The change of each part of the score, rounded by largest remainder: together exactly `change_of`. Parts of 0 are
    left out."""
    change = change_of(before, after)
    names = list(after.points | before.points)
    parts = [(after.points.get(name, 0.0) - before.points.get(name, 0.0)) * 100 for name in names]
    floors = list(map(floor, parts))
    owed = change - sum(floors)
    by_remainder = sorted(range(len(parts)), key=list(map(sub, floors, parts)).__getitem__)
    for step in range(abs(owed)):
        floors[by_remainder[step % len(parts)]] += 1 if owed > 0 else -1
    return tuple(
        [
            Delta(component=name, label=_label_of(plan, name), points=hundredths / 100)
            for name, hundredths in zip(names, floors, strict=True)
            if hundredths
        ]
    )


def _label_of(plan: Plan, part: str) -> str:
    """Of a part of the score, for people."""
    if part == NEUTRAL and plan.model.header.neutral_weight:
        return NEUTRAL_START
    component = plan.primary.by_name.get(part)
    return UNEARNED.get(part) or (part if component is None else component.label)


def shown(value: float) -> float:
    """A score rounded to two decimals, as notifications carry it."""
    return _hundredths(value) / 100


def _hundredths(value: float) -> int:
    return round(value * 100)
