"""Fits a file of events to a model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import isnan

from scoring.event.event import Rejected
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.replay.columns import Columns, fold_columns
from streams.replay.event_file import STDIN, EventFile
from streams.replay.event_line import RejectedLines, RejectionCounts, read_event
from streams.replay.fit import Fit, FitCounts
from streams.replay.replay import Progress


def fit_of(
    path: str, model: Model, progress: Progress = lambda position: None
) -> tuple[FitCounts, tuple[RejectedLines, ...]]:
    """What is found in all events of a file, with its accounts judged at the last of them; and the rejected lines. The
    file is read twice.

    Raises:
        UserError: when the file cannot be read, or has no event.
    """
    if path == STDIN:
        raise UserError("The events are read twice: give the path of a file, not -.")
    fit = Fit(Plan(model), sampled=1)
    refusals = RejectionCounts()
    now_ms = time.time_ns() // 1_000_000
    with EventFile(path) as file:
        while (lines := file.read()) is not None:
            for number, line in lines:
                try:
                    fit.add(*read_event(fit.plan.decoder, line, 0, now_ms))
                except Rejected as rejected:
                    refusals.add(number, rejected)
            progress(file.position)
        no_event = file.without_events
    counts = fit.result()
    if not counts.events:
        raise no_event()
    (columns,) = fold_columns([path], [model], [counts.last_ms], judgements=True)
    note_columns(counts, columns)
    return counts, refusals.by_reason()


def note_columns(counts: FitCounts, columns: Columns) -> None:
    """Count the accounts at the last instant of a model's answers, which have judgements."""
    last = len(columns.instants_ms) - 1
    for row in range(len(columns)):
        if columns.instant[row] == last:
            judged = [name for name, judgements in columns.judgements.items() if not isnan(judgements[row])]
            counts.note_account(name for name in judged if not columns.evidence or columns.evidence[name][row])


def note_answers(counts: FitCounts, answers: Sequence[ScoreSnapshot]) -> None:
    """Count the accounts at the last instant of a replay's answers."""
    counts.last_ms = max((answer.as_of_ms for answer in answers), default=counts.last_ms)
    for answer in answers:
        if answer.as_of_ms == counts.last_ms:
            judged = [name for name, each in answer.components.items() if each.judgement is not None and each.evidence]
            counts.note_account(judged)
