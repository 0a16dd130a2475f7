"""`vitals alias set` and `vitals alias remove`."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import msgspec
import typer

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.identity.alias import ACCOUNT, Alias, By, ForeignId
from vitals.commands.by_hand import account_of, author_of, check_text, warn
from vitals.commands.identity.ids import check_reason, foreign_id_of, now_ms, quiet_kafka
from vitals.commands.output import print_json
from vitals.commands.read_answers import read_answers

_KIND = Annotated[str, typer.Argument(metavar="KIND", help="The kind of id, such as stripe.customer.")]
_ID = Annotated[str, typer.Argument(metavar="ID", help="The id in that system.")]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An alias for programs. `to_kind` is "account" unless it leads to another foreign id. `at` is RFC 3339, or ""."""

    kind: str
    id: str
    to_kind: str
    to: str
    by: str
    author: str
    reason: str
    at: str


def said(alias: Alias) -> Said:
    """An alias as the commands print it as JSON."""
    return Said(
        kind=alias.kind,
        id=alias.id,
        to_kind=alias.to.kind,
        to=alias.to.id,
        by=alias.by,
        author=alias.author,
        reason=alias.reason,
        at=rfc3339(alias.at_ms) if alias.at_ms else "",
    )


class TakenBack(msgspec.Struct, frozen=True, kw_only=True):
    """A removed alias for programs, and what says where its id belongs now, null if nothing does."""

    removed: Said
    remains: Said | None


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command("set")(set_alias)
    app.command("remove")(remove_alias)


def set_alias(
    kind: _KIND,
    foreign_id: _ID,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account that it belongs to.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, for the people who will see it.")],
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who sets it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the alias as JSON.")] = False,
) -> None:
    """Say that an id of another system belongs to an account. It wins over what sources say.

    Events that wait for it are published under the account by `vitals attribute`, and count from then on. Events that
    were published before stay with their account.
    """
    from streams.identity.alias_log import send_alias

    settings = Settings.from_environment(os.environ)
    start, by, to = foreign_id_of(kind, foreign_id), author_of(author), account_of(account)
    check_reason(reason)
    _warn_if_unknown(to)
    alias = Alias(
        kind=start.kind,
        id=start.id,
        to=ForeignId(ACCOUNT, to),
        by="person",
        author=by,
        reason=reason,
        at_ms=now_ms(),
    )
    quiet_kafka()
    asyncio.run(send_alias(settings, alias))
    if as_json:
        print_json(said(alias))
    else:
        words = f"{_shown(start)} belongs to {plain(to, NAME_LIMIT)} from now on: {plain(reason, WORDS_LIMIT)}"
        print(f"{words}. Set by {plain(by, NAME_LIMIT)}.")


def remove_alias(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="The kind of id, or account to end a merge.")],
    foreign_id: _ID,
    source: Annotated[bool, typer.Option("--source", help="Remove what a source said, not what a person set.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the removed alias as JSON.")] = False,
) -> None:
    """Remove what a person set about an id. What a source says of it counts again, if one does."""
    from streams.identity.alias_log import find_alias, send_alias
    from streams.identity.alias_message import Removed

    settings = Settings.from_environment(os.environ)
    check_text("KIND", kind)
    start = ForeignId(ACCOUNT, account_of(foreign_id)) if kind == ACCOUNT else foreign_id_of(kind, foreign_id)
    by: By = "source" if source else "person"
    quiet_kafka()

    async def remove() -> tuple[Alias, Alias | None]:
        found, other = [await find_alias(settings, start.kind, start.id, each) for each in (by, _other(by))]
        if found is None:
            hint = ""
            if other is not None:
                hint = "; a source says so: to remove that, add --source" if by == "person" else "; a person set it"
            raise UserError(f"No {by} says where {_shown(start)} belongs{hint}.")
        await send_alias(settings, Removed(start.kind, start.id, by))
        return found, other

    found, other = asyncio.run(remove())
    if as_json:
        print_json(TakenBack(removed=said(found), remains=said(other) if other else None))
        return
    rest = f"It belongs to {plain(other.to.id, NAME_LIMIT)} now, as a {other.by} says." if other else ""
    print(f"{_shown(start)} no longer belongs to {plain(found.to.id, NAME_LIMIT)}. {rest}".strip())
    if start.kind == ACCOUNT:
        print("The worker still sends on its events: `vitals forget ACCOUNT --lift` lets the account come again.")


def _other(by: By) -> By:
    return "person" if by == "source" else "source"


def _shown(start: ForeignId) -> str:
    return f"{plain(start.kind, NAME_LIMIT)} {plain(start.id, NAME_LIMIT)}"


def _warn_if_unknown(account: str) -> None:
    """An account may be new. The read model is only a copy: where it does not answer, there is no warning."""
    from streams.read_model.port import ReadModelUnavailable

    try:
        answer = read_answers(lambda model: model.get(account))
    except ReadModelUnavailable:
        return
    if answer is None:
        warn(f"no account {plain(account, NAME_LIMIT)} is scored yet; if it is misspelt, set the alias again.")
