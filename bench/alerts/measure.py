"""Folds a history under variants of the rules, and puts each beside the churn that followed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from alerts.step import AlertStep
from bench.alerts.variants import Variant
from scoring.fold.tier_changes import TierChange, TierHistory
from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.alert_files import read_rules
from streams.alerting.fold import NORM_EVERY_MS, Asked, fold_alerts
from streams.alerting.noted import NotedStep, Step
from streams.alerting.report import Book, RuleReport, measured
from streams.alerting.routed import routed
from streams.backtest.outcomes import Outcomes
from streams.backtest.source.survey import outcomes_of, survey
from streams.errors import UserError
from streams.replay.by_account.passes import sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import TiersWanted

MINUTES_10 = 600_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One variant under one model: told steps, the messages that its routes make of them, and what they caught."""

    model: str
    variant: str
    messages: int
    report: RuleReport
    suppressed: dict[str, int]
    fell_together: int
    """The most accounts that fell a tier within ten minutes: what the guard holds against its share of the fleet."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """A file of events, and what became of its accounts."""

    path: str
    outcomes: Outcomes


def read_history(path: str) -> History:
    """The file, looked through for cancellations."""
    found = survey([path], time.time_ns() // 1_000_000)
    try:
        outcomes = outcomes_of(found, "churn", 0)
    except UserError:
        outcomes = Outcomes(kind="churn", definition="", at_ms={}, observed_until_ms=found.last_ms)
    return History(path=path, outcomes=outcomes)


def lines_of(history: History, model: Model, variants: Sequence[Variant], processes: int) -> list[Line]:
    """One line for every change of tier, and one for each variant."""
    shipped = read_rules("default", model)
    rules = tuple(variant.of(shipped) for variant in variants)
    folded = fold_alerts(Asked(sources=(history.path,), model=model, rules=rules, processes=processes))
    book = Book(
        first_ms=folded.steps[0].first_ms,
        outcomes=history.outcomes,
        since_ms=folded.since_ms,
        until_ms=folded.until_ms,
    )
    changes = tier_changes(history.path, model, processes)
    raw = raw_steps(changes, [tier.name for tier in model.tiers])
    together = most_falls_together(changes, [tier.name for tier in model.tiers])
    found = [_line(model, "every change of tier", len(raw), raw, book, {}, together)]
    for variant, of, steps in zip(variants, rules, folded.steps, strict=True):
        messages = sum(lane.messages for lane in routed(steps.told, of))
        found.append(_line(model, variant.name, messages, steps.told, book, dict(steps.by_reason()), together))
    return found


def _line(
    model: Model,
    name: str,
    messages: int,
    steps: Sequence[AlertStep] | Sequence[NotedStep],
    book: Book,
    suppressed: dict[str, int],
    fell_together: int,
) -> Line:
    report = measured(cast(Iterable[Step], steps), book).rules[0]
    return Line(
        model=model.name,
        variant=name,
        messages=messages,
        report=report,
        suppressed=suppressed,
        fell_together=fell_together,
    )


def tier_changes(path: str, model: Model, processes: int) -> list[TierChange]:
    """Every change of tier, with the cohort norm of each day."""
    reading = Reading(models=(model,), now_ms=time.time_ns() // 1_000_000, keeps_all=True)
    events, _ = sort_events((path,), reading, processes=processes)
    with events:
        plan, notes = Plan(model), events.notes
        first = -(-notes.first_ms // NORM_EVERY_MS) * NORM_EVERY_MS
        events.begin(list(range(first, notes.last_ms + 1, NORM_EVERY_MS)) if plan.norm_signals else [])
        events.make_norms([plan])
        parts = [cast(TierHistory, part) for (part,) in events.fold(TiersWanted(notes.last_ms))]
    return sorted(change for part in parts for change in part.changes)


def raw_steps(changes: Iterable[TierChange], tiers: Sequence[str]) -> list[NotedStep]:
    """Each change of tier as if it were told: what was sent before there were rules."""
    return [
        NotedStep(
            id=f"{number}",
            account_id=change.account_id,
            sequence=number,
            rule="every change",
            severity="warning",
            step="changed",
            outcome="sent",
            reason="worse" if tiers.index(change.to_tier) < tiers.index(change.from_tier) else "better",
            as_of_ms=change.at_ms,
        )
        for number, change in enumerate(changes)
    ]


def most_falls_together(changes: Iterable[TierChange], tiers: Sequence[str], within_ms: int = MINUTES_10) -> int:
    """The most accounts that fell within ten minutes: what the guard's share of the fleet is held against."""
    falls = [
        (change.at_ms, change.account_id)
        for change in changes
        if tiers.index(change.to_tier) < tiers.index(change.from_tier)
    ]
    most = begin = 0
    for end, (at_ms, _) in enumerate(falls):
        while falls[begin][0] <= at_ms - within_ms:
            begin += 1
        most = max(most, len({name for _, name in falls[begin : end + 1]}))
    return most
