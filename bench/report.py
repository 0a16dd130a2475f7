"""From samples to the table and the JSON: medians, and ratios to the first row. Pure but for `write_json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from rich.markup import escape
from rich.table import Table


class Sample(msgspec.Struct, frozen=True):
    """One measurement: `events` in `seconds` of wall time, with `cpu_seconds` of CPU time, all threads."""

    events: int
    seconds: float
    cpu_seconds: float

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        return self.cpu_seconds / self.events * 1e6


class Result(msgspec.Struct, frozen=True):
    """A row as it is written: medians over its samples; `ratio` is the first row's events a second divided by its own.

    `cpu_us_per_event` is in microseconds.
    """

    name: str
    events_per_second: float
    cpu_us_per_event: float
    ratio: float


def results_of(samples: Sequence[tuple[str, Sequence[Sample]]]) -> list[Result]:
    """The results of rows (name, samples), in their order; the first is what the others are compared with.

    >>> results_of([("us", [Sample(100, 1.0, 0.5)]), ("them", [Sample(100, 4.0, 1.0)])])[1].ratio
    4.0
    """
    speeds = [median(sample.events_per_second for sample in row) for _, row in samples]
    return [
        Result(
            name=name,
            events_per_second=round(speed, 1),
            cpu_us_per_event=round(median(sample.cpu_us_per_event for sample in row), 3),
            ratio=round(speeds[0] / speed, 3),
        )
        for (name, row), speed in zip(samples, speeds, strict=True)
    ]


def table_of(results: Sequence[Result], does: Sequence[str], title: str) -> Table:
    """The table for people; `does` says what each row does and does not do."""
    table = Table(title=title, title_justify="left", caption="us / row: above 1, we are faster", caption_justify="left")
    table.add_column("row", overflow="fold")
    for name in ("events/s", "CPU µs an event", "us / row"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what it does", overflow="fold")
    for result, words in zip(results, does, strict=True):
        speed, cpu = f"{result.events_per_second:,.0f}", f"{result.cpu_us_per_event:,.2f}"
        table.add_row(result.name, speed, cpu, f"{result.ratio:,.2f}", escape(words))
    return table


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write the results as a JSON list of objects, in their order; its folder is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
