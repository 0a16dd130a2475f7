"""`vitals unattributed list`."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from scoring.plurals import counted
from streams.deployment.settings import Settings
from streams.identity.alias import ForeignId
from vitals.commands.by_hand import warn
from vitals.commands.identity.ids import quiet_kafka
from vitals.commands.output import console, minute_words, print_json

if TYPE_CHECKING:
    from streams.identity.waiting_list import WhatWaits
    from streams.identity.waiting_store import WaitingGroup

LIMIT = 50
NAMES_SHOWN = 3


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Events that name the same ids, the surest first. `account` is where aliases lead by now, "" for nowhere.
    Instants are RFC 3339; `first` and `last` are those of the events. `command` attributes them."""

    ids: list[ForeignId]
    account: str
    events: int
    first: str
    last: str
    waits_since: str
    names: list[str]
    sources: list[str]
    command: str


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("list")(list_unattributed)


def list_unattributed(
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only ids of this kind, such as stripe.customer.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most ids to list, most events first.")] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the ids for whose account events wait, those with most events first, and what attributes them."""
    from streams.identity.waiting_list import read_waiting

    settings = Settings.from_environment(os.environ)
    quiet_kafka()
    found = asyncio.run(read_waiting(settings, kind, limit))
    ready = sum(group.events for group in found.groups if group.account)
    if ready:
        words = "has an account already, and is" if ready == 1 else "have an account already, and are"
        warn(f"{counted(ready, 'events')} {words} published as soon as `vitals attribute` runs.")
    if as_json:
        print_json([_shown(group) for group in found.groups])
    elif found.groups:
        console().print(_table(found))
        if command := next((words for group in found.groups if (words := _command(group))), ""):
            console(stderr=True).print(Text(f"An alias of one of the ids attributes them: {command}"), soft_wrap=True)
    else:
        console().print(Text("No event waits for an account."))


def _table(found: WhatWaits) -> Table:
    title = f"{counted(found.events, 'events')} of {counted(found.ids, 'ids')}"
    if len(found.groups) < found.ids:
        title += f", the first {len(found.groups):,}"
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    table.add_column("id", overflow="fold")
    table.add_column("events", justify="right", no_wrap=True)
    table.add_column("first, last", no_wrap=True)
    for name in ("names", "source", "account"):
        table.add_column(name, overflow="fold")
    for group in found.groups:
        table.add_row(
            Text("\n".join(_words(each) for each in group.ids)),
            f"{group.events:,}",
            "\n".join(dict.fromkeys((minute_words(group.first_ms), minute_words(group.last_ms)))),
            Text(_some(group.names)),
            Text(_some(group.sources)),
            Text(plain(group.account, NAME_LIMIT) if group.account else "not known"),
        )
    return table


def _shown(group: WaitingGroup) -> Shown:
    return Shown(
        ids=list(group.ids),
        account=group.account,
        events=group.events,
        first=rfc3339(group.first_ms),
        last=rfc3339(group.last_ms),
        waits_since=rfc3339(group.received_ms) if group.received_ms else "",
        names=group.names,
        sources=group.sources,
        command=_command(group),
    )


def _command(group: WaitingGroup) -> str:
    if group.account:
        return ""
    first = group.ids[0]
    return f"vitals alias set {_quoted(first.kind)} {_quoted(first.id)} ACCOUNT --reason TEXT"


def _quoted(text: str) -> str:
    plain_text = plain(text, NAME_LIMIT)
    return plain_text if plain_text.replace(".", "").replace("_", "").replace("-", "").isalnum() else f"'{plain_text}'"


def _words(each: ForeignId) -> str:
    return f"{plain(each.kind, NAME_LIMIT)} {plain(each.id, NAME_LIMIT)}"


def _some(names: list[str]) -> str:
    shown = ", ".join(plain(name, NAME_LIMIT) for name in names[:NAMES_SHOWN])
    rest = len(names) - NAMES_SHOWN
    return plain(shown if rest <= 0 else f"{shown} and {rest:,} more", WORDS_LIMIT)
