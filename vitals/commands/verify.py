"""`vitals verify`: compares a sample of a live system's scores with the oracle."""

from __future__ import annotations

import functools
import logging
import os
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import msgspec
import orjson
import typer
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, WORDS_LIMIT, plain
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.output import console, finite, print_json, progress_bar

if TYPE_CHECKING:
    from scoring.plan.plan import Plan
    from streams.verify.compare import Mismatch, Said
    from streams.verify.run import Report

ROWS_MAX = 100
"""The mismatches shown in the table; --json has all."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(verify)


def verify(
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts to check, at most.")] = 100,
    seed: Annotated[
        int | None, typer.Option(show_default="a new one", help="Selects the accounts: the same seed, the same ones.")
    ] = None,
    watch: Annotated[
        float | None,
        typer.Option(min=1, metavar="SECONDS", help="Repeat every SECONDS until stopped, and serve /metrics."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each report as JSON, on one line with --watch.")
    ] = False,
) -> None:
    """Recompute a random sample of accounts from the topics, and compare with their current scores.

    The score, the tier and every fact are recomputed from the events, by code that shares no state with the worker. It
    reads the inputs from their beginning and writes no message. The exit code is 1 if anything differs. Accounts that
    cannot be checked are counted by reason.
    """
    from streams.model_files import read_plan

    finite("--watch", watch)
    settings = Settings.from_environment(os.environ)
    plan = read_plan(settings.model, settings.shadow_models)
    first = secrets.randbelow(1_000_000) if seed is None else seed
    if watch is None:
        report = _verified(settings, plan, accounts, first)
        if as_json:
            print_json(report)
        else:
            _print(report)
        differs = bool(report.mismatches)
    else:
        differs = _watched(settings, plan, accounts, first, watch, as_json=as_json)
    if differs:
        raise typer.Exit(1)


def _verified(settings: Settings, plan: Plan, accounts: int, seed: int) -> Report:
    from streams.kafka.topic_admin import ensure_topics
    from streams.operations.process import run_process
    from streams.verify.run import WHOLE
    from streams.verify.run import verify as check

    reports: list[Report] = []

    async def main() -> None:
        await ensure_topics(settings, "verify", deadline_seconds=20.0)
        try:
            reports.append(await check(settings, plan, accounts, seed, progress))
        except TimeoutError as error:
            raise UserError(
                f"Kafka at {settings.kafka} failed ({error}): check that it runs, and try again."
            ) from error

    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    with progress_bar("reading", WHOLE) as progress:
        run_process(main(), settings)
    return reports[0]


def _watched(settings: Settings, plan: Plan, accounts: int, seed: int, every_seconds: float, *, as_json: bool) -> bool:
    """Verify in rounds until stopped. Returns whether any round found a mismatch."""
    from streams.operations.metrics import VerifierMetrics
    from streams.operations.process import configure_logging, run_process, serve
    from streams.verify.run import watch

    differs = False

    def tell(report: Report) -> None:
        nonlocal differs
        differs = differs or bool(report.mismatches)
        if as_json:
            print(orjson.dumps(msgspec.to_builtins(report, str_keys=True)).decode(), flush=True)
        else:
            _print(report)

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    metrics = VerifierMetrics()
    work = functools.partial(watch, settings, plan, accounts, seed, every_seconds, metrics=metrics, tell=tell)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), "verify", watches=False), settings)
    return differs


def _print(report: Report) -> None:
    from streams.verify.compare import REASONS

    screen = console()
    if report.mismatches:
        screen.print(_table(report.mismatches))
        if len(report.mismatches) > ROWS_MAX:
            screen.print(f"… and {len(report.mismatches) - ROWS_MAX:,} more: --json has all.")
    for reason, names in report.skipped.items():
        words = f"{len(names):,} not checked ({reason}): {REASONS[reason]}; first {plain(names[0], NAME_LIMIT)}."
        screen.print(Text(words, style="yellow"))
    wrong = len({each.account_id for each in report.mismatches})
    counts = f"{report.checked:,} of {report.accounts:,} accounts checked, {wrong:,} of them wrong"
    model = f"{plain(report.model, NAME_LIMIT)} version {report.model_version}"
    how = f"{report.messages:,} messages read in {report.seconds:.1f} s, --seed {report.seed}"
    style = "red" if wrong else "green" if report.checked else "yellow"
    screen.print(Text(f"{counts}, by {model}; {how}.", style=style))
    screen.file.flush()


def _table(mismatches: Sequence[Mismatch]) -> Table:
    table = Table(title="Differs from the oracle", title_justify="left", title_style="bold")
    table.add_column("account", overflow="fold")
    table.add_column("what", overflow="fold")
    table.add_column("expected", justify="right", overflow="fold")
    table.add_column("got", justify="right", overflow="fold")
    for each in mismatches[:ROWS_MAX]:
        what = Text(plain(each.what, NAME_LIMIT))
        table.add_row(Text(plain(each.account_id, NAME_LIMIT)), what, _value(each.expected), _value(each.got))
    return table


def _value(value: Said) -> Text:
    """All digits, because the last may be all that differs."""
    return Text("–" if value is None else plain(value, WORDS_LIMIT) if isinstance(value, str) else repr(value))
