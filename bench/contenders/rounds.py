"""Every row once, then every row again: what else the machine does meanwhile is spread over all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console

from bench.contenders.row import Row
from bench.fixture import Setup
from bench.report import Line, Sample
from streams.errors import UserError


def measure(
    setup: Setup, every_row: Sequence[Row], rounds: int, progress: Console, within_seconds: float = float("inf")
) -> tuple[list[Line], int]:
    """The lines of the table, and how many rounds it were: `rounds`, or fewer where the next would end too late.

    A row of a peer that fails is not tried again, and its line says why; ours raises UserError.
    """
    samples: dict[str, list[Sample]] = {row.name: [] for row in every_row}
    why_not = {row.name: row.why_not for row in every_row}
    began, done = time.monotonic(), 0
    while done < rounds and not _would_end_late(time.monotonic() - began, done, within_seconds):
        done += 1
        for row in every_row:
            if not why_not[row.name]:
                why_not[row.name] = _measure_once(setup, row, samples[row.name], f"{done}/{rounds}", progress)
    return [_line(row, samples[row.name], why_not[row.name]) for row in every_row], done


def _line(row: Row, samples: Sequence[Sample], why_not: str) -> Line:
    return Line(row.name, row.terms, row.does, tuple(samples), why_not, row.is_ours)


def _would_end_late(elapsed: float, done: int, within_seconds: float) -> bool:
    return done > 0 and elapsed / done * (done + 1) > within_seconds


def _measure_once(setup: Setup, row: Row, samples: list[Sample], which: str, progress: Console) -> str:
    """Add one sample of `row`; answers why not when it is a peer's and fails."""
    try:
        sample = row.measure(setup)
    except UserError as error:
        if row.is_ours:
            raise
        samples.clear()
        progress.print(f"{row.name}: {error}", style="red", markup=False)
        return f"it failed when it was run: {str(error).splitlines()[0]}"
    samples.append(sample)
    figures = f"{sample.events_per_second:,.0f} events/s, {sample.cpu_us_per_event:,.2f} µs CPU an event"
    progress.log(f"{which} {row.name}: {figures} ({sample.events:,} in {sample.seconds:.1f} s)")
    return ""
