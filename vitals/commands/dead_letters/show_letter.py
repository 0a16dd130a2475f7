"""`vitals dead-letters show`."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, plain
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.dead_letters.letters import VALUE_SHOWN, Shown, ids_of, quiet_kafka, shown
from vitals.commands.output import console, print_json


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("show")(show)


def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="Its id, as in the list: partition:offset.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON, with the whole value.")] = False,
) -> None:
    """Show one dead letter: why it could not be used, where it came from, and what it holds."""
    from streams.dead_letters.reading import Wanted, read_letters

    settings = Settings.from_environment(os.environ)
    quiet_kafka()
    letters = asyncio.run(read_letters(settings, Wanted(ids=ids_of([letter])), limit=1))
    if not letters.found:
        raise UserError(
            f"There is no dead letter {plain(letter, NAME_LIMIT)}, or it is older than the topic keeps: "
            "`vitals dead-letters list` shows those that there are."
        )
    found = shown(letters.found[0])
    if as_json:
        print_json(found)
        return
    console().print(_table(found))
    if found.value is not None:
        _print_value(found)


def _table(found: Shown) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    where = f"source {found.source}" if found.source else f"{found.topic} {found.partition}:{found.offset}"
    rows = [
        ("dead letter", found.id),
        ("reason", found.reason),
        ("what to do", found.words),
        ("from", where),
        ("time", found.time),
        ("died", found.died_at),
        ("sent again", found.replayed_at or "never"),
        ("key", found.key or ""),
        *((f"header {name}", value) for name, value in found.headers.items()),
        ("bytes", f"{found.value_bytes:,}" + (", of which only the beginning was kept" if found.is_cut else "")),
    ]
    for name, value in rows:
        if value:
            table.add_row(Text(plain(name, NAME_LIMIT)), Text(plain(value, VALUE_SHOWN)))
    return table


def _print_value(found: Shown) -> None:
    value = found.value or ""
    kind = "value, in base64" if found.is_base64 else "value"
    console().print(Text(f"\n{kind}:", style="bold"))
    console().print(Text(plain(value, VALUE_SHOWN)), soft_wrap=True)
    if len(value) > VALUE_SHOWN:
        console().print(Text("The rest is in --json."), style="dim")
