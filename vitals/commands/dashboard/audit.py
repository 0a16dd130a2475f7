"""`vitals dashboard audit`: who did what on the dashboard."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from streams.deployment.settings import Settings
from vitals.commands.identity.ids import quiet_kafka
from vitals.commands.output import console, print_json


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(audit)


def audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the latest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, with addresses.")] = False,
) -> None:
    """List the latest acts of people, keys and share links, the newest last.

    An act is logged before it is done; one that fails has a second line that says so.
    """
    from dashboard.at_command import acts_of

    quiet_kafka()
    found = asyncio.run(acts_of(Settings.from_environment(os.environ), limit))
    if as_json:
        print_json(found)
        return
    table = Table("at", "who", "by", "act", "what", "outcome", "more")
    for each in found:
        shown = (plain(text, NAME_LIMIT) for text in (each.person, each.door, each.act, each.target, each.outcome))
        detail = plain(each.detail, WORDS_LIMIT) if each.detail else ""
        table.add_row(rfc3339(each.at_ms), *map(Text, shown), Text(detail))
    console().print(table)
