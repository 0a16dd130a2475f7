"""`vitals dashboard key`: makes, lists and revokes keys of the API."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, plain
from scoring.instants import DAY_MS, rfc3339
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import author_of, check_text, parsed_duration
from vitals.commands.identity.ids import now_ms, quiet_kafka
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from dashboard.acts.done import Done
    from streams.workspace.records import ApiKey

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke keys of the API.")
Author = Annotated[str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who does it.")]
Json = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A key for programs: everything but its secret. `until` is null without an end."""

    id: str
    name: str
    scopes: tuple[str, ...]
    author: str
    at: str
    until: str | None
    state: Literal["open", "expired", "revoked"]


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new key with its secret, which is shown this once."""

    id: str
    key: str


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    scope: Annotated[
        list[str] | None, typer.Option(metavar="SCOPE", help="read, act or admin; may be repeated.")
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", show_default="until revoked", help="How long, as in 90d.")
    ] = None,
    author: Author = None,
    as_json: Json = False,
) -> None:
    """Make a key and print it once. Only its digest is kept. Requests send it as Authorization: Bearer KEY."""
    check_text("NAME", name)
    days = parsed_duration("--for", for_) / DAY_MS if for_ else 0.0
    done = asyncio.run(_create(author_of(author), name, tuple(scope or ("read",)), days))
    _check(done)
    if as_json:
        print_json(Made(id=done.id, key=done.secret))
    else:
        console(stderr=True).print(Text(f"{done.words} Its id is {done.id}."))
        print(done.secret)


@app.command("list")
def list_keys(
    every: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False, as_json: Json = False
) -> None:
    """List keys, the newest first."""
    found = [each for each in asyncio.run(_keys()) if every or each.state == "open"]
    if as_json:
        print_json(found)
        return
    if not found:
        console().print(Text("There is no key: make one with `vitals dashboard key create NAME`."))
        return
    table = Table("id", "name", "may", "made by", "made", "ends", "state")
    for each in found:
        name, by = (Text(plain(text, NAME_LIMIT)) for text in (each.name, each.author))
        table.add_row(each.id, name, ", ".join(each.scopes), by, each.at, each.until or "when revoked", each.state)
    console().print(table)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="The key's id, which `list` shows.")], author: Author = None
) -> None:
    """End a key at once: it lets nobody in any more."""
    done = asyncio.run(_revoke(author_of(author), key))
    _check(done)
    print(done.words)


async def _create(author: str, name: str, scopes: tuple[str, ...], days: float) -> Done:
    from dashboard.at_command import at_command, operator

    quiet_kafka()
    async with at_command(Settings.from_environment(os.environ)) as found:
        return await found.links.key(operator(author), name, scopes, days)


async def _revoke(author: str, key: str) -> Done:
    from dashboard.at_command import at_command, operator

    quiet_kafka()
    async with at_command(Settings.from_environment(os.environ)) as found:
        return await found.links.end_key(operator(author), key)


async def _keys() -> list[Shown]:
    from dashboard.at_command import at_command

    quiet_kafka()
    async with at_command(Settings.from_environment(os.environ)) as found:
        return [_shown(each) for each in found.table.api_keys()]


def _shown(key: ApiKey) -> Shown:
    from dashboard.doors.keys import has_ended

    return Shown(
        id=key.id,
        name=key.name,
        scopes=key.scopes,
        author=key.author,
        at=rfc3339(key.at_ms),
        until=rfc3339(key.until_ms) if key.until_ms else None,
        state="revoked" if key.revoked_ms else "expired" if has_ended(key, now_ms()) else "open",
    )


def _check(done: Done) -> None:
    if not done.is_done:
        raise UserError(done.words)
