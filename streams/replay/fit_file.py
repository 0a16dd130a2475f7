"""Fits a file of events to a model."""

from __future__ import annotations

import time
from collections.abc import Iterable
from math import isnan
from typing import cast

from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.replay.by_account.blocks import Progress
from streams.replay.by_account.passes import sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.sinks import AccountRows
from streams.replay.by_account.station import RowsWanted
from streams.replay.event_line import RejectedLines
from streams.replay.fit import FitCounts


def fit_of(
    path: str, model: Model, progress: Progress = lambda done: None
) -> tuple[FitCounts, tuple[RejectedLines, ...]]:
    """What is found in all events of a file ("-" is standard input), with its accounts judged at the last of them; and
    the rejected lines. `progress` is called with the bytes read.

    Raises:
        UserError: when the file cannot be read, or has no event.
    """
    reading = Reading(models=(model,), now_ms=time.time_ns() // 1_000_000, fit_sample=1)
    events, no_event = sort_events([path], reading, progress=progress)
    with events:
        if not events.notes.events:
            raise no_event or UserError("There is no event: give NDJSON, each line an event with its topic.")
        plan, counts = Plan(model), events.notes.fit
        events.begin([events.notes.last_ms])
        events.make_norms([plan])
        for (found,) in events.fold(RowsWanted(judgements=True)):
            note_rows(counts, model, cast(AccountRows, found))
        return counts, events.notes.refused


def note_rows(counts: FitCounts, model: Model, rows: AccountRows) -> None:
    """Count the accounts in rows of one instant."""
    standings = [*model.standings, ""]
    for row in range(len(rows.accounts)):
        judged = [
            name
            for name, judgements, evidence in zip(model.components, rows.judgements, rows.evidence, strict=True)
            if not isnan(judgements[row]) and evidence[row]
        ]
        counts.note_account(judged, standings[rows.standing[row]])


def note_answers(counts: FitCounts, answers: Iterable[ScoreSnapshot]) -> None:
    """Count the accounts at the last instant of a replay's answers."""
    given = list(answers)
    counts.last_ms = max((answer.as_of_ms for answer in given), default=counts.last_ms)
    for answer in given:
        if answer.as_of_ms == counts.last_ms:
            judged = [name for name, each in answer.components.items() if each.judgement is not None and each.evidence]
            counts.note_account(judged, answer.standing)
