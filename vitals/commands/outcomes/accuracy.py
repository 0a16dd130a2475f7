"""`vitals accuracy`: churn as it was predicted, beside churn as it came."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from scoring.instants import DAY_MS
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.output import console, print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from streams.accuracy.cohorts import Accuracy, Cohort, Rate
    from streams.accuracy.series import Look
    from streams.read_model.store import RedisReadModel
    from streams.replay.by_account.passes import FileNotes

app = typer.Typer(help="Was churn forecast, and early enough?", invoke_without_command=True)


@app.callback()
def accuracy(
    context: typer.Context,
    events: Annotated[
        str, typer.Option(metavar="FILE", help="Take a history of events, NDJSON, instead of the recorded predictions.")
    ] = "",
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", help="With --events: the model, with its table [calibrations.churn].")
    ] = "",
    labels: Annotated[
        str, typer.Option(metavar="CSV", help="With --events: outcomes, account_id and churned_at.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    as_metrics: Annotated[
        bool, typer.Option("--metrics", help="Print metrics in Prometheus' text format, for a textfile collector.")
    ] = False,
) -> None:
    """Show churn as it was forecast 60 days ahead, and as it came, by quarter of the renewal date.

    Early warning: the share of churned contracts that were in the worst tier 60 days before their end; the target is 75
    % or more. Variance: predicted minus actual churn, in points; the target is 5 or less either way. Predictions are
    recorded by `vitals accuracy record`, which must run once a day.
    """
    if context.invoked_subcommand is not None:
        return
    if as_json and as_metrics:
        raise UserError("--json and --metrics are two ways to print one thing: give one of them.")
    if bool(events) != bool(model):
        raise UserError("--events and --model belong together: give both, or none for the recorded predictions.")
    if labels and not events:
        raise UserError(
            "--labels is for --events: the recorded predictions have their outcomes from the model's standings."
        )
    found = _of_history(events, model, labels) if events else _of_records()
    if as_json:
        print_json(found)
    elif as_metrics:
        print(metrics_text(found), end="")
    else:
        _print(found)


@app.command()
def record() -> None:
    """Record today's predictions for each account on the topic `predictions`. Run it once a day, at any time.

    A day is recorded once: a repeated run changes nothing. Reads the scores in Redis.
    """
    from streams.accuracy.record import record as write

    looks, day = _looks(), _today()
    done = asyncio.run(write(Settings.from_environment(os.environ), looks, day))
    print(f"{done.written:,} accounts recorded, {done.unchanged:,} unchanged, {done.removed:,} removed.")
    if not any(look.probability is not None for look in looks):
        note = "No probability: run `vitals calibrate`, and let workers use the model that it proposes."
        console(stderr=True).print(Text(note), style="yellow")


def _today() -> int:
    return time.time_ns() // 1_000_000 // DAY_MS


def _looks() -> list[Look]:
    from scoring.explain.explainer import Explainer
    from streams.accuracy.looks import look_of
    from vitals.commands.read_answers import read_answers

    async def read(model: RedisReadModel) -> list[Look]:
        explainer = Explainer(await model.models())
        return [look_of(each, explainer.model(each.model, each.model_version)) for each in await model.worst_first()]

    return read_answers(read)


def _of_records() -> Accuracy:
    from streams.accuracy.cohorts import accuracy_of
    from streams.accuracy.record import read_series

    known = asyncio.run(read_series(Settings.from_environment(os.environ)))
    return accuracy_of(list(known.values()), _today())


def _of_history(events: str, name: str, labels: str) -> Accuracy:
    from streams.accuracy.cohorts import accuracy_of
    from streams.accuracy.from_events import series_of_history
    from streams.backtest.run import Asked
    from streams.model_files import read_model
    from vitals.commands.outcomes.backtest import need_extra

    def bar(what: str) -> AbstractContextManager[Callable[[int], None]]:
        return progress_bar(what, 0)

    need_extra("vitals accuracy --events")
    notes: list[FileNotes] = []
    asked = Asked(sources=[events], models=[read_model(name)], labels=labels)
    series, last_day = series_of_history(asked, bar=bar, notes=notes)
    for each in notes:
        print_rejected(each.refused)
    return accuracy_of(series, last_day)


# --- output


def _print(found: Accuracy) -> None:
    from streams.accuracy.cohorts import EARLY_WARNING_TARGET, VARIANCE_TARGET_POINTS

    screen = console()
    since = f"recorded since {found.recorded_since}" if found.recorded_since else "nothing recorded"
    screen.print(Text(f"Forecast accuracy as of {found.as_of}: {found.accounts:,} accounts, {since}."))
    if found.first_eligible:
        screen.print(Text(f"Warming up: first eligible cohort on {found.first_eligible}."), style="yellow")
    if found.cohorts:
        screen.print(_table(found))
        screen.print(
            f"Targets: early warning {EARLY_WARNING_TARGET:.0%} or more of churned contracts, variance within "
            f"{VARIANCE_TARGET_POINTS:g} points. A verdict takes 10 contracts."
        )
    screen.print(f"{found.open:,} accounts have a contract that has not ended, {found.undated:,} have no renewal date.")
    for note in found.notes:
        screen.print(Text(f"{note[:1].upper()}{note[1:]}."), style="yellow")


def _table(found: Accuracy) -> Table:
    table = Table(title="By quarter of the renewal date", title_justify="left", title_style="bold")
    table.add_column("quarter")
    for column in ("contracts", "churned", "flagged ≥ 60 days", "early warning", "predicted", "actual", "variance"):
        table.add_column(column, justify="right")
    for each in found.cohorts:
        undated = f" + {each.undated:,} undated" if each.undated else ""
        table.add_row(
            each.quarter,
            f"{each.contracts - each.undated:,}{undated}",
            f"{each.churned - each.undated:,}{undated}",
            f"{each.flagged:,} of {each.seen_churned:,}" if each.seen_churned else "–",
            Text(_rate(each.early_warning), style=_style(each.warns_early)),
            "–" if each.predicted is None else f"{each.predicted:.1%}",
            _rate(each.actual),
            Text(_points(each), style=_style(each.is_within)),
        )
    return table


def _rate(found: Rate | None) -> str:
    return "–" if found is None else f"{found.value:.0%} ({100 * found.low:.0f} to {100 * found.high:.0f})"


def _points(cohort: Cohort) -> str:
    return "–" if cohort.variance_points is None else f"{cohort.variance_points:+.1f}"


def _style(verdict: bool | None) -> str:
    return "" if verdict is None else "green" if verdict else "red"


def metrics_text(found: Accuracy) -> str:
    """The cohorts as metrics, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    names: dict[str, tuple[str, Callable[[Cohort], float | None]]] = {
        "vitals_forecast_contracts": (
            "Contracts that ended, by quarter of the renewal date.",
            lambda each: each.contracts,
        ),
        "vitals_forecast_churned_contracts": ("Those of them that churned.", lambda each: each.churned),
        "vitals_forecast_early_warning_ratio": (
            "Churned contracts that were in the worst tier 60 days before their end.",
            lambda each: None if each.early_warning is None else each.early_warning.value,
        ),
        "vitals_forecast_predicted_churn_ratio": ("Churn as predicted.", lambda each: each.predicted),
        "vitals_forecast_actual_churn_ratio": (
            "Churn of the same contracts as it came.",
            lambda each: None if each.actual is None else each.actual.value,
        ),
    }
    for name, (words, value_of) in names.items():
        gauge = Gauge(name, words, ("quarter",), registry=registry)
        for each in found.cohorts:
            if (value := value_of(each)) is not None:
                gauge.labels(each.quarter).set(value)
    return generate_latest(registry).decode()
