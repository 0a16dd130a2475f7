"""The commands below `vitals alias` and `vitals unattributed`."""

from __future__ import annotations

import typer

from vitals.commands.identity import list_aliases, list_unattributed, merge_accounts, set_alias

alias = typer.Typer(help="Say which account an id of another system belongs to.", no_args_is_help=True)
unattributed = typer.Typer(help="Look at events whose account is not known yet.", no_args_is_help=True)


@alias.callback()
def _alias() -> None:
    """Say which account an id of another system belongs to."""


@unattributed.callback()
def _unattributed() -> None:
    """Look at events whose account is not known yet."""


for module in (set_alias, list_aliases, merge_accounts):
    module.register(alias)
list_unattributed.register(unattributed)
