"""`vitals doctor`: what is wrong with the settings, the brokers and Redis, and what to do about it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from alerts.text import WORDS_LIMIT, plain
from streams.deployment.settings import Settings
from streams.errors import UserError
from vitals.commands.output import console, print_json

if TYPE_CHECKING:
    from streams.doctor.finding import Finding
    from streams.doctor.rights import Process

_MARKS = {"ok": ("ok", "green"), "unknown": ("?", "dim"), "warning": ("warning", "yellow"), "fault": ("FAULT", "red")}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)


def doctor(
    processes: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="PROCESS",
            help="Check the rights and needs of this process; repeatable: worker, projector, notifier, publish, "
            "override, verify, producer or creator. The three long-running ones by default.",
        ),
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Also show what is in order.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print every finding as JSON.")] = False,
) -> None:
    """Check what a deployment depends on, and say how to fix what is wrong.

    It authenticates as the user of the settings: run it with the environment of the process that you ask about. It
    writes nothing, creates nothing and joins no group. The exit code is 1 if there is a fault, 0 if there are only
    warnings.
    """
    from streams.doctor.examination import examine
    from streams.doctor.finding import Status, worst
    from streams.model_files import read_plan

    chosen = _chosen(processes)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    settings = Settings.from_environment(os.environ)
    plan = read_plan(settings.model, settings.shadow_models)
    findings = asyncio.run(examine(settings, plan, chosen))
    if as_json:
        print_json(findings)
    else:
        _print(findings, show_all=show_all)
    if worst(findings) is Status.FAULT:
        raise typer.Exit(1)


def _chosen(processes: Sequence[str] | None) -> tuple[Process, ...]:
    from streams.doctor.rights import PROCESSES, RUNNING

    for name in processes or ():
        if name not in PROCESSES:
            raise UserError(f"--for {name}: there is no such process; use one of {', '.join(PROCESSES)}.")
    return tuple(each for each in PROCESSES if each in processes) if processes else RUNNING


def _print(findings: Sequence[Finding], *, show_all: bool) -> None:
    from scoring.plurals import counted
    from streams.doctor.finding import Status

    table = Table(show_edge=False, pad_edge=False)
    for column in ("", "check", "what", "fix"):
        table.add_column(column, overflow="fold")
    shown = [finding for finding in findings if show_all or finding.status is not Status.OK]
    for finding in shown:
        mark, style = _MARKS[finding.status]
        what = f"{finding.subject} {finding.words}".strip()
        row = (finding.check, plain(what, WORDS_LIMIT), plain(finding.advice, WORDS_LIMIT) if finding.advice else "")
        table.add_row(Text(mark, style=style), *(Text(cell) for cell in row))
    screen = console()
    if shown:
        screen.print(table)
    counts = {status: sum(finding.status is status for finding in findings) for status in Status}
    words = (
        f"{counted(counts[Status.FAULT], 'faults')}, {counted(counts[Status.WARNING], 'warnings')}, "
        f"{counts[Status.UNKNOWN]} unknown, {counts[Status.OK]} in order."
    )
    screen.print(Text(words, style="red" if counts[Status.FAULT] else "green"))
