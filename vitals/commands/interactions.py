"""The command `interactions`: the process that takes clicks and links."""

from __future__ import annotations

import functools
import os

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module to `app`."""
    app.command()(interactions)


def interactions() -> None:
    """Take the clicks of a Slack app's buttons, and serve the pages of signed links in messages."""
    from streams.deployment.settings import Settings
    from streams.interactions.process import ROLE, run_interactions
    from streams.operations.interactions_metrics import InteractionsMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), InteractionsMetrics()
    work = functools.partial(run_interactions, settings, os.environ, metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), ROLE), settings)
