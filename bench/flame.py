"""`python -m bench.flame`: where a worker's time goes while it works off a backlog, as a picture.

One worker on the benchmark's events. py-spy samples it from outside, its Python and its C functions alike; only a
thread that holds the interpreter's lock counts, so that what is waited for is not in the picture. Linux only, and the
system must let one process look into another.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bench.__main__ import new_setup
from bench.events import make_events
from bench.fixture import ROOT, Setup, create_topics, delete_topics, send_events
from bench.flame_svg import svg_of, tree_of
from bench.throughput import until_committed, workers
from streams.errors import UserError
from tests.support.kafka.broker import OwnBroker, SessionBroker

PICTURE = ROOT / "docs" / "flame.svg"
EVENTS, QUICK_EVENTS = 3_000_000, 60_000
SECONDS, QUICK_SECONDS = 20, 3
RATE = 200
"""Samples a second."""
_WARM_SHARE = 10
"""The first tenth of the events is done before: by then every account has a history."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events, to see that it works.")] = False,
    out: Annotated[Path, typer.Option(help="Where the picture goes.")] = PICTURE,
    folded: Annotated[
        Path | None, typer.Option(help="Draw these folded stacks (of perf, say); sample nothing.")
    ] = None,
) -> None:
    """Draw the flame graph of one busy worker."""
    try:
        root = tree_of((folded.read_text() if folded is not None else _sampled(quick)).splitlines())
        if not root.samples:
            raise UserError("There are no samples in it: the worker was idle. Raise EVENTS in bench/flame.py.")
    except UserError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    note = f"{root.samples:,} samples; width is time, inner calls are below; point at a box for its whole name"
    out.write_text(svg_of(root, "One worker on a backlog", note))
    print(f"{root.samples:,} samples, drawn in {out}.")


def _sampled(quick: bool) -> str:
    profiler = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if profiler is None:
        raise UserError("py-spy is not installed: `make flame` installs it, or pip install -e '.[bench]'.")
    session = SessionBroker(os.environ, is_measured=True)
    try:
        broker = session.get()
        with tempfile.TemporaryDirectory(prefix="vitals-flame-") as scratch:
            setup = new_setup(broker, scratch, quick=quick)
            setup = msgspec.structs.replace(setup, events=QUICK_EVENTS if quick else EVENTS)
            try:
                return asyncio.run(_profiled(profiler, setup, QUICK_SECONDS if quick else SECONDS))
            finally:
                if isinstance(broker, OwnBroker):
                    asyncio.run(delete_topics(setup))
    finally:
        session.close()


async def _profiled(profiler: str, setup: Setup, seconds: int) -> str:
    """The folded stacks of a worker that is busy for `seconds` seconds at least.

    Raises:
        UserError: when the worker ends or stands still, or the profiler may not look into it.
    """
    settings = setup.settings("worker")
    await create_topics(settings)
    await send_events(settings, make_events(setup.events, setup.accounts, setup.until_ms))
    stacks = Path(setup.scratch) / "folded.txt"
    with workers(settings, 1) as children:
        await until_committed(children, settings, setup.events // _WARM_SHARE)
        command = [profiler, "record", "--native", "--gil", "--function", "--rate", str(RATE)]
        command += ["--duration", str(seconds), "--format", "raw", "--output", str(stacks)]
        command += ["--pid", str(children[0].pid)]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
    if ended.returncode != 0 or not stacks.exists():
        raise UserError(
            f"py-spy could not sample the worker:\n{ended.stdout}{ended.stderr}\nWhere it may not look into another "
            "process, run this as root, or set the kernel's kernel.yama.ptrace_scope to 0 meanwhile."
        )
    return re.sub(r"\x1b\[[0-9;]*m", "", stacks.read_text())


if __name__ == "__main__":
    typer.run(main)
