"""The application: assembles the commands, and handles how each of them ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from streams.operations.version import installed_version
from vitals.commands import (
    doctor,
    explain,
    interactions,
    model,
    override,
    publish,
    replay,
    run,
    scores,
    topics,
    verify,
)
from vitals.commands.alerts import app as alerts
from vitals.commands.dashboard import mcp
from vitals.commands.dashboard.app import app as dashboard
from vitals.commands.dead_letters import app as dead_letters
from vitals.commands.files import import_export
from vitals.commands.fleet import rebuild, sources
from vitals.commands.gateway.app import app as gateway
from vitals.commands.identity import forget_account
from vitals.commands.identity.app import alias, unattributed
from vitals.commands.outcomes import accuracy, backtest, calibrate
from vitals.exits import run_to_exit_code

app = typer.Typer(
    name="vitals",
    help="One number for the health of every B2B account, moved by every event.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (
    run,
    interactions,
    publish,
    import_export,
    scores,
    sources,
    explain,
    override,
    forget_account,
    replay,
    backtest,
    calibrate,
    verify,
    rebuild,
    doctor,
    topics,
    mcp,
):
    module.register(app)
app.add_typer(model.app, name="model")
app.add_typer(alerts.app, name="alerts")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(gateway, name="gateway")
app.add_typer(dashboard, name="dashboard")
app.add_typer(accuracy.app, name="accuracy")
app.add_typer(alias, name="alias")
app.add_typer(unattributed, name="unattributed")


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"vitals {installed_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """One number for the health of every B2B account, moved by every event."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; `arguments` defaults to those of the process. Always ends in `SystemExit`.

    The exit code is 0 on success, 1 after `error: ...` on standard error, 2 for a wrong command line, 70 after a bug of
    ours, 130 after Ctrl-C, 143 after SIGTERM. If the reader of our output goes away, the command ends quietly.
    """
    given = None if arguments is None else list(arguments)
    sys.exit(run_to_exit_code(lambda: app(args=given, prog_name="vitals", standalone_mode=False)))
