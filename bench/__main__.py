"""`python -m bench`: start a broker, send the events once, measure every row in turn, print the table."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.events import EVENT_BYTES, make_events
from bench.report import Sample, results_of, table_of, write_json
from bench.rows import Row, rows
from bench.setup import ROOT, Setup, delete_topics, send_events
from streams.errors import UserError
from tests.support.broker import Broker, OwnBroker, SessionBroker

JSON_PATH = ROOT / "build" / "bench.json"
EVENTS, QUICK_EVENTS = 400_000, 100_000
STOCK_EVENTS, QUICK_STOCK_EVENTS = 30_000, 10_000
WATCH_SECONDS, QUICK_WATCH_SECONDS = 90.0, 20.0
ACCOUNTS = 1_000
RUNS = 3
_WIDTH = 150
"""How wide the table is where it does not go to a terminal."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Once each, fewer events: within 3 minutes.")] = False,
) -> None:
    """Measure events a second of one worker, beside its peers, on one broker."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that what we started is stopped
    # A topic that was just created may have no leader for a moment; the producer tries again.
    logging.getLogger("aiokafka.producer").setLevel(logging.ERROR)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    session = SessionBroker(os.environ)
    try:
        console.print(session.plan)
        broker = session.get()
        console.print(*session.report, sep="\n")
        _run(console, broker, quick)
    except UserError as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    finally:
        session.close()


def new_setup(broker: Broker, *, quick: bool) -> Setup:
    """A run of its own on `broker`."""
    return Setup(
        address=broker.address,
        prefix=f"bench-{secrets.token_hex(4)}-",
        events=QUICK_EVENTS if quick else EVENTS,
        accounts=ACCOUNTS,
        until_ms=int(time.time() * 1_000) - 1_000,
        watch_seconds=QUICK_WATCH_SECONDS if quick else WATCH_SECONDS,
        stock_events=QUICK_STOCK_EVENTS if quick else STOCK_EVENTS,
        idempotent=int(broker.is_apache),
    )


def _run(console: Console, broker: Broker, quick: bool) -> None:
    setup, runs, every_row = new_setup(broker, quick=quick), 1 if quick else RUNS, rows()
    load_before = os.getloadavg()[0]
    try:
        with _progress(console) as progress:
            _send(setup, progress)
            samples = _measure(setup, every_row, runs, progress)
    finally:
        if isinstance(broker, OwnBroker):
            asyncio.run(delete_topics(setup))
    results = results_of([(row.name, samples[row.name]) for row in every_row])
    console.print(table_of(results, [row.does for row in every_row], _title(setup, broker, runs, load_before)))
    write_json(results, JSON_PATH)
    console.print(f"Written to {JSON_PATH.relative_to(ROOT)}.")


def _send(setup: Setup, progress: Progress) -> None:
    task = progress.add_task("sending the events", total=setup.events)
    events = make_events(setup.events, setup.accounts, setup.until_ms)
    asyncio.run(send_events(setup, events, lambda more: progress.advance(task, more)))
    progress.remove_task(task)


def _measure(setup: Setup, every_row: Sequence[Row], runs: int, progress: Progress) -> dict[str, list[Sample]]:
    """Every row once, then every row again: what else the machine does meanwhile is spread over all of them."""
    samples: dict[str, list[Sample]] = {row.name: [] for row in every_row}
    task = progress.add_task("", total=runs * len(every_row))
    for _ in range(runs):
        for row in every_row:
            progress.update(task, description=row.name)
            sample = row.measure(setup)
            samples[row.name].append(sample)
            figures = f"{sample.events_per_second:,.0f} events/s, {sample.cpu_us_per_event:,.2f} µs CPU an event"
            progress.console.print(f"{row.name}: {figures} ({sample.events:,} in {sample.seconds:.1f} s)")
            progress.advance(task)
    progress.remove_task(task)
    return samples


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _title(setup: Setup, broker: Broker, runs: int, load_before: float) -> str:
    return (
        f"{setup.events:,} events of {EVENT_BYTES} bytes, {setup.accounts:,} accounts, 4 topics × 4 partitions; "
        f"{f'median of {runs}' if runs > 1 else 'one run'}; {broker.name}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; load {load_before:.2f} before, {os.getloadavg()[0]:.2f} at the end"
    )


if __name__ == "__main__":
    typer.run(main)
