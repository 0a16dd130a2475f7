"""`vitals alias list`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from streams.deployment.settings import Settings
from streams.identity.alias import ACCOUNT, Alias
from vitals.commands.by_hand import account_of
from vitals.commands.identity.ids import quiet_kafka
from vitals.commands.identity.set_alias import said
from vitals.commands.output import console, print_json

LIMIT = 100


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("list")(list_aliases)


def list_aliases(
    account: Annotated[str, typer.Option(metavar="ACCOUNT", help="Only ids that lead to this account.")] = "",
    kind: Annotated[str, typer.Option(metavar="KIND", help="Only ids of this kind, such as stripe.customer.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The most to list in the table; --json has all.")] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """List the aliases: which id leads where, who said so and when."""
    from streams.identity.alias_log import list_aliases as read

    settings = Settings.from_environment(os.environ)
    wanted = account_of(account) if account else ""
    quiet_kafka()
    aliases = asyncio.run(read(settings, account=wanted, kind=kind))
    if as_json:
        print_json([said(each) for each in aliases])
    elif aliases:
        console().print(_table(aliases[:limit], len(aliases)))
    else:
        console().print(Text("There is no such alias. Sources say them, or `vitals alias set KIND ID ACCOUNT`."))


def _table(aliases: Sequence[Alias], count: int) -> Table:
    title = "1 alias" if count == 1 else f"{count:,} aliases"
    if len(aliases) < count:
        title = f"The first {len(aliases):,} of {title}"
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    for name in ("kind", "id", "leads to", "by", "since", "reason"):
        table.add_column(name, overflow="fold")
    for each in aliases:
        to = each.to.id if each.to.kind == ACCOUNT else f"{each.to.kind} {each.to.id}"
        table.add_row(
            Text(plain(each.kind, NAME_LIMIT)),
            Text(plain(each.id, NAME_LIMIT)),
            Text(plain(to, NAME_LIMIT)),
            Text(plain(each.author or each.by, NAME_LIMIT)),
            rfc3339(each.at_ms) if each.at_ms else "",
            Text(plain(each.reason, WORDS_LIMIT) if each.reason else ""),
        )
    return table
