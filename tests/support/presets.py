"""Accounts under a preset, judged at one instant, for the tests of what ships."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scoring.fold.cohort import Cohort
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from tests.builders import Sent, at_ms, ticket, usage

NOW = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Judgements = dict[str, float | None]


def cohort_of(preset: str, *events: tuple[Sent, int]) -> Cohort:
    """Accounts that saw each event so many times, judged now."""
    cohort = Cohort(Plan(load_preset(preset)))
    for sent, times in events:
        event = cohort.plan.decoder.decode(sent.topic, sent.value, 0, NOW)
        for _ in range(times):
            cohort.apply(event)
    cohort.advance(NOW)
    return cohort


def history_of(preset: str, *events: Sent) -> Cohort:
    """Accounts that saw each event once, in the order of time, judged now."""
    return cohort_of(preset, *((sent, 1) for sent in sorted(events, key=lambda sent: int(sent.body["timestamp"]))))


def norm_of(cohort: Cohort) -> dict[str, float]:
    """The cohort's norm in a fleet that sends everything: each source is connected."""
    return cohort.norm() | dict.fromkeys(cohort.plan.norms.sources, 1.0)


def judgements(cohort: Cohort, account: str = "acme") -> Judgements:
    """Every component's judgement by name."""
    live = cohort.plan.primary
    judged = live.evaluate(cohort.accounts[account], norm_of(cohort)).judgements
    return dict(zip((component.name for component in live.components), judged, strict=True))


def the(cohort: Cohort, account: str = "acme") -> Evaluation:
    """The score of an account."""
    judged = cohort.plan.primary.score(cohort.accounts[account], norm_of(cohort))
    assert judged is not None
    return judged


def tier(cohort: Cohort, account: str = "acme") -> str:
    return cohort.plan.primary.tier_names[the(cohort, account).tier]


def each_day(days: Iterable[int], *, event: str = "login", account: str = "acme") -> list[Sent]:
    """One product event on each of these days before now."""
    return [usage(account, NOW - day * DAY, event=event) for day in days]


def solved(item: int, days: int, **fields: object) -> Sent:
    """A ticket that was opened as `t0`, `t1`, … is resolved so many days before now."""
    properties: dict[str, Any] = {"ticket_id": f"t{item}", **fields}
    return ticket("acme", NOW - days * DAY, event="ticket_resolved", **properties)
