"""A back-test from end to end: look through the events, fold them under each model, and measure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, tzinfo

import msgspec

from scoring.instants import DAY_MS, rfc3339
from scoring.model.model import Model
from scoring.plurals import counted
from streams.backtest.comparison import comparisons
from streams.backtest.facts import FACTS, SEGMENT, facts_model
from streams.backtest.horizon import horizon
from streams.backtest.instants import months, steps
from streams.backtest.judged import judged_of
from streams.backtest.outcomes import Note, Outcomes
from streams.backtest.panel import REASONS, Judged, Panel
from streams.backtest.reading import reading
from streams.backtest.remarks import told_before, why_empty, without_row, without_segment
from streams.backtest.report import Excluded, ModelReport, Report
from streams.backtest.resampling import DRAWS
from streams.backtest.segments import segment_of, segments
from streams.backtest.source import arrival as arrivals
from streams.backtest.source import labels as label_files
from streams.backtest.source.survey import Survey, outcomes_of, survey
from streams.backtest.tier_grid import TierGrid
from streams.backtest.yardsticks import yardsticks
from streams.errors import UserError
from streams.replay.by_account.passes import FileNotes
from streams.replay.columns import Columns, fold_columns

HORIZONS = (14, 30, 60, 90)
AUTO = arrivals.AUTO
FEWEST_DRAWS = 200
ROWS_DRAWN = 40_000_000
"""How many rows are drawn in all, unless somebody asks for more."""
Notes = list[FileNotes]
Bar = Callable[[str], AbstractContextManager[Callable[[int], None]]]
"""Shows progress: called with what is done, as a context manager that is called with how far it is."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to test, and how. Durations and instants are milliseconds.

    0 of `every_ms` is the first of each month, 0 of `alerts_every_ms` no look at alerts and lead times, and 0 `draws`
    are as many as are bearable (`draws_for`).
    """

    sources: Sequence[str]
    models: Sequence[Model]
    labels: str = ""
    kind: str = "churn"
    back_within_ms: int = 0
    zone: tzinfo = UTC
    labels_until_ms: int | None = None
    every_ms: int = 0
    from_ms: int | None = None
    to_ms: int | None = None
    min_age_ms: int = 30 * DAY_MS
    arrival: str = AUTO
    by: str = ""
    alerts_every_ms: int = DAY_MS
    draws: int = 0
    seed: int = 0
    time_field: str = ""
    processes: int = 0
    horizons: tuple[int, ...] = HORIZONS


def no_bar(_: str) -> AbstractContextManager[Callable[[int], None]]:
    """Shows nothing."""
    return nullcontext(lambda done: None)


def backtest(asked: Asked, now_ms: int | None = None, bar: Bar = no_bar, notes: Notes | None = None) -> Report:
    """Test the models. `now_ms` is wall time. What is to be said of the files is added to `notes`.

    Raises:
        UserError: when the events or the labels cannot be used, or no account can be judged at any instant.
    """
    now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    given = label_files.read_labels(asked.labels, asked.kind, asked.zone) if asked.labels else None
    with bar("looking through the events") as progress:
        found = survey(asked.sources, now_ms, asked.time_field, progress)
    told = outcomes_of(found, asked.kind, asked.back_within_ms) if given is None else None
    instants, said = _instants(asked, found, now_ms)
    arrival = arrivals.chosen(asked.arrival, found)
    columns, facts = _folded(asked, found, instants, arrival, bar, notes)
    first_event_ms = dict(zip(columns[0].accounts, columns[0].first_event_ms, strict=True))
    if told is None:
        assert given is not None
        told = label_files.outcomes_of(given, asked.kind, first_event_ms, found.last_ms, now_ms, asked.labels_until_ms)
        said += told_before(found, told)
    with bar("measuring"):
        return _report(asked, found, told, columns, facts, instants, arrival, said)


def _instants(asked: Asked, found: Survey, now_ms: int) -> tuple[list[int], list[Note]]:
    """The instants to judge at, and what to say of those that were asked for in vain."""
    first_ms = found.first_ms if asked.from_ms is None else asked.from_ms
    last_ms = found.last_ms if asked.to_ms is None else asked.to_ms
    if first_ms > last_ms:
        raise UserError(
            f"There is no instant from {rfc3339(first_ms)} to {rfc3339(last_ms)}: the events go from "
            f"{rfc3339(found.first_ms)} to {rfc3339(found.last_ms)}."
        )
    all_ = steps(first_ms, last_ms, asked.every_ms) if asked.every_ms else months(first_ms, last_ms)
    early = [each for each in all_ if each < found.first_ms]
    late = [each for each in all_ if each > found.last_ms]
    future = sum(each > now_ms for each in late)
    kept = [each for each in all_ if found.first_ms <= each <= found.last_ms]
    notes = []
    if early:
        words = (
            f"{counted(len(early), 'instants')} before the first event of {rfc3339(found.first_ms)}: nothing to judge"
        )
        notes.append(Note(code="before_all_events", count=len(early), words=words))
    if late:
        ahead = f", {future:,} of them in the future" if future else ""
        words = f"{counted(len(late), 'instants')} after the last event of {rfc3339(found.last_ms)}{ahead}: left out"
        notes.append(Note(code="after_all_events", count=len(late), words=words))
    if not kept:
        raise UserError(
            f"No instant lies within the events, which go from {rfc3339(found.first_ms)} to {rfc3339(found.last_ms)}: "
            f"give --every 1d, or other --from and --to."
        )
    return kept, notes


def _folded(
    asked: Asked, found: Survey, instants: list[int], arrival: str, bar: Bar, notes: Notes | None
) -> tuple[list[Columns], Columns]:
    """The columns of each model, at the instants of the panel and of the grid, and those of the facts."""
    grid = steps(found.first_ms, found.last_ms, asked.alerts_every_ms) if asked.alerts_every_ms else []
    with bar("judging") as progress:
        columns = fold_columns(
            asked.sources,
            asked.models,
            {*instants, *grid},
            arrival=arrival,
            time_field=asked.time_field,
            processes=asked.processes,
            progress=progress,
            notes=notes,
        )
    with bar("reading plain facts") as progress:
        facts = fold_columns(
            asked.sources,
            [facts_model(asked.by)],
            instants,
            facts=FACTS,
            texts=(SEGMENT,) if asked.by else (),
            arrival=arrival,
            time_field=asked.time_field,
            processes=asked.processes,
            progress=progress,
        )[0]
    return columns, facts


def _report(
    asked: Asked,
    found: Survey,
    outcomes: Outcomes,
    columns: list[Columns],
    facts: Columns,
    instants: list[int],
    arrival: str,
    said: Iterable[Note],
) -> Report:
    judged = [judged_of(each, instants, facts) for each in columns]
    panels = [Panel.of(each, outcomes, asked.min_age_ms) for each in _named_apart(judged)]
    if not any(map(len, panels)):
        raise UserError(why_empty(panels[0], asked.min_age_ms))
    if not asked.draws:
        asked = msgspec.structs.replace(asked, draws=draws_for(max(map(len, panels))))
    models = [_model(asked, each, panel, outcomes) for each, panel in zip(columns, panels, strict=True)]
    plain = [
        each for days in asked.horizons for each in yardsticks(panels[0], days, draws=asked.draws, seed=asked.seed)
    ]
    known = set(columns[0].accounts)
    report = Report(
        says="",
        outcome=outcomes.kind,
        definition=outcomes.definition,
        arrival=arrivals.words(arrival, asked.arrival),
        first_event=rfc3339(found.first_ms),
        observed_until=rfc3339(outcomes.observed_until_ms),
        instants=tuple(map(rfc3339, instants)),
        alerts_every_days=asked.alerts_every_ms / DAY_MS,
        min_age_days=asked.min_age_ms / DAY_MS,
        draws=asked.draws,
        seed=asked.seed,
        accounts=len(known),
        churned=sum(name in known and at_ms <= outcomes.observed_until_ms for name, at_ms in outcomes.at_ms.items()),
        models=tuple(models),
        yardsticks=tuple(plain),
        comparisons=tuple(comparisons(panels, asked.horizons, asked.draws, asked.seed)),
        notes=(
            *outcomes.notes,
            *said,
            *without_row(panels, outcomes),
            *without_segment(asked.by, segment_of(asked.by, panels[0], outcomes)),
        ),
    )
    return reading(report)


def _model(asked: Asked, columns: Columns, panel: Panel, outcomes: Outcomes) -> ModelReport:
    draws, seed = asked.draws, asked.seed
    grid = TierGrid.of(judged_of(columns), outcomes, asked.min_age_ms) if asked.alerts_every_ms else None
    return ModelReport(
        model=panel.model,
        version=panel.version,
        tiers={
            name: float((panel.tier == number).mean()) if len(panel) else 0.0 for number, name in enumerate(panel.tiers)
        },
        excluded=tuple(
            Excluded(reason=reason, words=REASONS[reason], rows=each.rows, accounts=each.accounts)
            for reason, each in panel.excluded.items()
        ),
        horizons=tuple(horizon(panel, days, draws=draws, seed=seed) for days in asked.horizons),
        lead_times=()
        if grid is None
        else tuple(grid.lead_time(each, asked.horizons, draws, seed) for each in _flags(panel)),
        alerts=()
        if grid is None
        else tuple(a for days in asked.horizons for a in grid.alert_precision(days, draws, seed)),
        segments=tuple(segments(panel, segment_of(asked.by, panel, outcomes), asked.horizons, draws, seed))
        if asked.by
        else (),
    )


def _named_apart(judged: Sequence[Judged]) -> Iterator[Judged]:
    """The answers of models of one name with a name each: by their versions or, if those are one, their place."""
    names = [each.model for each in judged]
    versions = [f"{each.model} v{each.version}" for each in judged]
    for number, each in enumerate(judged, 1):
        if names.count(each.model) == 1:
            yield each
        else:
            own = versions[number - 1]
            yield replace(each, model=own if versions.count(own) == 1 else f"{own} ({number})")


def draws_for(rows: int) -> int:
    """How many draws are made for this many rows: with many, a few hundred give the same interval.

    >>> draws_for(1_000), draws_for(100_000), draws_for(1_000_000)
    (1000, 400, 200)
    """
    return min(DRAWS, max(FEWEST_DRAWS, ROWS_DRAWN // max(rows, 1)))


def _flags(panel: Panel) -> tuple[int, ...]:
    return (1, 2) if len(panel.tiers) > 2 else (1,)
