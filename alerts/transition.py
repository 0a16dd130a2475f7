"""Decides whether a change of score is a change of tier, and makes its notification. Pure."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from alerts.notification import Cause, Delta, Notification
from scoring.explain.explanation import NEUTRAL_START
from scoring.instants import rfc3339
from scoring.plan.plan import Plan
from scoring.plan.score_plan import BOUNDS, FLOOR, NEUTRAL, OVERRIDE
from scoring.result import Baseline, Driver

UNEARNED = {
    NEUTRAL: "Counted as neutral for want of evidence",
    BOUNDS: "Kept within 0 to 100",
    FLOOR: "Held down by a red flag",
    OVERRIDE: "Set by a person",
}


def notification_id(account_id: str, sequence: int) -> str:
    """The id of an account's `sequence`-th transition: a pure function of both, so that repeats are recognised."""
    return sha256(f"{account_id}\0{sequence}".encode()).hexdigest()[:32]


class AccountNow(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about an account that a notification adds to the transition, at the instant `as_of_ms`."""

    account_id: str
    as_of_ms: int
    drivers: tuple[Driver, ...] = ()
    mrr: float | None = None
    plan: str | None = None


def notification_of(
    plan: Plan, account: AccountNow, sequence: int, before: Baseline, after: Baseline, cause: Cause
) -> Notification:
    """The notification of a transition. `before` and `after` must have different tiers."""
    change = _hundredths(after.value) - _hundredths(before.value)
    return Notification(
        id=notification_id(account.account_id, sequence),
        account_id=account.account_id,
        sequence=sequence,
        from_tier=before.tier,
        to_tier=after.tier,
        worse=_is_worse(plan, before, after),
        before=shown(before.value),
        after=shown(after.value),
        change=change / 100,
        deltas=_deltas(plan, before, after, change),
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


def _deltas(plan: Plan, before: Baseline, after: Baseline, change: int) -> tuple[Delta, ...]:
    """The change of each part of the score, in hundredths that sum to `change`. Parts of 0 are left out.

    Rounded by largest remainder.
    """
    labels = {component.name: component.label for component in plan.primary.components} | UNEARNED
    if plan.model.header.neutral_weight:
        labels[NEUTRAL] = NEUTRAL_START
    names = list(dict.fromkeys((*after.points, *before.points)))
    parts = [(after.points.get(name, 0.0) - before.points.get(name, 0.0)) * 100 for name in names]
    floors = [int(part // 1) for part in parts]
    owed = change - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda index: floors[index] - parts[index])
    for step in range(abs(owed)):
        floors[by_remainder[step % len(parts)]] += 1 if owed > 0 else -1
    return tuple(
        Delta(component=name, label=labels.get(name, name), points=hundredths / 100)
        for name, hundredths in zip(names, floors, strict=True)
        if hundredths
    )


def shown(value: float) -> float:
    """A score rounded to two decimals, as notifications carry it."""
    return _hundredths(value) / 100


def _hundredths(value: float) -> int:
    return round(value * 100)
