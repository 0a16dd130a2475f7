"""The panel of a model, with judgements and evidence, from files of events and labels."""

from __future__ import annotations

import time

from scoring.instants import rfc3339
from streams.backtest.instants import months, steps
from streams.backtest.judged import judged_of
from streams.backtest.outcomes import Outcomes
from streams.backtest.panel import REASONS, Panel
from streams.backtest.run import Asked, Bar, no_bar
from streams.backtest.source import arrival as arrivals
from streams.backtest.source.labels import outcomes_of as labelled
from streams.backtest.source.labels import read_labels
from streams.backtest.source.survey import Survey, outcomes_of, survey
from streams.errors import UserError
from streams.replay.by_account.passes import FileNotes
from streams.replay.columns import fold_columns


def read_panel(
    asked: Asked, now_ms: int | None = None, bar: Bar = no_bar, notes: list[FileNotes] | None = None
) -> tuple[Panel, Outcomes]:
    """The panel of the first of the models, and the outcomes behind it, as a back-test has them. `now_ms` is wall time.

    Raises:
        UserError: when the events or the labels cannot be used, or no account can be judged at any instant.
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    given = read_labels(asked.labels, asked.kind, asked.zone) if asked.labels else None
    with bar("looking through the events") as progress:
        found = survey(asked.sources, now_ms, asked.time_field, progress)
    told = outcomes_of(found, asked.kind, asked.back_within_ms) if given is None else None
    with bar("judging") as progress:
        (columns,) = fold_columns(
            asked.sources,
            asked.models[:1],
            _instants(asked, found),
            judgements=True,
            arrival=arrivals.chosen(asked.arrival, found),
            time_field=asked.time_field,
            processes=asked.processes,
            progress=progress,
            notes=notes,
        )
    if given is not None:
        first_event_ms = dict(zip(columns.accounts, columns.first_event_ms, strict=True))
        told = labelled(given, asked.kind, first_event_ms, found.last_ms, now_ms, asked.labels_until_ms)
    assert told is not None
    panel = Panel.of(judged_of(columns), told, asked.min_age_ms)
    if not len(panel):
        raise UserError(_why_empty(panel))
    return panel, told


def _instants(asked: Asked, found: Survey) -> list[int]:
    first_ms = max(found.first_ms, found.first_ms if asked.from_ms is None else asked.from_ms)
    last_ms = min(found.last_ms, found.last_ms if asked.to_ms is None else asked.to_ms)
    within = first_ms <= last_ms
    instants = (steps(first_ms, last_ms, asked.every_ms) if asked.every_ms else months(first_ms, last_ms)) * within
    if not instants:
        raise UserError(
            f"No instant lies within the events, which go from {rfc3339(found.first_ms)} to {rfc3339(found.last_ms)}: "
            "give --every 7d, or other --from and --to."
        )
    return instants


def _why_empty(panel: Panel) -> str:
    reasons = "; ".join(f"{each.rows:,} rows: {REASONS[name]}" for name, each in panel.excluded.items() if each.rows)
    return (
        f"No account can be judged at any instant ({reasons or 'no account has an event by then'}). Give a longer "
        "history, or a smaller --min-age."
    )
