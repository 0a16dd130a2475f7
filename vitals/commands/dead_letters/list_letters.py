"""`vitals dead-letters list`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.plurals import counted
from streams.dead_letters.entry import Letter
from streams.deployment.settings import Settings
from vitals.commands.dead_letters.letters import quiet_kafka, shown, since_ms_of
from vitals.commands.output import console, minute_words, print_json

LIMIT = 50


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("list")(list_letters)


def list_letters(
    reason: Annotated[str, typer.Option(metavar="CODE", help="Only those refused for this reason.")] = "",
    source: Annotated[str, typer.Option(metavar="NAME", help="Only those of this source of the gateway.")] = "",
    topic: Annotated[str, typer.Option(metavar="TOPIC", help="Only those of this topic, such as billing.")] = "",
    since: Annotated[str, typer.Option(metavar="T", help="Only since then: RFC 3339, or a duration like 2h.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="The most to list, the newest.")] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List what could not be used, with the reason, oldest first."""
    from streams.dead_letters.reading import Wanted, read_letters

    settings = Settings.from_environment(os.environ)
    quiet_kafka()
    wanted = Wanted(reason=reason, source=source, topic=topic, since_ms=since_ms_of(since))
    letters = asyncio.run(read_letters(settings, wanted, limit))
    if as_json:
        print_json([shown(each) for each in letters.found])
    elif letters.found:
        console().print(_table(letters.found, _title(len(letters.found), letters.matching)))
    elif letters.reasons:
        reasons = ", ".join(f"{count:,} {plain(name, NAME_LIMIT)}" for name, count in letters.reasons.items())
        console().print(Text(f"No dead letter is such a one. There are: {reasons}."))
    else:
        console().print(Text("There is no dead letter: everything that arrived could be used."))


def _title(listed: int, matching: int) -> str:
    if listed == matching:
        return counted(matching, "dead letters")
    return f"The newest {listed:,} of {counted(matching, 'dead letters')}"


def _table(letters: Iterable[Letter], title: str) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    table.add_column("id", no_wrap=True)
    table.add_column("when", overflow="fold")
    table.add_column("from", overflow="fold")
    table.add_column("reason", overflow="fold")
    table.add_column("what to do", overflow="fold")
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("sent again", overflow="fold")
    for each in letters:
        table.add_row(
            str(each.id),
            minute_words(each.died_ms),
            Text(plain(each.origin, NAME_LIMIT)),
            Text(plain(each.letter.reason, NAME_LIMIT)),
            Text(plain(each.letter.words, WORDS_LIMIT)),
            f"{each.letter.value_bytes:,}" + (" (cut)" if each.is_cut else ""),
            minute_words(each.replayed_ms) if each.replayed_ms else "",
        )
    return table
