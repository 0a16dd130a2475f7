"""`python -m bench.replay`: a year of events, replayed by one model and by five, beside the same facts in DuckDB."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from bench.fixture import ROOT
from bench.replay.measure import Measured, measure
from bench.replay.year import END_MS, START_MS, write_year
from bench.throughput import FoldName, fold_here, python_environment
from scoring.instants import DAY_MS, rfc3339
from scoring.model.loader import PRESETS

JSON_PATH = ROOT / "build" / "replay.json"
EVENTS, ACCOUNTS = 10_000_000, 15_000
QUICK_EVENTS, QUICK_ACCOUNTS = 500_000, 750
STEP_DAYS = 30
ALIKE = "usage-trend-friction"
"""The preset that DuckDB has the facts of, too."""


def main(
    quick: Annotated[bool, typer.Option("--quick", help="A twentieth of the events and accounts.")] = False,
    reference: Annotated[bool, typer.Option("--reference", help="Without the kernel, though it is built.")] = False,
    daily: Annotated[bool, typer.Option("--daily", help="Also every day of the year, by one model.")] = False,
    file: Annotated[str, typer.Option(help="Events of an earlier run, instead of new ones.")] = "",
) -> None:
    """Measure seconds and memory of a replay of a year."""
    events, accounts = (QUICK_EVENTS, QUICK_ACCOUNTS) if quick else (EVENTS, ACCOUNTS)
    progress = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="vitals-bench-") as folder:
        source = file or f"{folder}/events.ndjson"
        if not file:
            progress.log(f"writing {events:,} events of {accounts:,} accounts")
            with Path(source).open("wb") as output:
                write_year(output, events, accounts)
        fold: FoldName = "reference" if reference else fold_here()
        environment = python_environment(fold)
        found = []
        for name, command in _commands(source, folder, daily=daily):
            found.append(measure(name, command, environment))
            progress.log(f"{name}: {found[-1].seconds:,.1f} s, {found[-1].cpu_seconds:,.1f} s of CPU")
    Console(width=None if sys.stdout.isatty() else 120).print(_table(found, events, fold))
    JSON_PATH.parent.mkdir(exist_ok=True)
    JSON_PATH.write_bytes(msgspec.json.format(msgspec.json.encode(found)))


def _commands(source: str, folder: str, *, daily: bool) -> Iterator[tuple[str, Sequence[str]]]:
    instants = range(START_MS + STEP_DAYS * DAY_MS, END_MS, STEP_DAYS * DAY_MS)
    as_of = ",".join(map(rfc3339, instants))

    def vitals(*models: str) -> list[str]:
        named = [part for model in models for part in ("--model", model)]
        output = ["--csv", "--quiet", "--output", f"{folder}/out.csv"]
        return [sys.executable, "-P", "-m", "vitals", "replay", source, *named, *output]

    yield "default, 12 instants", [*vitals("default"), "--as-of", as_of]
    yield "five models, 12 instants", [*vitals(*PRESETS), "--as-of", as_of]
    if daily:
        yield "default, every day", [*vitals("default"), "--every", "1d"]
    yield f"{ALIKE}, 12 instants", [*vitals(ALIKE), "--as-of", as_of]
    if find_spec("duckdb") is not None:
        module = [sys.executable, "-m", "bench.replay.duckdb_facts"]
        yield f"DuckDB: {ALIKE}, 12 instants", [*module, source, f"{folder}/duck", folder, *map(str, instants)]


def _table(found: Sequence[Measured], events: int, fold: FoldName) -> Table:
    table = Table(title=f"{events:,} events, {fold}", title_justify="left")
    table.add_column("replay")
    for name in ("seconds", "CPU seconds", "CPU µs an event", "peak memory, MB", "of DuckDB's time"):
        table.add_column(name, justify="right")
    duckdb = next((each.seconds for each in found if each.name.startswith("DuckDB")), 0.0)
    for each in found:
        table.add_row(
            each.name,
            f"{each.seconds:,.1f}",
            f"{each.cpu_seconds:,.1f}",
            f"{each.cpu_seconds / events * 1e6:,.1f}",
            f"{each.peak_bytes / 1e6:,.0f}",
            f"{each.seconds / duckdb:.1f}" if duckdb else "",
        )
    return table


if __name__ == "__main__":
    typer.run(main)
