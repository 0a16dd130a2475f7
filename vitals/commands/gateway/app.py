"""`vitals gateway`, and the commands below it."""

from __future__ import annotations

import functools
import os

import typer

from vitals.commands.gateway import check, send

app = typer.Typer(invoke_without_command=True)


@app.callback()
def gateway(context: typer.Context) -> None:
    """Take producers' requests over HTTP, and publish their events.

    Without a command it runs. VITALS_GATEWAY names the file with the sources, or is 'local' for events of this machine
    without a key.
    """
    if context.invoked_subcommand is None:
        _run()


def _run() -> None:
    import uvloop

    from streams.deployment.settings import Settings
    from streams.gateway.process import ROLE, run_gateway
    from streams.operations.gateway_metrics import GatewayMetrics
    from streams.operations.process import configure_logging, run_process, serve

    configure_logging(os.environ.get("VITALS_LOG_LEVEL", ""))
    settings, metrics = Settings.from_environment(os.environ), GatewayMetrics()
    work = functools.partial(run_gateway, settings, os.environ, metrics=metrics)
    run_process(serve(settings, metrics, lambda stop: work(stop=stop), ROLE), settings, uvloop.new_event_loop)


for module in (check, send):
    module.register(app)
