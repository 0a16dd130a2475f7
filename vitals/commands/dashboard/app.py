"""`vitals dashboard`, and the commands below it."""

from __future__ import annotations

import functools
import os

import typer

from vitals.commands.dashboard import audit, check, key

app = typer.Typer(invoke_without_command=True)


@app.callback()
def dashboard(context: typer.Context) -> None:
    """Serve the dashboard and its API: the accounts, why each scores as it does, and what to do.

    Without a command it runs. VITALS_DASHBOARD names the file that says who may come in, or is 'local' for everybody
    on this machine.
    """
    if context.invoked_subcommand is None:
        _run()


def _run() -> None:
    import uvloop

    from dashboard.process import run_dashboard
    from dashboard.wiring import ROLE
    from streams.deployment.settings import Settings
    from streams.operations.dashboard_metrics import DashboardMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), DashboardMetrics()
    work = functools.partial(run_dashboard, settings, os.environ, metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), ROLE), settings, uvloop.new_event_loop)


for module in (check, audit):
    module.register(app)
app.add_typer(key.app, name="key")
