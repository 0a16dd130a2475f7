"""An account that was folded for real, as the dashboard has it: closes, movements, its answer, and its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.queries.account.kept import Kept
from dashboard.values.listing import Row
from scoring.fold.fold import advance, apply
from scoring.instants import DAY_MS, HOUR_MS
from scoring.plan.plan import Plan
from scoring.result import Override, ScoreSnapshot
from scoring.state.account import Account
from streams.model_files import read_model
from streams.read_model.account_values import Activity, Day, FactChange, History, Movement, Notable
from tests.builders import Sent, an_event, at_ms
from tests.support.explained import snapshot_at

START = at_ms("2026-09-01T00:00Z")
ARRIVES = 1 << 50


@dataclass(frozen=True)
class KeptAccount:
    """Its record, the model, and the instant of judgement."""

    kept: Kept
    plan: Plan
    row: Row
    now_ms: int


def kept_account(
    sent: Sequence[Sent], days: int, *, model: str = "default", override: Override | None = None
) -> KeptAccount:
    """An account of these events, this many days after `START`, judged when one arrives and every six hours.

    A movement is each change between two answers; a close is the last answer of a day.
    """
    plan = Plan(read_model(model))
    account = Account(plan.sizes, START)
    events = [plan.decoder.decode(each.topic, each.value, 0, ARRIVES) for each in sent]
    looks = sorted({*(START + hours * HOUR_MS for hours in range(0, 24 * days + 12, 6))})
    last, closes, movements = snapshot_at(plan, account), list[Day](), list[Movement]()
    waiting = sorted(events, key=lambda event: event.occurred_at_ms)
    for at in sorted({*looks, *(event.occurred_at_ms for event in waiting)}):
        arrived = [event for event in waiting if event.occurred_at_ms == at]
        if at % DAY_MS == 0 and at > START:
            closes.append(_close(last, at // DAY_MS - 1))
        advance(plan, account, at)
        for event in arrived:
            apply(plan, account, event, at)
        answer = snapshot_at(plan, account)
        if answer.score != last.score:
            topics = tuple(sorted({event.topic for event in arrived}))
            movements.append(_movement(last, answer, topics))
        last = answer
    notable = tuple(
        Notable(at_ms=event.occurred_at_ms, topic=event.topic, event=event.name, event_id=event.event_id)
        for event in waiting
        if event.topic != "analytics"
    )
    if override is not None:
        last = snapshot_at(plan, account, override=override)
    kept = Kept(
        answer=last,
        history=History(components=tuple(plan.model.components), days=tuple(closes)),
        movements=tuple(movements),
        activity=Activity(notable=notable),
    )
    return KeptAccount(kept, plan, row_of(kept), account.as_of_ms)


def row_of(kept: Kept) -> Row:
    """The least row of an account."""
    answer, wanted = kept.answer, kept.answer.as_of_ms // DAY_MS - 7
    week_ago = next((day.score for day in kept.history.days if day.day == wanted), None)
    known = answer.score is not None and week_ago is not None
    return Row(
        account_id=answer.account_id,
        name=answer.account_id,
        score=answer.score,
        tier=answer.tier,
        as_of_ms=answer.as_of_ms,
        version="1",
        change_7d=(answer.score or 0.0) - (week_ago or 0.0) if known else None,
        mrr=answer.mrr,
    )


def use_until(day: int, times: int = 8) -> list[Sent]:
    """Product use on each day before this one, by three users."""
    return [
        an_event(
            "analytics", "acme", "report_viewed", START + each * DAY_MS + number * HOUR_MS, user_id=f"u{number % 3}"
        )
        for each in range(day)
        for number in range(times)
    ]


def trouble_at(day: int) -> list[Sent]:
    """Tickets and a failed payment."""
    at = START + day * DAY_MS
    tickets = [
        an_event("tickets", "acme", "ticket_opened", at + number * HOUR_MS + 1_000, ticket_id=f"T-{number}")
        for number in range(6)
    ]
    return [*tickets, an_event("billing", "acme", "payment_failed", at + 9 * HOUR_MS + 2_000, id="inv-1")]


def _close(answer: ScoreSnapshot, day: int) -> Day:
    points = tuple(round(each.points, 2) for each in answer.components.values())
    score = None if answer.score is None else round(answer.score, 2)
    return Day(day=day, score=score, tier=answer.tier, mrr=answer.mrr, points=points, model="default@4")


def _movement(before: ScoreSnapshot, after: ScoreSnapshot, topics: tuple[str, ...]) -> Movement:
    moved = {
        name: score.points - (before.components[name].points if name in before.components else 0.0)
        for name, score in after.components.items()
    }
    parts = sorted(((name, points) for name, points in moved.items() if points), key=lambda part: -abs(part[1]))
    changed = [
        FactChange(name, before.facts.get(name), value)
        for name, value in after.facts.items()
        if value != before.facts.get(name)
    ]
    return Movement(
        at_ms=after.as_of_ms,
        kind="event" if topics else "expiry",
        before=before.score,
        after=after.score,
        from_tier=before.tier,
        to_tier=after.tier,
        parts=tuple(parts),
        facts=tuple(changed),
        topics=topics,
    )
