"""The answers of `vitals replay`: tables, JSON, CSV or Parquet, with progress and what is to be said of the files."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import cast

import msgspec
from rich.text import Text

from scoring.explain.explanation import explain
from scoring.instants import FAR
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.plurals import counted
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.read_model.port import worst_first_order
from streams.replay.by_account.blocks import Progress, input_bytes
from streams.replay.by_account.csv_lines import CsvLines, header, in_order, signals_of
from streams.replay.by_account.parquet import check_parquet, write_parquet
from streams.replay.by_account.passes import SortedEvents, sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import LinesWanted, SnapshotsWanted
from streams.replay.fit import SAMPLED, FitCounts
from streams.replay.fit_file import note_answers
from streams.replay.fit_report import report_of
from streams.replay.forms.form import FileForm
from vitals.commands.file_notes import print_mismatches, print_similar_accounts
from vitals.commands.fit.notes import print_fit
from vitals.commands.output import console, json_text, print_rejected, progress_bar, scores_table
from vitals.commands.replays.instants import Instants, print_odd_instants
from vitals.commands.tier_shares import tier_shares_note

SNAPSHOTS_MAX = 300_000
"""The most score snapshots that are held in memory, for tables and JSON."""


class Sources(msgspec.Struct, frozen=True):
    """Files of events, and how they are read: the field that holds the time of lines without a timestamp, the form
    where it is named, and how many processes read, 0 for one a processor."""

    paths: tuple[str, ...]
    time_field: str
    form: FileForm
    processes: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What to replay: the sources, the models, the instants, and how events are read."""

    sources: Sources
    models: tuple[Model, ...]
    instants: Instants
    arrival: str
    has_fit: bool


class Form(msgspec.Struct, frozen=True):
    """How to print, and where to: tables when no other is asked."""

    as_csv: bool
    as_json: bool
    output: Path | None
    parquet: Path | None


