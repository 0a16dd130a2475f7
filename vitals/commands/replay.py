"""`vitals replay`."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from scoring.explain.explanation import explain
from scoring.instants import parse_instant
from scoring.model.loader import with_resolution
from scoring.model.model import ModelError
from scoring.plan.plan import Plan
from scoring.plurals import counted
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.model_files import read_model
from streams.read_model.port import worst_first_order
from streams.replay.event_file import EventFile
from streams.replay.fit import Fit
from streams.replay.fit_file import note_answers
from streams.replay.fit_report import report_of
from streams.replay.replay import read_history, write_csv
from streams.replay.replay import replay as fold
from streams.replay.undated_lines import REFUSE, parse_undated
from streams.replay.undated_lines import WORDS as UNDATED
from vitals.commands.file_notes import print_mismatches, print_similar_accounts
from vitals.commands.fit.notes import print_fit
from vitals.commands.output import (
    console,
    json_text,
    print_rejected,
    progress_bar,
    scores_table,
)
from vitals.commands.replay_diff import NORM_EVERY, diff_csv, diff_json, norm_step_ms, print_diff, tier_diff


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON, gzipped or not; - is standard input.")],
    model: Annotated[
        list[str], typer.Option(metavar="NAME_OR_FILE", help="The scoring model; with --diff two: the old, the new.")
    ],
    as_of: Annotated[
        str, typer.Option(metavar="T[,T…]", help="The instants to judge at, RFC 3339; with --diff the last is the end.")
    ] = "",
    resolution: Annotated[
        str, typer.Option(show_default="the model's", help="The width of a bucket, from 1s to 1d.")
    ] = "",
    diff: Annotated[
        bool, typer.Option("--diff", help="Compare the changes of tier under two models, over the whole history.")
    ] = False,
    norm_every: Annotated[
        str, typer.Option(show_default="1d", help="With --diff: how often a cohort norm is made, from 1970 on (UTC).")
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: signals and scores, or differences.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole answers, or the comparison, as JSON.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the CSV or the JSON to this file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not say how well the events fit the model.")] = False,
    undated: Annotated[str, typer.Option(metavar="WHAT", help=UNDATED.replace('"now", ', ""))] = REFUSE,
) -> None:
    """Score a history under any model, without Kafka: the very fold that the worker does.

    At each T every account seen until then is judged, among those accounts alone. Only --diff takes several models.

    With --diff, changes of tier are noted at the instants at which the worker notes them (VITALS_CLOCK=event); a
    change between the same tiers at most 7 days away has moved. At each T a cohort norm is made too.
    """
    if as_csv and as_json:
        raise UserError("--csv and --json are two ways to print one thing: give one of them.")
    if output and not (as_csv or as_json):
        raise UserError("--output takes a file format: add --csv or --json.")
    asked = parse_undated(undated)
    if asked.is_now:
        raise UserError(
            "--undated now is for publish: here name the field that holds the time, or let them be refused."
        )
    source = _Source(file, asked.field)
    if diff:
        _compare(source, model, as_of, resolution, norm_every or NORM_EVERY, _Form(as_csv, as_json, output))
        return
    if len(model) > 1:
        raise UserError("--model is given more than once: add --diff to compare two, or replay each by itself.")
    if norm_every:
        raise UserError("--norm-every is for --diff: without it a cohort norm is made at each T of --as-of.")
    if not as_of:
        raise UserError("At which instants? Add --as-of with one or more, like --as-of 2026-03-15T00:00:00Z.")
    instants = _instants(as_of)
    plan = _plan(model[0], resolution)
    answers = _answers(source, plan, instants, None if quiet else Fit(plan))
    if not (as_csv or as_json):
        _print_tables(plan, answers)
    else:
        _write(_csv(plan, answers) if as_csv else json_text(answers), output)


class _Source(NamedTuple):
    """What to read, and the field that holds the time of lines without a timestamp, if any."""

    file: str
    time_field: str


class _Form(NamedTuple):
    """How to print, and where to."""

    as_csv: bool
    as_json: bool
    output: Path | None


def _compare(source: _Source, models: Sequence[str], as_of: str, resolution: str, norm_every: str, form: _Form) -> None:
    if len(models) != 2:
        raise UserError(f"--diff compares two models, not {len(models)}: give --model twice, the old one first.")
    instants = _instants(as_of) if as_of else []
    step_ms = norm_step_ms(norm_every)
    before, after = (_plan(model, resolution) for model in models)
    found = tier_diff(source.file, (before, after), instants, step_ms, source.time_field)
    if not (form.as_csv or form.as_json):
        print_diff(found)
    else:
        _write(diff_csv(found) if form.as_csv else diff_json(found), form.output)


def _instants(text: str) -> list[int]:
    try:
        return [parse_instant(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise UserError(f"--as-of: {error}") from None


def _plan(model: str, resolution: str) -> Plan:
    found = read_model(model)
    try:
        return Plan(with_resolution(found, resolution) if resolution else found)
    except ModelError as error:
        raise UserError(f"--resolution {resolution}: {error}") from None


def _answers(source: _Source, plan: Plan, instants: Sequence[int], fit: Fit | None) -> list[ScoreSnapshot]:
    """Read and fold, with progress and a summary on standard error; `fit` says how well the events fit."""
    now_ms = time.time_ns() // 1_000_000
    with EventFile(source.file) as events:
        with progress_bar("reading", events.size) as progress:
            history = read_history(events, plan, now_ms, progress, source.time_field, fit)
        no_event = events.without_events
    print_rejected(history.refused)
    if not history.events:
        raise no_event()
    with progress_bar("replaying", len(history.events)) as progress:
        answers = fold(plan, history.events, instants, progress)
    refused = sum(each.count for each in history.refused)
    print(f"{counted(len(history.events), 'events')} replayed, {counted(refused, 'lines')} refused.", file=sys.stderr)
    print_similar_accounts(history.similar.twins(), history.similar.spelled())
    print_mismatches(plan.type_mismatches, plan.decoder.unusable)
    if fit is not None:
        counts = fit.result()
        note_answers(counts, answers)
        print_fit(report_of(plan, counts))
    return answers


def _csv(plan: Plan, answers: Sequence[ScoreSnapshot]) -> str:
    text = io.StringIO()
    write_csv(plan, answers, text)
    return text.getvalue()


def _write(text: str, output: Path | None) -> None:
    """Write to a file, or to standard output when there is none."""
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written ({error.strerror}): give the path of a file.") from None


def _print_tables(plan: Plan, answers: Sequence[ScoreSnapshot]) -> None:
    """One table an instant, worst first."""
    for as_of, group in groupby(answers, key=attrgetter("as_of")):
        rows = sorted(group, key=worst_first_order)
        title = f"{len(rows):,} accounts as of {as_of}"
        console().print(scores_table(rows, title, lambda snapshot: explain(plan, snapshot)))
