"""From samples to the tables and the JSON: medians, and ratios to the first row. Pure but for `write_json`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from rich.markup import escape
from rich.table import Table

from bench.contenders.terms import Terms

_NOTHING = "–"


class Sample(msgspec.Struct, frozen=True):
    """One measurement: `events` in `seconds` of wall time, with `cpu_seconds` of CPU time, all threads.

    `broker_cpu_seconds` is what the broker used meanwhile, 0.0 where that is not to be had.
    """

    events: int
    seconds: float
    cpu_seconds: float
    broker_cpu_seconds: float = 0.0

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def cpu_us_per_event(self) -> float:
        return self.cpu_seconds / self.events * 1e6

    @property
    def broker_cpu_us_per_event(self) -> float:
        return self.broker_cpu_seconds / self.events * 1e6


class Line(msgspec.Struct, frozen=True):
    """A row of the table with its samples; without any, `why_not` says why it could not be measured."""

    name: str
    terms: Terms
    does: str
    samples: tuple[Sample, ...]
    why_not: str = ""
    is_ours: bool = False


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is written: medians over its samples; `ratio` is the first row's events a second divided by its own.

    `ratio_of_equal_work` is the same with the first row of its job; 0.0 where that is not one of ours.
    `cpu_us_per_event` is in microseconds, of the row's own process; `broker_cpu_us_per_event` of the broker beside it,
    0.0 where that is not to be had.
    """

    name: str
    job: str = ""
    promise: str = ""
    accounts: int = 0
    events_per_second: float
    cpu_us_per_event: float
    broker_cpu_us_per_event: float = 0.0
    ratio: float
    ratio_of_equal_work: float = 0.0


class Figure(msgspec.Struct, frozen=True):
    """One measurement of the tables beside the great one, with what it was measured of."""

    name: str
    value: str
    of: str


def results_of(lines: Sequence[Line], accounts: int = 0) -> list[Result]:
    """The results of the rows that were measured, in their order; the first is what the others are compared with.

    >>> from bench.contenders.terms import Job, Promise
    >>> whole = Terms(Job.MODEL, Promise.ONCE)
    >>> us, them = Line("us", whole, "", (Sample(100, 1.0, 0.5),)), Line("them", whole, "", (Sample(100, 4.0, 1.0),))
    >>> [result.ratio for result in results_of([us, Line("absent", whole, "", (), "no wheel"), them])]
    [1.0, 4.0]
    """
    measured = [line for line in lines if line.samples]
    speeds = [median(sample.events_per_second for sample in line.samples) for line in measured]
    equals = {line.terms.job: speed for line, speed in reversed(list(zip(measured, speeds, strict=True)))}
    ours = {line.terms.job for line in measured if line.is_ours}
    return [
        Result(
            name=line.name,
            job=line.terms.job,
            promise=line.terms.promise,
            accounts=accounts,
            events_per_second=round(speed, 1),
            cpu_us_per_event=round(median(sample.cpu_us_per_event for sample in line.samples), 3),
            broker_cpu_us_per_event=round(median(sample.broker_cpu_us_per_event for sample in line.samples), 3),
            ratio=round(speeds[0] / speed, 3),
            ratio_of_equal_work=round(equals[line.terms.job] / speed, 3) if line.terms.job in ours else 0.0,
        )
        for line, speed in zip(measured, speeds, strict=True)
    ]


def table_of(lines: Sequence[Line], title: str) -> Table:
    """The table for people, with what each row does and promises, and why one was not measured."""
    caption = (
        "us / row: above 1, we are faster; of equal work: our row of the same job. CPU µs an event: the row's own "
        "process; broker: the broker's beside it. The second line of a row is what it promises."
    )
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("row", overflow="fold")
    for name in ("events/s", "CPU µs", "us / row", "of equal work", "broker µs"):
        table.add_column(name, justify="right", no_wrap=name != "of equal work")
    table.add_column("job", overflow="fold")
    table.add_column("what it does, and what it promises", overflow="fold")
    results = {result.name: result for result in results_of(lines)}
    for line in lines:
        figures = _figures(results[line.name]) if line.samples else [_NOTHING] * 5
        words = line.does if line.samples else f"not measured: {line.why_not}"
        described = f"{escape(words)}\n[italic]{escape(line.terms.promise)}[/italic]"
        table.add_row(escape(line.name), *figures, escape(line.terms.job), described, end_section=True)
    return table


def _figures(result: Result) -> list[str]:
    broker = result.broker_cpu_us_per_event
    return [
        f"{result.events_per_second:,.0f}",
        f"{result.cpu_us_per_event:,.2f}",
        f"{result.ratio:,.2f}",
        f"{result.ratio_of_equal_work:,.2f}" if result.ratio_of_equal_work else _NOTHING,
        f"{broker:,.2f}" if broker else _NOTHING,
    ]


def figures_of(figures: Sequence[Figure], title: str) -> Table:
    """A small table of single figures."""
    table = Table(title=title, title_justify="left")
    table.add_column("figure", overflow="fold")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("of what", overflow="fold")
    for figure in figures:
        table.add_row(*map(escape, (figure.name, figure.value, figure.of)))
    return table


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` (not empty) that at least `share` of them, 0 to 1, do not exceed.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5), percentile([1.0, 2.0, 3.0, 4.0], 0.99)
    (2.0, 4.0)
    """
    ordered = sorted(values)
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(0, rank - 1)]


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write the results as a JSON list of objects, in their order; its folder is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
