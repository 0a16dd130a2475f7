"""The commands below `vitals dead-letters`."""

from __future__ import annotations

import typer

from vitals.commands.dead_letters import list_letters, replay_letters, show_letter

app = typer.Typer(help="List, show and send again what could not be used.", no_args_is_help=True)


@app.callback()
def _dead_letters() -> None:
    """List, show and send again what could not be used."""


for module in (list_letters, show_letter, replay_letters):
    module.register(app)
