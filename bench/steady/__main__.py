"""`python -m bench.steady`: judge steady accounts of each rhythm under every model, print the table, write the JSON."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.steady.figures import Line, Watched, line_of, median_delay
from bench.steady.measure import (
    Delayed,
    Job,
    Judged,
    Pool,
    delay_job,
    has_norm,
    norms_of,
    plan_of,
    steady_job,
)
from bench.steady.table import markdown_of, tables_of
from scoring.model.loader import PRESETS
from streams.errors import UserError
from tests.support.worlds.rhythms import BY_NAME, RHYTHMS, Rhythm

ROOT = Path(__file__).parents[2]
BUSY, BUSY_SHARE = 500.0, 4
"""Of a rhythm with this many events a week, a quarter of the accounts are judged: little happens by chance there."""
CHANGED_ACCOUNTS = 6
"""How many accounts of each rhythm stop, and how many halve their use."""

WIDTH = 160
"""How wide the tables are where they do not go to a terminal."""


def main(
    preset: Annotated[list[str] | None, typer.Option("--preset", help="Only this preset (may be repeated).")] = None,
    model: Annotated[list[str] | None, typer.Option("--model", metavar="FILE", help="This model file too.")] = None,
    rhythm: Annotated[list[str] | None, typer.Option("--rhythm", help="Only this rhythm (may be repeated).")] = None,
    accounts: Annotated[int, typer.Option("--accounts", min=1, help="Accounts of each rhythm and seed.")] = 14,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many books.")] = 3,
    first_seed: Annotated[int, typer.Option("--first-seed", help="The seed of the first book.")] = 1,
    delay: Annotated[bool, typer.Option(help="Measure also how soon a change of use is told.")] = True,
    out: Annotated[Path, typer.Option("--out", help="Where the JSON goes.")] = ROOT / "build" / "steady.json",
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables as docs/models/steadiness.md has them.")
    ] = False,
    processes: Annotated[int, typer.Option("--processes", min=1)] = min(2, os.cpu_count() or 1),
) -> None:
    """Judge steady accounts of each rhythm after every event and at every timer, under each model."""
    models = [*(preset or (() if model else PRESETS)), *(model or ())]
    try:
        for name in models:
            plan_of(name)
        chosen = [BY_NAME[name] for name in rhythm] if rhythm else list(RHYTHMS)
    except UserError as error:
        raise typer.BadParameter(str(error)) from None
    except KeyError as error:
        raise typer.BadParameter(f"no rhythm is called {error}: use one of {', '.join(BY_NAME)}") from None
    lines = measure(models, chosen, accounts, range(first_seed, first_seed + seeds), processes, delay=delay)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(lines), indent=2) + b"\n")
    console = Console(highlight=False)
    console = console if console.is_terminal else Console(highlight=False, width=WIDTH)
    if markdown:
        print(markdown_of(lines))
        return
    for table in tables_of(lines):
        console.print(table)
    console.print(f"Written to {out}.", markup=False)


def measure(
    models: list[str], rhythms: list[Rhythm], accounts: int, seeds: range, processes: int, *, delay: bool
) -> list[Line]:
    """Run all jobs, busy rhythms first, so that no process ends with the longest."""
    ordered = sorted(rhythms, key=lambda each: -each.weekly)
    jobs = [
        Job(rhythm=each.name, number=number, seed=seed)
        for each in ordered
        for seed in seeds
        for number in range(_of(each, accounts))
    ]
    changed = [
        Job(rhythm=each.name, number=number, seed=seeds[0], factor=factor)
        for each in ordered
        for factor in (0.0, 0.5)
        for number in range(_of(each, CHANGED_ACCOUNTS) if delay else 0)
    ]
    with_norm = [name for name in models if has_norm(name)]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("accounts", total=len(jobs) * (2 if with_norm else 1) + len(changed))
        with Pool(processes, lambda: bar.advance(task)) as pool:
            norms = norms_of(pool, jobs, with_norm)
            steady: dict[tuple[str, str], list[Judged]] = defaultdict(list)
            for job, answers in pool.run(steady_job, jobs, tuple(models), norms):
                for judged in answers:
                    steady[judged.model, job.rhythm].append(judged)
            delayed: dict[tuple[str, str, float | None], list[Delayed]] = defaultdict(list)
            for job, found in pool.run(delay_job, changed, tuple(models), norms):
                for each_delay in found:
                    delayed[each_delay.model, job.rhythm, job.factor].append(each_delay)
    return [_line(name, each, steady[name, each.name], delayed) for name in models for each in rhythms]


def _of(rhythm: Rhythm, accounts: int) -> int:
    return max(1, accounts // BUSY_SHARE) if rhythm.weekly >= BUSY else accounts


def _line(
    name: str, rhythm: Rhythm, found: list[Judged], delayed: dict[tuple[str, str, float | None], list[Delayed]]
) -> Line:
    found.sort(key=lambda each: (each.watched.seed, each.watched.mean))
    largest = max(found, key=lambda each: abs(each.watched.move))
    seen: list[Watched] = [each.watched for each in found]
    model = plan_of(name).model
    line = line_of(model.name if name in PRESETS else name, model.version, rhythm.name, seen, largest.move_by)
    stop, half = delayed[name, rhythm.name, 0.0], delayed[name, rhythm.name, 0.5]
    return msgspec.structs.replace(
        line,
        stop_to_yellow_days=_days([each.below for each in stop]),
        stop_to_red_days=_days([each.worst for each in stop]),
        half_to_yellow_days=_days([each.below for each in half]),
        half_to_red_days=_days([each.worst for each in half]),
    )


def _days(found: list[float | None]) -> float | None:
    middle = median_delay(found)
    return None if middle is None else round(middle, 1)


if __name__ == "__main__":
    typer.run(main)
