"""`vitals replay`."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer

from scoring.health import Answer
from scoring.instants import parse_instant
from scoring.model import ModelError
from scoring.plan import Plan
from streams.cli.screen import answers_table, console, json_text, print_refused, progress_bar
from streams.errors import UserError
from streams.event_file import EventFile
from streams.model_files import read_model
from streams.read_model import worst_first_order
from streams.replay import read_history, write_csv
from streams.replay import replay as fold


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


def replay(
    file: Annotated[str, typer.Argument(metavar="FILE", help="NDJSON, gzipped or not; - is standard input.")],
    model: Annotated[str, typer.Option(metavar="NAME_OR_FILE", help="The scoring model.")],
    as_of: Annotated[str, typer.Option(metavar="T[,T…]", help="The instants to judge at, RFC 3339.")],
    resolution: Annotated[
        str, typer.Option(show_default="the model's", help="The width of a bucket, from 1s to 1d.")
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV: every signal, and the unrounded score.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole answers as JSON.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the CSV or the JSON to this file.")] = None,
) -> None:
    """Score a history under any model, without Kafka: the very fold that the worker does.

    At each T every account seen until then is judged, among those accounts alone.
    """
    if as_csv and as_json:
        raise UserError("--csv and --json are two ways to print one thing: give one of them.")
    if output and not (as_csv or as_json):
        raise UserError("--output takes a file format: add --csv or --json.")
    instants = _instants(as_of)
    plan = _plan(model, resolution)
    answers = _answers(file, plan, instants)
    if not (as_csv or as_json):
        _print_tables(answers)
    elif output:
        _write(_csv(plan, answers) if as_csv else json_text(answers), output)
    else:
        sys.stdout.write(_csv(plan, answers) if as_csv else json_text(answers))


def _instants(text: str) -> list[int]:
    try:
        return [parse_instant(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise UserError(f"--as-of: {error}") from None


def _plan(model: str, resolution: str) -> Plan:
    found = read_model(model)
    try:
        return Plan(found.with_resolution(resolution) if resolution else found)
    except ModelError as error:
        raise UserError(f"--resolution {resolution}: {error}") from None


def _answers(file: str, plan: Plan, instants: Sequence[int]) -> list[Answer]:
    """Read and fold, with progress and a summary on standard error."""
    now_ms = time.time_ns() // 1_000_000
    with EventFile(file) as events:
        with progress_bar("reading", events.size) as progress:
            history = read_history(events, plan, now_ms, progress)
        name = events.name
    print_refused(history.refused)
    if not history.events:
        raise UserError(f"{name}: no line of it is an event. Give NDJSON, each line an event with its topic.")
    with progress_bar("replaying", len(history.events)) as progress:
        answers = fold(plan, history.events, instants, progress)
    refused = sum(each.count for each in history.refused)
    print(f"{len(history.events):,} events replayed, {refused:,} lines refused.", file=sys.stderr)
    return answers


def _csv(plan: Plan, answers: Sequence[Answer]) -> str:
    text = io.StringIO()
    write_csv(plan, answers, text)
    return text.getvalue()


def _write(text: str, output: Path) -> None:
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written ({error.strerror}): give the path of a file.") from None


def _print_tables(answers: Sequence[Answer]) -> None:
    """One table an instant, worst first."""
    for as_of, group in groupby(answers, key=attrgetter("as_of")):
        rows = sorted(group, key=worst_first_order)
        console().print(answers_table(rows, f"{len(rows):,} accounts as of {as_of}"))
