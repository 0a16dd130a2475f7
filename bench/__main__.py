"""`python -m bench`: start a broker, send the events once, measure every row in turn, print the tables."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console

from bench import kafka_streams
from bench.contenders import Row, rows
from bench.events import EVENT_BYTES, make_events
from bench.fixture import ROOT, Setup, create_topics, delete_topics, send_events
from bench.processes import available_bytes, pid_that_serves
from bench.report import Figure, Line, Sample, figures_of, results_of, table_of, write_json
from bench.secondary import FULL, QUICK, Step, fitting, steps
from streams.errors import UserError
from tests.support.kafka.broker import Broker, OwnBroker, SessionBroker
from vitals.local.embedded import HOST

JSON_PATH = ROOT / "build" / "bench.json"
EVENTS, QUICK_EVENTS = 400_000, 120_000
STOCK_EVENTS, QUICK_STOCK_EVENTS = 30_000, 4_000
WATCH_SECONDS, QUICK_WATCH_SECONDS = 90.0, 10.0
ACCOUNTS = 1_000
RUNS, QUICK_RUNS = 5, 3
QUICK_ROUNDS_SECONDS, QUICK_SECONDS = 80.0, 125.0
"""In a quick run no further round begins that would end later than the former after the first began, and nothing else
later than the latter."""
_WIDTH = 170
"""How wide the tables are where they do not go to a terminal."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events: within 3 minutes.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Only rows and further figures whose name begins so."),
    ] = None,
) -> None:
    """Measure events a second of one worker, beside its peers, on one broker."""
    # So that what we started is stopped.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("The benchmark was asked to end (SIGTERM)."))
    # A topic that was just created may have no leader for a moment; the producer tries again.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    console, progress = _console(stderr=False), _console(stderr=True)
    session = SessionBroker(os.environ, is_measured=True)
    try:
        progress.log(session.plan)
        broker = session.get()
        progress.print(*session.report, sep="\n")
        with tempfile.TemporaryDirectory(prefix="vitals-bench-") as scratch:
            _run(console, progress, broker, new_setup(broker, scratch, quick=quick), quick, tuple(only or ()))
    except UserError as error:
        progress.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    finally:
        session.close()


def new_setup(broker: Broker, scratch: str, *, quick: bool) -> Setup:
    """A run of its own on `broker`."""
    host, _, port = broker.address.rpartition(":")
    return Setup(
        address=broker.address,
        broker_pid=pid_that_serves(int(port)) if host == HOST else 0,
        prefix=f"bench-{secrets.token_hex(4)}-",
        events=QUICK_EVENTS if quick else EVENTS,
        accounts=ACCOUNTS,
        until_ms=int(time.time() * 1_000) - 1_000,
        watch_seconds=QUICK_WATCH_SECONDS if quick else WATCH_SECONDS,
        stock_events=QUICK_STOCK_EVENTS if quick else STOCK_EVENTS,
        idempotent=int(broker.is_apache),
        scratch=scratch,
    )


def _run(console: Console, progress: Console, broker: Broker, setup: Setup, quick: bool, only: tuple[str, ...]) -> None:
    began = time.monotonic()
    every_row = [row for row in rows(_why_no_streams(progress, only)) if row.name.startswith(only or "")]
    extent = fitting(QUICK if quick else FULL, available_bytes())
    wanted = [(name, step) for name, step in steps(setup, extent) if name.startswith(only or "")]
    if not every_row and not wanted:
        raise UserError(f"Nothing is called {' or '.join(only)}: the tables of `make bench` have the names.")
    load_before = os.getloadavg()[0]
    try:
        progress.log(f"sending {setup.events:,} events")
        asyncio.run(_send(setup))
        if every_row:
            lines, rounds = measure(setup, every_row, quick, progress)
            console.print(table_of(lines, _title(setup, broker, rounds, load_before)))
            if not only:
                write_json(results_of(lines), JSON_PATH)
                progress.log(f"Written to {JSON_PATH.relative_to(ROOT)}.")
        figures = _measure_further(wanted, quick, progress, until=began + QUICK_SECONDS)
    finally:
        if isinstance(broker, OwnBroker):
            asyncio.run(delete_topics(setup))
    if figures:
        console.print(figures_of(figures, "one worker, and more of them"))


