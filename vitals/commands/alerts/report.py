"""`vitals alerts report`: what the alerts were worth."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alerts.text import NAME_LIMIT, plain
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.by_hand import parsed_duration
from vitals.commands.output import console, print_json, print_rejected, progress_bar

if TYPE_CHECKING:
    from streams.alerting.report import AlertReport
    from streams.backtest.outcomes import Outcomes


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(report)


def report(
    data: Annotated[
        str, typer.Option("--data", metavar="FILE", help="Events to fold the rules over, instead of the live topics.")
    ] = "",
    rules: Annotated[
        str, typer.Option(metavar="FILE", show_default="VITALS_ALERTS", help="With --data: the rules to fold.")
    ] = "",
    model: Annotated[
        str, typer.Option(metavar="NAME_OR_FILE", show_default="VITALS_MODEL", help="With --data: the model.")
    ] = "",
    labels: Annotated[
        str, typer.Option(metavar="CSV", help="Cancellations, account_id and churned_at, instead of the events'.")
    ] = "",
    within: Annotated[str, typer.Option(metavar="TIME", help="How soon after an alert a cancellation counts.")] = "60d",
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write it for Prometheus's textfile collector.")
    ] = None,
    processes: Annotated[
        int, typer.Option(min=0, show_default="one a processor", help="How many work at once on a large file.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say what alerts were worth: which were followed by a cancellation, how many of these were caught and how early,
    how many messages it took, and what became of cases after each action taken."""
    horizon_ms = parsed_duration("--within", within)
    if not data and (rules or model):
        raise UserError("--rules and --model are for --data: the live alerts are made by the worker's own.")
    found = _of_file(data, rules, model, labels, horizon_ms, processes) if data else _of_topics(labels, horizon_ms)
    if metrics is not None:
        _write_metrics(metrics, found)
    if as_json:
        print_json(found)
    else:
        from vitals.commands.alerts.report_tables import print_report

        print_report(console(), found)


def _of_file(data: str, rules: str, model: str, labels: str, horizon_ms: int, processes: int) -> AlertReport:
    from streams.alert_files import read_rules
    from streams.alerting.fold import Asked, fold_alerts
    from streams.alerting.report import Book, measured
    from streams.model_files import read_model

    if data == "-":
        raise UserError("--data is read twice, so standard input cannot be: give the path of a file.")
    settings = Settings.from_environment(os.environ)
    chosen = read_model(model or settings.model)
    asked = Asked(
        sources=(data,),
        model=chosen,
        rules=(read_rules(rules or settings.alerts, chosen),),
        processes=processes,
    )
    folded = fold_alerts(asked, progress_bar)
    print_rejected(folded.notes.refused)
    (steps,) = folded.steps
    book = Book(
        first_ms=steps.first_ms,
        outcomes=_outcomes(data, labels, steps.first_ms),
        since_ms=folded.since_ms,
        until_ms=folded.until_ms,
    )
    return measured(steps.told, book, horizon_ms, suppressed=steps.by_reason())


def _of_topics(labels: str, horizon_ms: int) -> AlertReport:
    import asyncio
    import logging

    from streams.alerting.noted import read_steps
    from streams.alerting.report import Book, measured
    from vitals.commands.live_events import fetch_events
    from vitals.commands.read_answers import read_answers

    settings = Settings.from_environment(os.environ)
    answers = read_answers(lambda model: model.worst_first())
    first_ms = {each.account_id: each.first_event_ms for each in answers if each.first_event_ms >= 0}
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    with progress_bar("reading alerts", 0) as progress:
        steps, unreadable = asyncio.run(read_steps(settings, progress))
    if unreadable:
        print(f"{unreadable:,} messages on the topic of alerts are none: they are left out.", file=sys.stderr)
    if not steps:
        raise UserError(
            "The topic of alerts has none yet: let the worker run, or see what rules would have sent with --data FILE."
        )
    with tempfile.TemporaryDirectory(prefix="vitals-report-") as folder:
        path = Path(folder) / "events.ndjson"
        fetch_events(path)
        outcomes = _outcomes(str(path), labels, first_ms)
    book = Book(
        first_ms=first_ms,
        outcomes=outcomes,
        since_ms=min(step.as_of_ms for step in steps),
        until_ms=max(outcomes.observed_until_ms, *(step.as_of_ms for step in steps)),
    )
    return measured(steps, book, horizon_ms)


def _outcomes(path: str, labels: str, first_ms: dict[str, int]) -> Outcomes:
    """The cancellations in the events or the labels. Where there is none, the report counts messages all the same."""
    from datetime import UTC

    from streams.backtest.outcomes import Outcomes
    from streams.backtest.source import labels as label_files
    from streams.backtest.source.survey import outcomes_of, survey

    now_ms = time.time_ns() // 1_000_000
    with progress_bar("looking for cancellations", 0) as progress:
        found = survey([path], now_ms, progress=progress)
    if labels:
        given = label_files.read_labels(labels, "churn", UTC)
        return label_files.outcomes_of(given, "churn", first_ms, found.last_ms, now_ms, None)
    try:
        return outcomes_of(found, "churn", 0)
    except UserError as error:
        print(f"note: {error}", file=sys.stderr)
        return Outcomes(kind="churn", definition="nobody cancelled", at_ms={}, observed_until_ms=found.last_ms)


def _write_metrics(path: Path, found: AlertReport) -> None:
    """In one step, so that no reader meets half a file."""
    from streams.alerting.report_metrics import metrics_text

    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(metrics_text(found), "utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise UserError(f"{plain(str(path), NAME_LIMIT)} cannot be written ({why}): give the path of a file.") from None
