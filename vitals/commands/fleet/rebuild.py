"""`vitals rebuild`: fills the read model again beside the one that serves, and switches."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Annotated

import typer

from streams.deployment.settings import Settings
from vitals.commands.output import bars, print_json

if TYPE_CHECKING:
    from streams.read_model.rebuilding.rebuild import Rebuilt

WORDS = {"history": "reading history back", "scores": "reading scores", "switch": "switching"}


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(rebuild)


def rebuild(
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Fill activity and cases again too: from the switch on, while people already read the new one.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Fill the read model in Redis again, beside the one that serves, and switch to it.

    Readers and `vitals project` go on meanwhile. Redis needs room for both.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported once, by us
    done = asyncio.run(_rebuild(Settings.from_environment(os.environ), everything=everything))
    if as_json:
        print_json(done)
    else:
        print(
            f"Generation {done.generation} serves now: {done.accounts:,} accounts, from {done.records:,} records of "
            f"history and {done.messages:,} messages of scores, in {done.seconds:.1f} s."
        )


async def _rebuild(settings: Settings, *, everything: bool) -> Rebuilt:
    from streams.read_model.rebuilding.rebuild import rebuild as run

    with bars() as show:
        return await run(settings, lambda step, done, total: show(WORDS[step], done, total), with_copies=not everything)