def _measure_further(wanted: Sequence[Step], quick: bool, progress: Console, until: float) -> list[Figure]:
    """The figures beside the table; in a quick run none is begun after `until`."""
    figures: list[Figure] = []
    for name, step in wanted:
        if quick and time.monotonic() > until:
            figures.append(Figure(name, "–", "left out: a quick run has no time left for it here"))
            continue
        progress.log(name)
        figures.extend(step())
    return figures


async def _send(setup: Setup) -> None:
    settings = setup.settings("none")
    await create_topics(settings)
    await send_events(settings, make_events(setup.events, setup.accounts, setup.until_ms))


def _why_no_streams(progress: Console, only: tuple[str, ...]) -> str:
    if only and not any(name.startswith("Kafka") for name in only):
        return "it was not asked for"
    progress.log("building the Kafka Streams row")
    try:
        kafka_streams.build()
    except UserError as error:
        return str(error)
    return ""


def measure(setup: Setup, every_row: Sequence[Row], quick: bool, progress: Console) -> tuple[list[Line], int]:
    """Every row once, then every row again: what else the machine does meanwhile is spread over all of them.

    Answers the lines of the table, and how many rounds it were. A row of a peer that fails is not tried again, and its
    line says why; ours raises UserError.
    """
    samples: dict[str, list[Sample]] = {row.name: [] for row in every_row}
    why_not = {row.name: row.why_not for row in every_row}
    runs, began, rounds = QUICK_RUNS if quick else RUNS, time.monotonic(), 0
    while rounds < runs and not (quick and _would_end_late(time.monotonic() - began, rounds)):
        rounds += 1
        for row in every_row:
            if not why_not[row.name]:
                why_not[row.name] = _measure_once(setup, row, samples[row.name], f"{rounds}/{runs}", progress)
    return [Line(row.name, row.does, tuple(samples[row.name]), why_not[row.name]) for row in every_row], rounds


def _would_end_late(elapsed: float, rounds: int) -> bool:
    return rounds > 0 and elapsed / rounds * (rounds + 1) > QUICK_ROUNDS_SECONDS


def _measure_once(setup: Setup, row: Row, samples: list[Sample], which: str, progress: Console) -> str:
    """Add one sample of `row`; answers why not when it is a peer's and fails."""
    try:
        sample = row.measure(setup)
    except UserError as error:
        if row.is_ours:
            raise
        samples.clear()
        progress.print(f"{row.name}: {error}", style="red", markup=False)
        return "it failed when it was run; what it printed is above"
    samples.append(sample)
    figures = f"{sample.events_per_second:,.0f} events/s, {sample.cpu_us_per_event:,.2f} µs CPU an event"
    progress.log(f"{which} {row.name}: {figures} ({sample.events:,} in {sample.seconds:.1f} s)")
    return ""


def _console(*, stderr: bool) -> Console:
    console = Console(highlight=False, log_path=False, stderr=stderr)
    return console if console.is_terminal else Console(highlight=False, log_path=False, stderr=stderr, width=_WIDTH)


def _title(setup: Setup, broker: Broker, rounds: int, load_before: float) -> str:
    return (
        f"{setup.events:,} events of {EVENT_BYTES} bytes, {setup.accounts:,} accounts, 4 topics × 4 partitions; "
        f"{f'median of {rounds}' if rounds > 1 else 'one run'}; {broker.name}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}; load {load_before:.2f} before, {os.getloadavg()[0]:.2f} at the end"
    )


if __name__ == "__main__":
    typer.run(main)
