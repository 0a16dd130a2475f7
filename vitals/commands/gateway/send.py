"""`vitals gateway send`: a recorded webhook to a running gateway, signed as its vendor signs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import WORDS_LIMIT, plain
from scoring.plurals import counted
from streams.errors import UserError
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from streams.gateway.sending.fixture_file import Fixture
    from streams.gateway.sending.send import Answered
    from streams.gateway.sources.schema import Source

FIXTURE_MAX_BYTES = 32 * 1024 * 1024
STDIN = "-"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(send)


def send(
    fixture: Annotated[str, typer.Argument(metavar="FIXTURE", help="A recorded webhook or its body; - is stdin.")],
    source: Annotated[str, typer.Option(metavar="NAME", show_default="the only one", help="As which source.")] = "",
    to: Annotated[str, typer.Option(metavar="URL", show_default="the settings'", help="The gateway's address.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answers as JSON.")] = False,
) -> None:
    """Send a body to a gateway as one of its sources, signed with its secret, and print what it answers.

    The file is a body, or JSON with `body` or `raw_body` and `headers`; each line of a .ndjson is one request.
    Sending it twice counts nothing twice. The exit code is 1 if something was refused.
    """
    from streams.deployment.settings import Settings
    from streams.deployment.sink_secrets import sink_secret
    from streams.gateway.sending.send import send as send_all
    from streams.gateway.sending.signed import needed
    from streams.gateway.sources.ready import read_sources

    settings = Settings.from_environment(os.environ)
    fixtures = _fixtures(fixture)
    name, chosen = _chosen(read_sources(settings.gateway), source)
    variable = needed(chosen)
    secrets = {variable: sink_secret(os.environ, variable)} if variable else {}
    url = to or f"http://{settings.gateway_host}:{settings.gateway_port}"
    answered = send_all(url.rstrip("/"), name, chosen, fixtures, secrets)
    if as_json:
        print_json(answered)
    else:
        console().print(Text(f"{counted(len(answered), 'requests')} to {url}/in/{name}", style="bold"), soft_wrap=True)
        console().print(_table(answered))
    if not all(each.is_taken for each in answered):
        raise typer.Exit(1)


def _fixtures(path: str) -> list[Fixture]:
    from streams.gateway.sending.fixture_file import Unusable, fixtures_of

    try:
        if path == STDIN:
            content = sys.stdin.buffer.read(FIXTURE_MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(FIXTURE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"{path!r} cannot be read ({why}): give the path of a recorded webhook.") from None
    if len(content) > FIXTURE_MAX_BYTES:
        raise UserError(f"{path!r} has more than {FIXTURE_MAX_BYTES:,} bytes: give a file with one request.")
    try:
        return fixtures_of("stdin" if path == STDIN else Path(path).name, content)
    except Unusable as unusable:
        raise UserError(f"{path!r} cannot be sent: {unusable}.") from None


def _chosen(sources: dict[str, Source], name: str) -> tuple[str, Source]:
    from scoring.model.rule_checks import suggestion
    from streams.gateway.sources.loader import is_over_http

    called = {each: source for each, source in sources.items() if is_over_http(source)}
    if name in called:
        return name, called[name]
    names = ", ".join(called) or "none"
    if name in sources:
        raise UserError(f"The source {name} is read from its topic, not called: publish to that. Called are {names}.")
    if name:
        raise UserError(
            f"There is no source {plain(name, WORDS_LIMIT)}{suggestion(name, list(called))} Give one of {names}."
        )
    if len(called) == 1:
        return next(iter(called.items()))
    if not called:
        raise UserError("No source of the file is called: all are read from their topics. Publish to one of these.")
    raise UserError(f"Several sources may be meant: give --source with one of {names}.")


def _table(answered: Sequence[Answered]) -> Table:
    table = Table()
    table.add_column("request", overflow="fold")
    table.add_column("status", justify="right", no_wrap=True)
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("answer")
    for each in answered:
        style = "" if each.is_taken else "red"
        words = Text(plain(each.words, WORDS_LIMIT), style=style)
        table.add_row(Text(plain(each.request, WORDS_LIMIT)), str(each.status), f"{each.milliseconds:,.1f}", words)
    return table
