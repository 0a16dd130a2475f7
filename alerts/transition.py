"""When a score's movement is a change of tier, and the notification it becomes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from alerts.notification import Cause, Delta, Notification
from scoring.explain import earned
from scoring.health import Answer
from scoring.plan import Plan

BOUNDS = Delta(component="bounds", label="Kept within 0 to 100", points=0.0)


def notification_id(account_id: str, sequence: int) -> str:
    """The id of an account's `sequence`-th transition: a pure function of both, so that a repeat is recognised."""
    return sha256(f"{account_id}\0{sequence}".encode()).hexdigest()[:32]


def notification_of(
    plan: Plan,
    answer: Answer,
    sequence: int,
    before: tuple[int, float, list[float | None]],
    after: tuple[int, float, list[float | None]],
    cause: Cause,
) -> Notification:
    """The notification of a transition; `before` and `after` are (tier number, score, judgements), tiers different."""
    from_tier, before_value, before_judgements = before
    to_tier, after_value, after_judgements = after
    change = _hundredths(after_value) - _hundredths(before_value)
    moves = [a - b for a, b in zip(earned(plan, after_judgements), earned(plan, before_judgements), strict=True)]
    return Notification(
        id=notification_id(answer.account_id, sequence),
        account_id=answer.account_id,
        sequence=sequence,
        from_tier=plan.tier_names[from_tier],
        to_tier=plan.tier_names[to_tier],
        worse=to_tier < from_tier,
        before=_hundredths(before_value) / 100,
        after=_hundredths(after_value) / 100,
        change=change / 100,
        deltas=_deltas(plan, moves, after_value - before_value, change),
        cause=cause,
        drivers=answer.drivers,
        mrr=answer.mrr,
        plan=answer.plan,
        as_of=answer.as_of,
        as_of_ms=answer.as_of_ms,
        model=answer.model,
        model_version=answer.model_version,
    )


def _deltas(plan: Plan, moves: Sequence[float], moved: float, change: int) -> tuple[Delta, ...]:
    """Each component's part of the change, in hundredths that sum to `change`; parts of 0 are left out.

    What the bounds 0 and 100 took away is a part of its own. Hundredths are shared out by largest remainder.
    """
    parts = [*moves, moved - sum(moves)]
    floors = [int(part * 100 // 1) for part in parts]
    owed = change - sum(floors)
    by_remainder = sorted(range(len(parts)), key=lambda index: floors[index] - parts[index] * 100)
    for step in range(abs(owed)):
        floors[by_remainder[step % len(parts)]] += 1 if owed > 0 else -1
    named = [Delta(component=c.name, label=c.label, points=0.0) for c in plan.components]
    return tuple(
        Delta(component=delta.component, label=delta.label, points=hundredths / 100)
        for delta, hundredths in zip([*named, BOUNDS], floors, strict=True)
        if hundredths
    )


def _hundredths(value: float) -> int:
    return round(value * 100)
