"""`vitals alerts check`: what a rule file says, and what is wrong with it."""

from __future__ import annotations

from typing import Annotated

import typer

from alerts.text import NAME_LIMIT, plain
from streams.alert_files import read_with_notes
from streams.model_files import read_model
from vitals.commands.output import console, print_json


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(check)


def check(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="A rule file, or the name of shipped rules.")
    ] = "default",
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="The model: a preset, or the path of a file.")
    ] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Check alert rules against a model, and print what they say. An error names the line, the key and the fix."""
    loaded = read_with_notes(file, read_model(model))
    if as_json:
        print_json(loaded)
        return
    header = loaded.rules.header
    console().print(f"ok: {plain(header.name, NAME_LIMIT)} version {header.version}", style="green", markup=False)
