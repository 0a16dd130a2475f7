"""`vitals alerts show` and `why`: what is open for an account, and why something came or did not."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from alerts.message_text import step_text
from alerts.step import AlertStep
from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from scoring.instants import rfc3339
from scoring.result import OpenCase, ScoreSnapshot
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.alerts.list_cases import STYLES, cases_table, listed
from vitals.commands.by_hand import account_of, parsed_instant, warn
from vitals.commands.output import console, print_json, progress_bar
from vitals.commands.read_answers import read_answers

if TYPE_CHECKING:
    from streams.alerting.account_records import AccountRecords
    from streams.alerting.why import Decision, Why

Account = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
SAID_LIMIT = 600


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The open cases of an account as they are now, and its latest steps, newest first."""

    account_id: str
    cases: tuple[OpenCase, ...]
    steps: tuple[AlertStep, ...]
    is_complete: bool


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(show)
    app.command()(why)


def show(
    account: Account,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="The maximum number of steps.")] = 20,
    told: Annotated[bool, typer.Option("--told", help="Only steps that were decided to be told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Show an account's open cases, and the steps that led there: what happened, and how it was decided."""
    account = account_of(account)
    settings = Settings.from_environment(os.environ)
    snapshot = _snapshot(account)
    records = _records(settings, account, None, limit)
    steps = tuple(step for step in records.steps if step.is_told or not told)
    cases = () if snapshot is None else snapshot.cases
    if as_json:
        print_json(Shown(account_id=account, cases=cases, steps=steps, is_complete=records.reaches_back))
        return
    screen = console()
    if snapshot is not None and cases:
        screen.print(cases_table(listed([snapshot]), f"Open cases of {plain(account, NAME_LIMIT)}"))
    else:
        screen.print(Text(f"{plain(account, NAME_LIMIT)} has no open case."))
    if steps:
        screen.print(_steps_table(steps))
    screen.print(Text(f"Why, step by step: vitals alerts why {plain(account, NAME_LIMIT)}", style="dim"))


def why(
    account: Account,
    at: Annotated[
        str | None, typer.Option("--at", metavar="T", show_default="now", help="As it stood at an instant, RFC 3339.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option(metavar="FILE", show_default="VITALS_ALERTS", help="The rules to explain by.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say why an alert about an account came, or why nothing did: the latest decisions until then, the open case, the
    snooze, the band that the score is in, and what each route did."""
    from streams.alert_files import read_rules
    from streams.alerting.why import why as answer
    from streams.model_files import read_model

    account = account_of(account)
    settings = Settings.from_environment(os.environ)
    model = read_model(settings.model)
    loaded = read_rules(rules or settings.alerts, model)
    now_ms = time.time_ns() // 1_000_000
    at_ms = now_ms if at is None else parsed_instant("--at", at)
    if at_ms > now_ms:
        raise UserError(f"--at {at} lies in the future: give an earlier instant, or leave it out for now.")
    snapshot = _snapshot(account)
    records = _records(settings, account, None if at is None else at_ms, 50)
    found = answer(
        account,
        rfc3339(at_ms),
        is_now=at is None,
        records=records,
        snapshot=snapshot,
        rules=loaded,
        model=model,
    )
    if as_json:
        print_json(found)
    else:
        _print_why(found)


def _snapshot(account: str) -> ScoreSnapshot | None:
    """The account as the read model has it; without a read model the records alone have to do."""
    from streams.read_model.port import ReadModelUnavailable

    try:
        return read_answers(lambda model: model.get(account))
    except ReadModelUnavailable as error:
        warn(f"{error} The account as it is now is left out.")
        return None


def _records(settings: Settings, account: str, until_ms: int | None, limit: int) -> AccountRecords:
    from streams.alerting.account_records import read_account

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    with progress_bar("reading the account's partition", 0) as progress:
        return asyncio.run(read_account(settings, account, until_ms=until_ms, limit=limit, progress=progress))


def _print_why(found: Why) -> None:
    screen = console()
    tier = f", {plain(found.tier, NAME_LIMIT)}" if found.tier else ""
    screen.print(Text.assemble((plain(found.account_id, NAME_LIMIT), "bold"), f"{tier}, as of {found.at}"))
    for said in found.says:
        screen.print(Text(f"  {plain(said, SAID_LIMIT)}"))
    if found.band:
        screen.print(Text(f"  {plain(found.band, SAID_LIMIT)}"))
    if found.decisions:
        screen.print(_decisions_table(found.decisions))
    quiet = [each for each in found.rules if not each.is_open]
    if quiet:
        table = Table(title="Rules that say nothing about it now", title_justify="left", title_style="bold")
        table.add_column("rule", no_wrap=True)
        table.add_column("because")
        for each in quiet:
            table.add_row(Text(plain(each.rule, NAME_LIMIT)), Text(plain(each.because, WORDS_LIMIT)))
        screen.print(table)
    if not found.is_complete:
        screen.print(Text("Not everything could be read: older decisions may be missing.", style="yellow"))


def _decisions_table(decisions: Sequence[Decision]) -> Table:
    table = Table(title="Latest decisions, newest first", title_justify="left", title_style="bold")
    table.add_column("at", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what")
    table.add_column("decided", no_wrap=True)
    table.add_column("because")
    for each in decisions:
        routes = "; ".join(sent.words for sent in each.routes)
        because = each.because if each.outcome != "sent" or not routes else f"{each.because}: {routes}"
        table.add_row(
            each.at[:16].replace("T", " "),
            Text(plain(each.rule, NAME_LIMIT)),
            Text(plain(each.words, WORDS_LIMIT)),
            Text("tell", style="bold") if each.outcome == "sent" else Text("tell nobody", style="dim"),
            Text(plain(because, SAID_LIMIT)),
        )
    return table


def _steps_table(steps: Sequence[AlertStep]) -> Table:
    table = Table(title="Latest steps, newest first", title_justify="left", title_style="bold")
    table.add_column("at", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("step", no_wrap=True)
    table.add_column("case", no_wrap=True)
    table.add_column("decided", no_wrap=True)
    table.add_column("what")
    for step in steps:
        text = step_text(step)
        said = f"tell: {step.reason}" if step.is_told else f"tell nobody: {step.reason}"
        table.add_row(
            step.as_of[:16].replace("T", " "),
            Text(plain(step.rule, NAME_LIMIT), style=STYLES.get(step.severity, "")),
            step.step if step.step != "none" else "–",
            step.status or "–",
            Text(said, style="bold" if step.is_told else "dim"),
            Text(text.headline if step.is_told else plain(step.words, WORDS_LIMIT)),
        )
    return table
