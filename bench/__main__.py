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
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from bench.contenders.rounds import measure
from bench.contenders.row import Row
from bench.contenders.table import rows
from bench.events import EVENT_BYTES, make_events
from bench.fixture import ROOT, Setup, create_peer_topic, create_topics, delete_topics, send_events
from bench.processes import available_bytes, pid_that_serves
from bench.report import Figure, Result, figures_of, results_of, table_of, write_json
from bench.secondary import FULL, QUICK, Step, fitting, steps
from streams.errors import UserError
from tests.support.kafka.broker import Broker, OwnBroker, SessionBroker
from vitals.local.embedded import HOST

JSON_PATH = ROOT / "build" / "bench.json"
EVENTS, QUICK_EVENTS = 1_200_000, 600_000
EVENTS_AN_ACCOUNT = 6
"""At least: with more accounts there are more events than that."""
STOCK_EVENTS, QUICK_STOCK_EVENTS = 30_000, 4_000
WATCH_SECONDS, QUICK_WATCH_SECONDS = 90.0, 10.0
ACCOUNTS, QUICK_ACCOUNTS = (1_000, 20_000, 100_000), (1_000,)
RUNS, QUICK_RUNS = 5, 3
QUICK_ROUNDS_SECONDS, QUICK_SECONDS = 80.0, 125.0
"""In a quick run no further round begins that would end later than the former after the first began, and nothing else
later than the latter."""
_WIDTH = 170
"""How wide the tables are where they do not go to a terminal."""


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What to measure: rows and further figures whose name begins with one of `only`, all if there is none.

    In a quick run only some rows are measured, unless `only` names others. The results are written to `json`; an empty
    path is nowhere.
    """

    quick: bool
    only: tuple[str, ...]
    accounts: tuple[int, ...]
    rounds: int
    with_figures: bool
    json: str

    def rows(self) -> list[Row]:
        """The rows, in the order of the table."""
        wanted = [row for row in rows() if row.name.startswith(self.only or "")]
        return [row for row in wanted if row.is_quick or self.only or not self.quick]

    def steps(self, setup: Setup) -> list[Step]:
        """The further figures, in the order in which they are measured."""
        extent = fitting(QUICK if self.quick else FULL, available_bytes())
        every = steps(setup, extent) if self.with_figures else []
        return [(name, step) for name, step in every if name.startswith(self.only or "")]


def main(
    quick: Annotated[bool, typer.Option("--quick", help="Fewer events and rows: within 3 minutes.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Only rows and further figures whose name begins so."),
    ] = None,
    accounts: Annotated[
        list[int] | None,
        typer.Option("--accounts", min=1, help="Each row with so many accounts; may be given several times."),
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=0, help="How often each row is measured; 0: as usual.")] = 0,
    figures: Annotated[bool, typer.Option(help="Measure what comes beside the table of rows, too.")] = True,
    json: Annotated[
        str, typer.Option("--json", metavar="FILE", help="Where the results go; build/bench.json without --only.")
    ] = "",
) -> None:
    """Measure events a second of one worker, beside its peers, on one broker."""
    wishes = Wishes(
        quick=quick,
        only=tuple(only or ()),
        accounts=tuple(accounts or (QUICK_ACCOUNTS if quick else ACCOUNTS)),
        rounds=rounds or (QUICK_RUNS if quick else RUNS),
        with_figures=figures,
        json=json or ("" if only else str(JSON_PATH)),
    )
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
        _run(console, progress, broker, wishes)
    except UserError as error:
        progress.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    finally:
        session.close()


def new_setup(broker: Broker, scratch: str, *, quick: bool, accounts: int = ACCOUNTS[0]) -> Setup:
    """A run of its own on `broker`."""
    host, _, port = broker.address.rpartition(":")
    return Setup(
        address=broker.address,
        broker_pid=pid_that_serves(int(port)) if host == HOST else 0,
        prefix=f"bench-{secrets.token_hex(4)}-",
        events=max(QUICK_EVENTS if quick else EVENTS, EVENTS_AN_ACCOUNT * accounts),
        accounts=accounts,
        until_ms=int(time.time() * 1_000) - 1_000,
        watch_seconds=QUICK_WATCH_SECONDS if quick else WATCH_SECONDS,
        stock_events=QUICK_STOCK_EVENTS if quick else STOCK_EVENTS,
        idempotent=int(broker.is_apache),
        scratch=scratch,
    )


def _run(console: Console, progress: Console, broker: Broker, wishes: Wishes) -> None:
    """With each number of accounts in turn; the further figures come after the rows of the first."""
    began, every_row = time.monotonic(), wishes.rows()
    if not every_row and not wishes.steps(new_setup(broker, "", quick=wishes.quick)):
        raise UserError(f"Nothing is called {' or '.join(wishes.only)}: the tables of `make bench` have the names.")
    results: list[Result] = []
    for number, accounts in enumerate(wishes.accounts):
        with tempfile.TemporaryDirectory(prefix="vitals-bench-") as scratch:
            setup = new_setup(broker, scratch, quick=wishes.quick, accounts=accounts)
            wanted = [] if number else wishes.steps(setup)
            try:
                progress.log(f"sending {setup.events:,} events of {accounts:,} accounts")
                asyncio.run(_send(setup))
                if every_row:
                    results += _measure_rows(console, progress, broker, setup, every_row, wishes)
                    _write(results, wishes, progress)
                figures = _measure_further(wanted, wishes.quick, progress, until=began + QUICK_SECONDS)
            finally:
                if isinstance(broker, OwnBroker) or number + 1 < len(wishes.accounts):
                    asyncio.run(delete_topics(setup))
        if figures:
            console.print(figures_of(figures, "one worker, and more of them"))


def _measure_rows(
    console: Console, progress: Console, broker: Broker, setup: Setup, every_row: Sequence[Row], wishes: Wishes
) -> list[Result]:
    """Measure the rows, and print their table."""
    load_before = os.getloadavg()[0]
    within_seconds = QUICK_ROUNDS_SECONDS if wishes.quick else float("inf")
    lines, rounds = measure(setup, every_row, wishes.rounds, progress, within_seconds)
    console.print(table_of(lines, _title(setup, broker, rounds, load_before)))
    return results_of(lines, setup.accounts)


def _write(results: Sequence[Result], wishes: Wishes, progress: Console) -> None:
    if wishes.json:
        write_json(results, Path(wishes.json))
        progress.log(f"Written to {wishes.json}.")


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
    await create_peer_topic(setup)
    await send_events(settings, make_events(setup.events, setup.accounts, setup.until_ms))


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
