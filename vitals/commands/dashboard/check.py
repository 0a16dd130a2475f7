"""`vitals dashboard check`: who may come in by a file, and what is wrong with it."""

from __future__ import annotations

import os
from typing import Annotated

import msgspec
import typer

from alerts.text import plain
from vitals.commands.output import print_json

LINE_LIMIT = 300


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """`door` is local, oidc or proxy; `problems` are what keeps a dashboard from starting, none when it is empty."""

    door: str
    address: str
    by: str
    default_role: str
    session_hours: float
    admins: int
    problems: tuple[str, ...] = ()


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(check)


def check(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="A file, or 'local'. By default what VITALS_DASHBOARD names.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Say who may come in by a dashboard file; an error names the line and the fix.

    Secrets are read from the environment; none is shown. The exit code is 1 when one cannot be read.
    """
    from dashboard.doors.file import read_dashboard_file
    from dashboard.doors.opening import open_doors
    from streams.deployment.settings import Settings
    from streams.errors import UserError
    from streams.operations.dashboard_metrics import DashboardMetrics

    settings = Settings.from_environment(os.environ)
    found = read_dashboard_file(file or settings.dashboard)
    problems: tuple[str, ...] = ()
    try:
        open_doors(found, settings, os.environ, DashboardMetrics())
    except UserError as error:
        problems = (str(error),)
    doors = found.doors
    oidc, proxy = (doors.oidc, doors.proxy) if doors else (None, None)
    given = oidc or proxy
    checked = Checked(
        door="oidc" if oidc else "proxy" if proxy else "local",
        address=doors.address if doors else f"http://{settings.dashboard_host}:{settings.dashboard_port}",
        by=oidc.issuer if oidc else ", ".join(proxy.addresses) if proxy else "everybody on this machine",
        default_role=given.default_role or "none" if given else "admin",
        session_hours=doors.session_hours if doors and oidc else 0.0,
        admins=len(doors.admins) if doors else 0,
        problems=problems,
    )
    if as_json:
        print_json(checked)
    else:
        print(_words(checked))
        for problem in problems:
            print(plain(problem, LINE_LIMIT))
    if problems:
        raise typer.Exit(1)


def _words(checked: Checked) -> str:
    by = plain(checked.by, LINE_LIMIT)
    match checked.door:
        case "local":
            return f"Local mode at {checked.address}: {by} is an admin, and nobody logs in."
        case "oidc":
            how = f"people log in at {by}, for {checked.session_hours:g} h"
        case _:
            how = f"the proxy at {by} says who it is"
    role = (
        f"without a role of their own they are {checked.default_role}"
        if checked.default_role != "none"
        else ("without a role of their own they stay outside")
    )
    return f"{checked.address}: {how}; {role}; {checked.admins} named as admin."
