"""`vitals dead-letters replay`."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.plurals import counted
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import author_of
from vitals.commands.dead_letters.letters import ids_of, quiet_kafka, since_ms_of
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from streams.dead_letters.reading import Wanted
    from streams.dead_letters.replaying import Outcome

MOST_LISTED = 200
"""The most rows of the table; letters that were not sent again come first."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("replay")(replay_letters)


def replay_letters(
    letters: Annotated[list[str] | None, typer.Argument(metavar="[ID]…", help="Their ids; or give --reason.")] = None,
    reason: Annotated[str, typer.Option(metavar="CODE", help="All those refused for this reason.")] = "",
    source: Annotated[str, typer.Option(metavar="NAME", help="Only those of this source of the gateway.")] = "",
    topic: Annotated[str, typer.Option(metavar="TOPIC", help="Only those of this topic, such as billing.")] = "",
    since: Annotated[str, typer.Option(metavar="T", help="Only since then: RFC 3339, or a duration like 2h.")] = "",
    as_source: Annotated[
        str, typer.Option("--as", metavar="SOURCE", help="Have this source of the gateway read them.")
    ] = "",
    again: Annotated[bool, typer.Option("--again", help="Also those that were sent again before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of each; send nothing.")] = False,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who does it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of each as JSON.")] = False,
) -> None:
    """Send dead letters again: to their topic with their time, or through their source by its rules of now.

    Each is marked, and is not sent again unless you say so. A repeat does not count: an event without an id of its own
    gets one made of where it first lay.
    """
    from streams.dead_letters.reading import Wanted

    if not (letters or reason or source or topic):
        raise UserError("Which letters is not said: give their ids, or --reason, --source or --topic.")
    settings = Settings.from_environment(os.environ)
    by = author_of(author)
    quiet_kafka()
    ids = ids_of(letters or [])
    wanted = Wanted(
        ids=ids,
        reason=reason,
        source=source,
        topic=topic,
        since_ms=since_ms_of(since),
        unsent=not (ids or again),
    )
    outcomes = asyncio.run(_replay(settings, wanted, by, again=again, as_source=as_source, dry_run=dry_run))
    if as_json:
        print_json(outcomes)
    else:
        _print(outcomes, dry_run=dry_run)
    if missing := sorted({str(each) for each in ids} - {each.id for each in outcomes}):
        named = ", ".join(missing[:10])
        raise UserError(f"There is no dead letter {named}: `vitals dead-letters list` shows those that there are.")
    if ids and any(each.became != "published" for each in outcomes):
        raise UserError("Not every letter was sent again: see above what each needs.")


async def _replay(
    settings: Settings, wanted: Wanted, author: str, *, again: bool, as_source: str, dry_run: bool
) -> list[Outcome]:
    from streams.dead_letters.reading import each_letter
    from streams.dead_letters.replaying import replay
    from streams.dead_letters.source_gate import GatewayGate

    async with GatewayGate(settings, os.environ) as gate, aclosing(each_letter(settings, wanted)) as letters:
        return await replay(settings, letters, gate, author=author, again=again, as_source=as_source, dry_run=dry_run)


def _print(outcomes: Sequence[Outcome], *, dry_run: bool) -> None:
    if not outcomes:
        console().print(Text("No dead letter is such a one and was not sent again yet."))
        return
    counts = Counter(each.became for each in outcomes)
    published = "would be sent again" if dry_run else "sent again"
    title = f"{counted(len(outcomes), 'dead letters')}: {counts['published']:,} {published}"
    if rest := len(outcomes) - counts["published"]:
        title += f", {rest:,} not"
    listed = sorted(outcomes, key=lambda each: each.became == "published")[:MOST_LISTED]
    console().print(_table(listed, title, dry_run=dry_run))
    if len(outcomes) > len(listed):
        console().print(Text(f"{len(outcomes) - len(listed):,} more are in --json."), style="dim")


def _table(outcomes: Iterable[Outcome], title: str, *, dry_run: bool) -> Table:
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    for name in ("id", "from", "reason", "became", "words"):
        table.add_column(name, no_wrap=name in ("id", "reason", "became"))
    for each in outcomes:
        became = "would be published" if dry_run and each.became == "published" else each.became
        table.add_row(
            each.id,
            Text(plain(each.origin, NAME_LIMIT)),
            Text(plain(each.reason, NAME_LIMIT)),
            became,
            Text(plain(each.words, WORDS_LIMIT)),
        )
    return table
