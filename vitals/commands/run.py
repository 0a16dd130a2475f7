"""The long-running commands: `worker`, `project`, `notify`, `guard`, `attribute`, `write-back`, and `up`, which runs
most of them."""

from __future__ import annotations

import asyncio
import functools
import os
from pathlib import Path
from typing import Annotated

import typer

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.replay.forms.form import parse_form
from streams.replay.undated_lines import REFUSE, parse_undated
from streams.replay.undated_lines import WORDS as UNDATED
from vitals.commands.files.form_options import EncodingOption, FormatOption, SeparatorOption, TextColumnsOption
from vitals.commands.output import finite


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    for command in (up, down, worker, project, notify, guard):
        app.command()(command)
    app.command("write-back")(write_back)
    app.command()(attribute)


def up(
    data: Annotated[
        Path | None, typer.Option(help="Publish this file of events, as if it ended now, instead of sample events.")
    ] = None,
    undated: Annotated[str, typer.Option(metavar="WHAT", help=f"With --data. {UNDATED}")] = REFUSE,
    format_: FormatOption = "",
    separator: SeparatorOption = "",
    encoding: EncodingOption = "",
    text_columns: TextColumnsOption = "",
    model: Annotated[
        str, typer.Option(envvar="VITALS_MODEL", help="The scoring model: the name of a preset, or a file.")
    ] = "default",
    accounts: Annotated[int, typer.Option(min=1, help="The number of sample accounts.")] = 40,
    seconds: Annotated[
        float | None, typer.Option(min=0, show_default="until Ctrl-C", help="Stop after this many seconds.")
    ] = None,
) -> None:
    """Run all of Vitals on this machine: broker, Redis, every process, the dashboard, sample events, a live table.

    Set VITALS_KAFKA and VITALS_REDIS to use an existing broker and Redis.
    """
    from vitals.local.up import run_up

    finite("--seconds", seconds)
    form = parse_form(format_, separator, encoding, text_columns)
    raise typer.Exit(run_up(data, model, accounts, seconds, parse_undated(undated), form))


def down() -> None:
    """Stop the `vitals up` whose pid file is VITALS_PID_FILE, and wait until it has stopped."""
    from vitals.local.pid_file import stop_running

    path = os.environ.get("VITALS_PID_FILE", "")
    if not path:
        raise UserError("VITALS_PID_FILE is not set: set it to the pid file of the `vitals up` to stop.")
    print(stop_running(path))


def worker() -> None:
    """Read events, write scores and notifications. Run at most as many workers as there are partitions."""
    from streams.operations.process import configure_logging, run_process
    from streams.worker.main import run_worker

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings = Settings.from_environment(os.environ)
    run_process(run_worker(settings), settings)


def project() -> None:
    """Copy the scores from Kafka into Redis, where `vitals scores` and `vitals explain` read them."""
    from streams.activity.run import run_copies, together
    from streams.operations.gc_tuning import freeze, relax
    from streams.operations.metrics import ProjectorMetrics
    from streams.operations.process import configure_logging, run_process, serve
    from streams.read_model.run import run_projector

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), ProjectorMetrics()

    async def work(stop: asyncio.Event) -> None:
        freeze()
        relax()
        scores = run_projector(settings, stop=stop, metrics=metrics)
        await together(scores, run_copies(settings, stop=stop, metrics=metrics))

    run_process(serve(settings, metrics, work, "projector"), settings)


def notify() -> None:
    """Deliver alerts by the routes of VITALS_ALERTS: to Slack, mail, webhooks, PagerDuty and tickets."""
    from streams.notifier.canary import with_canary
    from streams.notifier.process import run_notifier
    from streams.operations.metrics import NotifierMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), NotifierMetrics()

    async def work(stop: asyncio.Event) -> None:
        notify_all = functools.partial(run_notifier, settings, stop=stop, metrics=metrics)
        await with_canary(settings, metrics, stop, notify_all)

    run_process(serve(settings, metrics, work, "notifier"), settings)


def write_back() -> None:
    """Write score, tier and first driver of each account to the products that VITALS_ALERTS names."""
    from streams.operations.process import configure_logging, run_process, serve
    from streams.operations.write_back_metrics import WriteBackMetrics
    from streams.score_sinks.run import run_write_back, score_sinks

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), WriteBackMetrics()
    work = functools.partial(run_write_back, settings, os.environ, score_sinks(settings), metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), "write-back"), settings)


def attribute() -> None:
    """Publish unattributed events under their account, as soon as aliases lead to it."""
    from streams.identity.process import run_attribution
    from streams.operations.attribution_metrics import AttributionMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), AttributionMetrics()
    work = functools.partial(run_attribution, settings, metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), "attribution"), settings)


def guard() -> None:
    """Watch the feeds: when one stops, or the fleet falls together, hold alerts and tell operations once."""
    from streams.guard.main import run_guard
    from streams.operations.guard_metrics import GuardMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), GuardMetrics()
    work = functools.partial(run_guard, settings, metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), "guard"), settings)
