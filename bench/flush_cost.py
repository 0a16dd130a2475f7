"""`python -m bench.flush_cost`: what an account that changed costs in a flush, in bytes and in CPU time.

One partition in a process of its own, without a broker, takes in a history. Then every account has one event a round,
and each round is flushed. Writing to brokers is not in it.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from bench.in_process.flush_rounds import (
    RECORD_KINDS,
    Round,
    Sizes,
    Transitions,
    history_in,
    made_history,
    measure_round,
    take_in,
)
from bench.in_process.own_process import commit, folds, measured
from bench.throughput import FoldName
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.errors import UserError
from streams.operations.gc_tuning import freeze, relax
from vitals.commands.output import console, print_json, progress_bar

ACCOUNTS, EVENTS_AN_ACCOUNT, MODEL = 1_000, 200, "default"
ROUNDS = 11


class Figure(msgspec.Struct, frozen=True):
    """One measurement: `unit` is that of `value`; `of` says what it is of."""

    name: str
    value: float
    unit: str
    of: str


class Measured(msgspec.Struct, frozen=True):
    """All figures with one fold."""

    fold: FoldName
    accounts: int
    events: int
    figures: list[Figure]


def figures_of(rounds: Sequence[Round], sizes: Sizes, transitions: Transitions) -> list[Figure]:
    """The figures of a run: CPU time is the median over its rounds, bytes are means."""
    changed = "an account that changed"

    def us(name: str, of: str, seconds: Callable[[Round], float], number: Callable[[Round], int]) -> Figure:
        each = median(seconds(round_) / max(1, number(round_)) * 1e6 for round_ in rounds)
        return Figure(name, each, "µs", of)

    accounts = max(1, sizes.accounts)
    kinds = [name for name in RECORD_KINDS.values() if sizes.records[name]]
    return [
        us("event applied", "an event, one an account", lambda each: each.apply_seconds, lambda each: each.changed),
        us("records", changed, lambda each: each.records_seconds, lambda each: each.changed),
        us("answer", changed, lambda each: each.answers_seconds, lambda each: each.answered),
        us("of it built", "measured apart", lambda each: each.build_seconds, lambda each: each.answered),
        us("of it encoded as JSON", "measured apart", lambda each: each.json_seconds, lambda each: each.answered),
        us("confirmed", changed, lambda each: each.confirm_seconds, lambda each: each.changed),
        Figure("records", sum(sizes.record_bytes.values()) / accounts, "bytes", changed),
        *(
            Figure(
                f"of it {name}",
                sizes.record_bytes[name] / accounts,
                "bytes",
                f"{sizes.records[name] / accounts:.2f} records",
            )
            for name in kinds
        ),
        Figure("answer", fmean(sizes.answers or [0]), "bytes", changed),
        Figure(
            "notification",
            fmean(transitions.bodies or [0]),
            "bytes",
            f"{len(transitions.bodies):,} of the history",
        ),
        Figure(
            "change of tier",
            transitions.extra_seconds * 1e6,
            "µs",
            f"what an event costs more with it, {len(transitions.changing):,} of the history",
        ),
    ]


def measure_here(fold: FoldName, model: str, accounts: int, events: int, path: str) -> Measured:
    """Measure in this process, by the clock of events."""
    relax()  # a worker collects seldom, too
    plan = Plan(load_preset(model))
    partition = new_partition(0, Settings(partitions=1, clock="event"), plan, 1, uses_kernel=wants_kernel())
    transitions, sizes = Transitions(), Sizes()
    history = history_in(path, plan) if path else made_history(accounts, events)
    count = take_in(partition, history, transitions)
    if not partition.accounts:
        raise UserError("There is no event in the history: give a file that has some.")
    freeze()
    measure_round(partition, 0, Sizes())
    rounds = [measure_round(partition, number, sizes) for number in range(1, ROUNDS + 1)]
    return Measured(fold, len(partition.accounts), count, figures_of(rounds, sizes, transitions))


def table_of(all_measured: Sequence[Measured], title: str) -> Table:
    """A row for each figure, a column for each fold."""
    caption = "CPU time of one process, medians over rounds; bytes are those of keys and values, uncompressed."
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("figure", no_wrap=True)
    for each in all_measured:
        table.add_column(each.fold, justify="right", no_wrap=True)
    table.add_column("of", overflow="fold")
    for row in zip(*(each.figures for each in all_measured), strict=True):
        table.add_row(row[0].name, *(f"{each.value:,.1f} {each.unit}" for each in row), row[0].of)
    return table


def main(
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = ACCOUNTS,
    events: Annotated[int, typer.Option(min=1, help="Events of an account's history.")] = EVENTS_AN_ACCOUNT,
    data: Annotated[str, typer.Option(help="A file of events, NDJSON, as the history instead.")] = "",
    model: Annotated[str, typer.Option(help="A preset.")] = MODEL,
    fold: Annotated[str, typer.Option(help="kernel or reference; both when it is left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    here: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Measure what an account that changed costs in a flush."""
    try:
        if here:
            found = measure_here("kernel" if fold == "kernel" else "reference", model, accounts, events, data)
            sys.stdout.buffer.write(msgspec.json.encode(found))
            return
        results: list[Measured] = []
        wanted = folds(fold)
        with progress_bar("folds", len(wanted)) as show:
            for each in wanted:
                arguments = ["--here", "--fold", each, "--accounts", str(accounts), "--events", str(events)]
                arguments += ["--model", model, "--data", os.path.abspath(data) if data else ""]
                results.append(measured("bench.flush_cost", arguments, each, Measured))
                show(len(results))
    except UserError as error:
        console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    if as_json:
        print_json(results)
        return
    first = results[0]
    title = (
        f"{first.accounts:,} accounts, {first.events:,} events{f' of {data}' if data else ''}, model {model}; "
        f"commit {commit()}; Python {platform.python_version()}, load {os.getloadavg()[0]:.2f} at the end"
    )
    console().print(table_of(results, title))


if __name__ == "__main__":
    typer.run(main)
