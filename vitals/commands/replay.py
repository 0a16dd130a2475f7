"""`vitals replay`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scoring.model.loader import with_resolution
from scoring.model.model import Model, ModelError
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.by_account.reading import BY_EVENT
from streams.replay.forms.form import parse_form
from streams.replay.undated_lines import REFUSE, parse_undated
from streams.replay.undated_lines import WORDS as UNDATED
from vitals.commands.files.form_options import (
    FILE_HELP,
    EncodingOption,
    FormatOption,
    SeparatorOption,
    TextColumnsOption,
)
from vitals.commands.replays.answers import Asked, Form, Sources, print_answers
from vitals.commands.replays.diff import NORM_EVERY, print_comparison
from vitals.commands.replays.instants import parse_instants

ARRIVAL = "When an event counts: when it happened, when the latest before it in the file did, or a field's time."


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(replay)


def replay(
    file: Annotated[list[str], typer.Argument(metavar="FILE", help=FILE_HELP)],
    model: Annotated[
        list[str],
        typer.Option(metavar="NAME_OR_FILE", help="A scoring model, or several; with --diff two: the old, the new."),
    ],
    as_of: Annotated[
        str, typer.Option(metavar="T[,T…]", help="The instants to judge at, RFC 3339; with --diff the last is the end.")
    ] = "",
    every: Annotated[str, typer.Option(metavar="TIME", help="Instants at each multiple of this, like 1d or 1w.")] = "",
    since: Annotated[
        str, typer.Option("--from", metavar="T", show_default="the first event", help="The first of them.")
    ] = "",
    to: Annotated[str, typer.Option(metavar="T", show_default="the last event", help="The last of them.")] = "",
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
    parquet: Annotated[Path | None, typer.Option(metavar="FILE", help="Write signals and scores as Parquet.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print whole answers, or the comparison, as JSON.")] = False,
    output: Annotated[Path | None, typer.Option(help="Write the CSV or the JSON to this file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Do not say how well the events fit the model.")] = False,
    arrival: Annotated[str, typer.Option(metavar="event|order|FIELD", help=ARRIVAL)] = BY_EVENT,
    processes: Annotated[
        int, typer.Option(min=0, show_default="one a processor", help="How many work on a large file.")
    ] = 0,
    undated: Annotated[str, typer.Option(metavar="WHAT", help=UNDATED.replace('"now", ', ""))] = REFUSE,
    format_: FormatOption = "",
    separator: SeparatorOption = "",
    encoding: EncodingOption = "",
    text_columns: TextColumnsOption = "",
) -> None:
    """Score a history under any models, without Kafka: what the worker's fold says.

    At each T every account seen until then is judged, among those accounts alone.

    With --diff, changes of tier are noted at the instants at which the worker notes them (VITALS_CLOCK=event); a
    change between the same tiers at most 7 days away has moved. At each T a cohort norm is made too.
    """
    if sum((as_csv, as_json, parquet is not None)) > 1:
        raise UserError("--csv and --json, or --parquet, are ways to write one thing: give one of them.")
    if output and not (as_csv or as_json):
        raise UserError("--output takes a file format: add --csv or --json.")
    asked = parse_undated(undated)
    if asked.is_now:
        raise UserError(
            "--undated now is for publish: here name the field that holds the time, or let them be refused."
        )
    models = _models(model, resolution)
    files = parse_form(format_, separator, encoding, text_columns)
    form = Form(as_csv=as_csv, as_json=as_json, output=output, parquet=parquet)
    if diff:
        if every or since or to or parquet or arrival != BY_EVENT or len(file) > 1:
            raise UserError("--diff looks at all times of one file: leave --every, --from, --to, --arrival, --parquet.")
        sources = Sources((file[0],), asked.field, files, processes)
        print_comparison(sources, models, as_of, norm_every or NORM_EVERY, form)
        return
    if norm_every:
        raise UserError("--norm-every is for --diff: without it a cohort norm is made at each instant.")
    _check_different(models)
    print_answers(
        Asked(
            sources=Sources(tuple(file), asked.field, files, processes),
            models=models,
            instants=parse_instants(as_of, every, since, to),
            arrival=arrival,
            has_fit=not quiet,
        ),
        form,
    )


def _models(names: Sequence[str], resolution: str) -> tuple[Model, ...]:
    """The models.

    Raises:
        UserError: when one cannot be read, or has no such resolution.
    """
    models = []
    for found in map(read_model, names):
        try:
            models.append(with_resolution(found, resolution) if resolution else found)
        except ModelError as error:
            raise UserError(f"--resolution {resolution}: {error}") from None
    return tuple(models)


def _check_different(models: Sequence[Model]) -> None:
    """Check that the answers of each can be told from those of the others.

    Raises:
        UserError: when two have one name and version.
    """
    keys = [(each.name, each.version) for each in models]
    for name, version in keys:
        if keys.count((name, version)) > 1:
            raise UserError(f"Two models are {name} version {version}: give one of them another version.")
