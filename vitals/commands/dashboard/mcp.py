"""`vitals mcp`: the read side as tools for an assistant, over standard input and output."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from streams.errors import UserError
from streams.operations.version import installed_version

KEY = "VITALS_SECRET_API_KEY"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(mcp)


def mcp(
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where the dashboard is.", show_default=True)
    ] = "http://127.0.0.1:8490",
) -> None:
    """Serve tools to an assistant (Model Context Protocol over stdio): accounts, explanations, history, what-if.

    VITALS_SECRET_API_KEY, or the file that VITALS_SECRET_API_KEY_FILE names, has a key of the dashboard's API. A
    dashboard in local mode needs none.
    """
    from streams.deployment.secret import Secret, read_secret

    try:
        from dashboard.tools.server import tool_server
    except ModuleNotFoundError as error:
        if error.name != "mcp" and not str(error.name).startswith("mcp."):
            raise
        raise UserError("The package mcp is not installed: run `pip install 'account-vitals[mcp]'`.") from None
    from dashboard.tools.client import Api

    if not url.startswith(("http://", "https://")):
        raise UserError(f"--url is {url!r}: give an address that begins with http:// or https://.")
    tool_server(Api(url, Secret(read_secret(os.environ, KEY))), installed_version()).run("stdio")