def print_answers(asked: Asked, form: Form) -> None:
    """Replay, and print the answers.

    Raises:
        UserError: when a file cannot be read or has no event, or the answers would be too many.
    """
    if form.parquet is not None:
        check_parquet()
    plans = [Plan(model) for model in asked.models]
    is_whole = not form.as_csv and form.parquet is None
    with sorted_events(asked.sources.paths, _reading(asked, keeps_all=is_whole), asked.sources.processes) as events:
        notes = events.notes
        instants = asked.instants.of(notes.first_ms, notes.last_ms)
        print_odd_instants(instants, notes.first_ms, time.time_ns() // 1_000_000)
        snapshots = notes.accounts * len(instants) * len(plans)
        if is_whole and snapshots > SNAPSHOTS_MAX:
            raise UserError(
                f"These are up to {snapshots:,} score snapshots: add --csv or --parquet, or judge at fewer instants."
            )
        events.begin(instants)
        if any(plan.norms.compared for plan in plans):
            with progress_bar("comparing", notes.events) as progress:
                events.make_norms(plans, progress)
        else:
            events.make_norms(plans)
        if form.parquet is not None:
            with progress_bar("replaying", notes.events) as progress:
                write_parquet(events, plans, instants, form.parquet, progress)
            _say(events, asked, plans[0], instants[-1], None)
        elif form.as_csv:
            with progress_bar("replaying", notes.events) as progress:
                lines = _lines(events, asked.models, progress)
            _say(events, asked, plans[0], instants[-1], _counts_of(lines[0]))
            write(_csv_texts(asked.models, lines, events), form.output)
        else:
            with progress_bar("replaying", notes.events) as progress:
                answers = _snapshots(events, len(plans), progress)
            _print_snapshots(events, asked, plans, answers, form)


def _print_snapshots(
    events: SortedEvents,
    asked: Asked,
    plans: Sequence[Plan],
    answers: Sequence[Sequence[ScoreSnapshot]],
    form: Form,
) -> None:
    counts = FitCounts()
    note_answers(counts, answers[0])
    _say(events, asked, plans[0], counts.last_ms, counts)
    if form.as_json:
        write([json_text([each for of_plan in answers for each in of_plan])], form.output)
    else:
        _print_tables(plans, answers)


@contextmanager
def sorted_events(sources: Sequence[str], reading: Reading, processes: int) -> Iterator[SortedEvents]:
    """The events of some files, sorted by account, with progress and the rejected lines on standard error.

    Raises:
        UserError: when a file cannot be read, or none has an event.
    """
    with progress_bar("reading", input_bytes(sources)) as progress:
        events, no_event = sort_events(sources, reading, processes=processes, progress=progress)
    with events:
        print_rejected(events.notes.refused)
        if not events.notes.events:
            raise no_event or UserError("There is no event: give NDJSON, each line an event with its topic.")
        yield events


def _reading(asked: Asked, *, keeps_all: bool) -> Reading:
    last_ms = asked.instants.last_ms
    return Reading(
        models=asked.models,
        now_ms=time.time_ns() // 1_000_000,
        time_field=asked.sources.time_field,
        form=asked.sources.form,
        arrival=asked.arrival,
        last_ms=FAR if last_ms < 0 else last_ms,
        keeps_all=keeps_all,
        fit_sample=SAMPLED if asked.has_fit and len(asked.models) == 1 else 0,
    )


def _lines(events: SortedEvents, models: Sequence[Model], progress: Progress) -> list[list[CsvLines]]:
    """By model, the lines of each partition."""
    found: list[list[CsvLines]] = [[] for _ in models]
    for parts in events.fold(LinesWanted(tuple(signals_of(models))), progress):
        for number, part in enumerate(cast(list[CsvLines], parts)):
            found[number].append(part)
    return found


def _csv_texts(models: Sequence[Model], lines: Sequence[Sequence[CsvLines]], events: SortedEvents) -> Iterator[str]:
    yield header(models)
    for of_model in lines:
        yield from in_order(of_model, events.spill)


def _counts_of(lines: Iterable[CsvLines]) -> FitCounts:
    counts = FitCounts()
    for part in lines:
        counts.merge(part.fit)
    return counts


def _snapshots(events: SortedEvents, models: int, progress: Progress) -> list[list[ScoreSnapshot]]:
    """By model, the snapshots by instant, then account."""
    found: list[list[tuple[int, str, bytes]]] = [[] for _ in range(models)]
    for parts in events.fold(SnapshotsWanted(), progress):
        for number, part in enumerate(cast(list[list[tuple[int, str, bytes]]], parts)):
            found[number] += part
    decode = msgspec.msgpack.Decoder(ScoreSnapshot).decode
    return [[decode(snapshot) for _, _, snapshot in sorted(of_model)] for of_model in found]


def _say(events: SortedEvents, asked: Asked, plan: Plan, last_ms: int, counts: FitCounts | None) -> None:
    """The summary on standard error; `counts` are those of the accounts at the last instant, `last_ms`."""
    notes = events.notes
    refused = sum(each.count for each in notes.refused)
    print(f"{counted(notes.events, 'events')} replayed, {counted(refused, 'lines')} refused.", file=sys.stderr)
    print_similar_accounts(notes.similar.twins(), notes.similar.spelled())
    print_mismatches(notes.type_mismatches, notes.unusable)
    if asked.has_fit and len(asked.models) == 1:
        fit = notes.fit
        if counts is not None:
            fit.merge(counts)
        fit.last_ms = last_ms
        print_fit(report_of(plan, fit))


def write(texts: Iterable[str], output: Path | None) -> None:
    """Write to a file, or to standard output when there is none."""
    if output is None:
        for text in texts:
            sys.stdout.write(text)
        return
    try:
        with output.open("w", encoding="utf-8", newline="") as file:
            file.writelines(texts)
    except OSError as error:
        raise UserError(f"{output} cannot be written ({error.strerror}): give the path of a file.") from None


def _print_tables(plans: Sequence[Plan], answers: Sequence[Sequence[ScoreSnapshot]]) -> None:
    """One table a model and instant, worst first."""
    for plan, of_plan in zip(plans, answers, strict=True):
        by = f" by {plan.model.name}@{plan.model.version}" if len(plans) > 1 else ""
        for as_of, group in groupby(of_plan, key=attrgetter("as_of")):
            rows = sorted(group, key=worst_first_order)
            title = f"{len(rows):,} accounts as of {as_of}{by}"
            console().print(scores_table(rows, title, partial(explain, plan)))
            counts = Counter(row.tier for row in rows)
            if note := tier_shares_note([(tier, counts[tier]) for tier in plan.primary.tier_names]):
                console().print(Text(note, style="yellow"))
