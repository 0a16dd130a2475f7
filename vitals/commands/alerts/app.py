"""The commands below `vitals alerts`."""

from __future__ import annotations

import typer

from vitals.commands.alerts import act, ask, check, list_cases, preview, report, send_test

app = typer.Typer(help="Check alert rules; look at cases and act on them.", no_args_is_help=True)


@app.callback()
def _alerts() -> None:
    """Check alert rules; look at cases and act on them."""


for module in (list_cases, ask, act, check, preview, report, send_test):
    module.register(app)
