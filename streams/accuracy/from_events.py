"""What a model would have said each day of a history, as series. Needs the extra `calibrate`."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

from scoring.instants import DAY_MS, parse_duration
from streams.accuracy.looks import CHURN
from streams.accuracy.series import CLEAR, FLAGGED, NOTHING, Series, with_renewal
from streams.backtest.instants import steps
from streams.backtest.run import Asked, Bar, no_bar
from streams.backtest.source import arrival as arrivals
from streams.backtest.source.labels import outcomes_of as labelled
from streams.backtest.source.labels import read_labels
from streams.backtest.source.subscriptions import Step
from streams.backtest.source.survey import outcomes_of, survey
from streams.replay.by_account.passes import FileNotes
from streams.replay.columns import Columns, fold_columns


def series_of_history(
    asked: Asked, now_ms: int | None = None, bar: Bar = no_bar, notes: list[FileNotes] | None = None
) -> tuple[list[Series], int]:
    """The series of each account under the first of the models, judged at the beginning of each day (UTC), and the last
    day. They are as long as the history. `now_ms` is wall time.

    Raises:
        UserError: when the events or the labels cannot be used.
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    given = read_labels(asked.labels, asked.kind, asked.zone) if asked.labels else None
    with bar("looking through the events") as progress:
        found = survey(asked.sources, now_ms, asked.time_field, progress)
    with bar("judging") as progress:
        (columns,) = fold_columns(
            asked.sources,
            asked.models[:1],
            steps(found.first_ms, found.last_ms, DAY_MS),
            arrival=arrivals.chosen(asked.arrival, found),
            time_field=asked.time_field,
            processes=asked.processes,
            progress=progress,
            notes=notes,
        )
    if given is None:
        told = outcomes_of(found, asked.kind, asked.back_within_ms)
    else:
        first_event_ms = dict(zip(columns.accounts, columns.first_event_ms, strict=True))
        told = labelled(given, asked.kind, first_event_ms, found.last_ms, now_ms, asked.labels_until_ms)
    rows: dict[int, list[int]] = {}
    for row, account in enumerate(columns.account):
        rows.setdefault(account, []).append(row)
    series = [
        _series(columns, columns.accounts[account], its, told.at_ms, found.steps.get(columns.accounts[account], ()))
        for account, its in rows.items()
        if columns.accounts[account] not in told.unknown
    ]
    return [each for each in series if each is not None], found.last_ms // DAY_MS


def _series(
    columns: Columns, account_id: str, rows: Sequence[int], at_ms: dict[str, int], happened: Sequence[Step]
) -> Series | None:
    curve = columns.model.calibrations.get(CHURN)
    left_ms = at_ms.get(account_id)
    days = [columns.instants_ms[columns.instant[row]] // DAY_MS for row in rows]
    left_day = -1 if left_ms is None else left_ms // DAY_MS
    kept = bisect_right(days, left_day) if left_day >= 0 else len(days)
    is_judged = [columns.score[row] == columns.score[row] for row in rows[:kept]]
    if not any(is_judged):
        return None
    return Series(
        account_id=account_id,
        first_day=days[0],
        probabilities=tuple(
            round(curve.at(columns.score[row]).probability, 4) if curve is not None and judged else None
            for row, judged in zip(rows, is_judged, strict=False)
        ),
        flags="".join(
            NOTHING if columns.standing[row] >= 0 else FLAGGED if columns.tier[row] == 0 else CLEAR
            for row in rows[:kept]
        ),
        within_days=0 if curve is None else parse_duration(curve.within) // DAY_MS,
        renewals=_renewals(happened),
        left_day=left_day,
    )


def _renewals(happened: Sequence[Step]) -> tuple[int, ...]:
    found: tuple[int, ...] = ()
    for step in sorted(happened, key=lambda step: step.at_ms):
        if step.renewal_ms is not None:
            found = with_renewal(found, step.renewal_ms // DAY_MS, step.at_ms // DAY_MS)
    return found
