"""The campaign's rows, told: on a terminal, as JSON, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from tests.faults.scenario import Row

_NUMBERS = {
    "faults": "faults",
    "median": "recovery, s, median",
    "most": "most",
    "messages": "messages",
    "replays": "replays skipped",
    "notified": "notifications",
    "again": "written again",
    "steps": "alert steps",
    "people": "commands",
    "ends": "own ends",
}
"""The figures' names on a terminal, and on a page."""


def tell(console: Console, row: Row) -> None:
    """One line about a scenario that is done, and what it broke."""
    console.print(f"{row.name}: {row.faults} faults in {row.seconds:.0f} s, {row.verdict}", highlight=False)
    for broken in row.broken:
        console.print(f"  {broken}", highlight=False, markup=False)


def table(rows: Sequence[Row]) -> Table:
    """The table, for a terminal."""
    shown = Table(title="Three workers under load; recovery in seconds", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    shown.add_column("fault", no_wrap=True)
    for column in _NUMBERS:
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("verdict")
    for row in rows:
        shown.add_row(row.name, *_numbers(row), row.verdict)
    return shown


def markdown(rows: Sequence[Row]) -> str:
    """The table, for a page; with what each fault is."""
    columns = ("fault", "what is done", *_NUMBERS.values(), "invariants")
    rules = ("---", "---", *("---:" for _ in _NUMBERS), "---")
    lines = [columns, rules, *((row.name, row.words, *_numbers(row), row.verdict) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def save(rows: Sequence[Row], path: Path) -> None:
    """Write the rows as JSON, and the table in Markdown beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rows)) + b"\n")
    path.with_suffix(".md").write_text(markdown(rows))


def _numbers(row: Row) -> list[str]:
    figures = (row.faults, row.recovery_median_seconds, row.recovery_max_seconds, row.events, row.replayed)
    return [
        f"{figure:,}"
        for figure in (*figures, row.notifications, row.repeated, row.steps, row.commands, row.ended_themselves)
    ]
