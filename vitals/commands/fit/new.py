"""`vitals model new`: drafts a model file from a look at the data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from alerts.text import NAME_LIMIT, plain
from scoring.model.extension import PRESETS
from scoring.model.loader import load_model
from scoring.model.model import ModelError
from scoring.plan.plan import Plan
from scoring.plurals import counted
from streams.errors import UserError
from streams.model_files import read_model, text_at
from streams.replay.drafts.draft import Draft
from streams.replay.event_file import STDIN
from streams.replay.fit_file import fit_of
from streams.replay.fit_report import report_of
from vitals.commands.live_events import fetch_events
from vitals.commands.output import print_rejected, progress_bar


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(new)


def new(
    events: Annotated[
        str, typer.Argument(metavar="[EVENTS]", help="NDJSON, gzipped or not; - is standard input.", show_default=False)
    ] = "",
    live: Annotated[bool, typer.Option("--live", help="Look at the events of the topics instead of a file.")] = False,
    output: Annotated[Path, typer.Option(help="The file to write.")] = Path("model.toml"),
    name: Annotated[str, typer.Option(show_default="that of the file", help="The name of the model.")] = "",
    extends: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="The preset or the model that it extends.")
    ] = "default",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Look at events, and write a commented model file that extends a preset with the findings.

    It can be used as it is. What people must decide is in it as comments: events that may come from machines or mean
    what a set means, properties that look like a number of seats or a severity, components without any evidence.
    """
    if bool(events) == live:
        raise UserError("What is to be looked at? Give EVENTS, a file, or --live for those of the topics; not both.")
    if output.exists() and not force:
        raise UserError(f"{output} exists: give another --output, or add --force to overwrite it.")
    model = read_model(extends)
    with _file(events) as path, progress_bar("reading", _size_of(path)) as progress:
        counts, refused = fit_of(path, model, progress)
    print_rejected(refused)
    plan = Plan(model)
    draft = Draft(
        plan,
        counts,
        report_of(plan, counts),
        name=name or _own_name(output.stem, model.name),
        source=_words(events),
        path=output.name,
        extends=extends if extends in PRESETS else os.path.relpath(extends, output.parent),
    )
    text = draft.text()
    try:
        load_model(text_at(str(output), text))
    except ModelError as error:
        raise UserError(f"--name: {error}") from None
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"{output} cannot be written ({error.strerror}): give the path of a file.") from None
    decisions = counted(text.count("Decide:"), "decisions")
    print(f"{plain(str(output), NAME_LIMIT)} is written. It extends {extends}; it has {decisions} for you.")
    print(f"Next: vitals model show {output}, and vitals replay or vitals backtest with --model {output}")


@contextmanager
def _file(events: str) -> Iterator[str]:
    """The path of the events; those of the topics when it is ""."""
    if events:
        yield events
        return
    with tempfile.TemporaryDirectory(prefix="vitals-model-") as folder:
        path = Path(folder) / "events.ndjson"
        fetch_events(path)
        yield str(path)


def _own_name(stem: str, extended: str) -> str:
    """A name that neither a preset nor the extended model has."""
    return f"our-{stem}" if stem in (*PRESETS, extended) else stem


def _words(events: str) -> str:
    return {"": "the topics", STDIN: "standard input"}.get(events, Path(events).name)


def _size_of(path: str) -> int:
    return os.path.getsize(path) if path != STDIN and os.path.isfile(path) else 0
