"""`vitals forget`: removes an account, and says what remains of it."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from streams.control.messages import Forget
from streams.control.overrides import REASON_MAX_CHARACTERS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.forgetting.report import ForgetReport
from vitals.commands.by_hand import account_of, author_of, check_text, instant_of, warn
from vitals.commands.output import console, print_json
from vitals.commands.read_answers import read_answers

_FOR_EVER = "not known"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(forget)


def forget(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stays on the topic control.")],
    author: Annotated[
        str | None, typer.Option(metavar="NAME", show_default="the login name", help="Who does it.")
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="Let an account that was forgotten come again.")] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="T", show_default="now", help="When, RFC 3339; only under VITALS_CLOCK=event."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, also for an account that nobody knows.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Remove an account from state, scores, read model, aliases and predictions, and refuse what still arrives for it.

    It is one message to the account's partition. The command waits until the worker has applied it, removes the rest,
    and lists what remains and until when. With --lift, events count again from then on, as those of a new account.
    """
    from streams.forgetting.run import forget as run

    settings = Settings.from_environment(os.environ)
    instant_ms, by = instant_of(settings, at), author_of(author)
    name = account_of(account)
    check_text("--reason", reason)
    if not 0 < len(reason.strip()) <= REASON_MAX_CHARACTERS:
        raise UserError(f"--reason has 1 to {REASON_MAX_CHARACTERS} characters: say why.")
    if not lift:
        _confirm(name, yes=yes)
    control = Forget(instant_ms=instant_ms, account_id=name, author=by, reason=reason, lift=lift)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    report = asyncio.run(run(settings, control, lambda words: console(stderr=True).print(f"{words} …", style="dim")))
    if as_json:
        print_json(report)
    else:
        _print(report)


def _confirm(account: str, *, yes: bool) -> None:
    """Ask, unless told not to. Nothing brings a forgotten account's state back."""
    from streams.read_model.port import ReadModelUnavailable

    shown = plain(account, NAME_LIMIT)
    try:
        is_known = read_answers(lambda model: model.get(account)) is not None
    except ReadModelUnavailable as error:
        warn(f"{error} Whether the account is known could not be looked up.")
        is_known = True
    if yes:
        return
    if not is_known:
        raise UserError(f"No account {account!r} is scored: add --yes to refuse what may arrive for it from now on.")
    if not sys.stdin.isatty() or not typer.confirm(f"Forget {shown}? Its state cannot be brought back.", err=True):
        raise UserError(f"Nothing was forgotten: add --yes to forget {account!r} without being asked.")


def _print(report: ForgetReport) -> None:
    out, shown = console(), Text(plain(report.account_id, NAME_LIMIT), style="bold")
    if report.action == "lifted":
        out.print(shown, Text("may come again: what arrives from now on counts, as that of a new account"))
        return
    out.print(shown, Text("is forgotten; what still arrives for it is refused, and counted"))
    removed = Table(title="Removed", title_justify="left", title_style="bold")
    removed.add_column("what")
    removed.add_column("number", justify="right")
    removed.add_column("from")
    for gone in report.removed:
        removed.add_row(gone.what, f"{gone.number:,}", Text(gone.where))
    remains = Table(title="What remains", title_justify="left", title_style="bold")
    for column in ("what", "number", "where", "until", "why"):
        remains.add_column(column)
    for left in report.remains:
        number = "" if left.number < 0 else f"{left.number:,}"
        words = Text(plain(left.words, WORDS_LIMIT))
        remains.add_row(left.what, number, Text(left.where), left.until or _FOR_EVER, words)
    out.print(removed)
    out.print(remains)
