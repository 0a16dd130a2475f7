"""`vitals gateway check`: what the sources of a file are, and what is wrong with them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.text import plain
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from streams.gateway.sources.report import SourceSummary
    from streams.gateway.sources.schema import Source

LINE_LIMIT = 300


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(check)


def check(
    file: Annotated[
        str,
        typer.Argument(metavar="[FILE]", help="A file of sources, or 'local'. By default what VITALS_GATEWAY names."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say what each source of a gateway is, its URL, and what verifies it; an error names the line and the fix.

    Secrets are read from the environment; none is shown. The exit code is 1 when one cannot be read.
    """
    from streams.deployment.settings import Settings
    from streams.deployment.sink_secrets import sink_secret
    from streams.errors import UserError
    from streams.gateway.sources.ready import read_sources, ready_sources
    from streams.gateway.sources.report import summaries

    def secret_problem(name: str) -> str:
        try:
            sink_secret(os.environ, name)
        except UserError as error:
            return str(error)
        return ""

    def with_problem(found: SourceSummary, source: Source) -> SourceSummary:
        try:
            ready_sources({found.name: source}, os.environ)
        except UserError as error:
            return msgspec.structs.replace(found, problems=(str(error),))
        return found

    settings = Settings.from_environment(os.environ)
    sources = read_sources(file or settings.gateway)
    found = [
        each if each.problems else with_problem(each, sources[each.name]) for each in summaries(sources, secret_problem)
    ]
    if as_json:
        print_json(found)
    else:
        address = f"http://{settings.gateway_host}:{settings.gateway_port}"
        table = Table("source", "kind")
        for name in ("URL", "verified by"):
            table.add_column(name, overflow="fold")
        for each in found:
            urls = "\n".join(address + path for path in each.paths) or "read from its topic"
            style = "red" if each.verified_by.startswith("NOTHING") else ""
            table.add_row(each.name, each.kind, urls, Text(each.verified_by, style=style))
        console().print(table)
        for each in found:
            for problem in each.problems:
                console().print(Text(f"{each.name}: {plain(problem, LINE_LIMIT)}", style="red"))
    if any(each.problems for each in found):
        raise typer.Exit(1)
