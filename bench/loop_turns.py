"""`python -m bench.loop_turns`: for how long one turn of a worker's event loop lasts when all accounts are concerned.

Each case has its worker in a process of its own, without a broker, filled with accounts at rest. The cases are what
concerns every account at once: a restart, the hourly cohort norm, a tick that declares, timers of all accounts at one
instant, the end of a warm-up, and a changed model. A worker whose loop was held for half of its session timeout ends
itself, since others may own its partitions by then.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from bench.in_process.account_cases import CASES, LONG_SECONDS, Phase, measure_here
from bench.in_process.accounts_at_rest import settings_of
from bench.in_process.own_process import commit, folds, measured
from bench.throughput import FoldName
from scoring.model.loader import load_preset
from streams.errors import UserError
from vitals.commands.output import console, print_json, progress_bar

ACCOUNTS = 300_000
MODEL = "usage-trend-friction"
"""A preset with a cohort norm."""


class Measured(msgspec.Struct, frozen=True):
    """All phases with one fold."""

    fold: FoldName
    phases: list[Phase]


def table_of(measured_: Measured, title: str, limit_seconds: float) -> Table:
    """A row for each kind of turn in each phase. A turn past `limit_seconds`, after which a worker ends itself, is red.

    Times are rounded to a hundredth of a second. Memory is over that before the phase, for each account held.
    """
    caption = (
        f"work: a call of Engine.work. take, confirm: turns of a flush. long: over {LONG_SECONDS:g} s. Red: over "
        f"{limit_seconds:g} s, after which the worker ends itself. µs: CPU an account held. peak, after: resident "
        "bytes an account held, over those before the phase; written, answers: accounts."
    )
    table = Table(title=title, title_justify="left", caption=caption, caption_justify="left")
    table.add_column("phase", no_wrap=True)
    table.add_column("turn", no_wrap=True)
    for name in ("turns", "long", "longest s", "its CPU s", "CPU s", "µs", "written", "answers", "peak", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    for phase in measured_.phases:
        for index, step in enumerate(phase.steps):
            longest = f"{step.longest_seconds:,.2f}"
            table.add_row(
                "" if index else phase.name,
                step.step,
                f"{step.turns:,}",
                f"{step.long_turns:,}",
                f"[red]{longest}[/]" if step.longest_seconds > limit_seconds else longest,
                f"{step.longest_cpu_seconds:,.2f}",
                f"{step.cpu_seconds:,.2f}",
                f"{step.cpu_seconds / phase.accounts * 1e6:,.1f}",
                *(_of_phase(phase) if not index else [""] * 4),
            )
    return table


def _of_phase(phase: Phase) -> list[str]:
    over = (phase.peak_bytes - phase.before_bytes, phase.after_bytes - phase.before_bytes)
    return [f"{phase.written:,}", f"{phase.answers:,}", *(f"{each / phase.accounts:,.0f}" for each in over)]


def title_of(accounts: int, model: str, fold: FoldName) -> str:
    """What was measured, on what, and from which commit."""
    return (
        f"{accounts:,} accounts at rest, model {model}, {fold}; commit {commit()}; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.2f} at the end"
    )


def main(
    accounts: Annotated[int, typer.Option(min=400, help="How many accounts the worker holds.")] = ACCOUNTS,
    model: Annotated[str, typer.Option(help="A preset; only one with a cohort norm has all cases.")] = MODEL,
    fold: Annotated[str, typer.Option(help="kernel or reference; both when it is left out.")] = "",
    only: Annotated[list[str] | None, typer.Option(help=f"Only these cases: {', '.join(CASES)}.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    here: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Measure the longest turn of a worker's loop where all of its accounts are concerned."""
    wanted = list(only or CASES)
    try:
        if unknown := [case for case in wanted if case not in CASES]:
            raise UserError(f"No case is called {unknown[0]!r}: take some of {', '.join(CASES)}.")
        if here:
            phases = [phase for case in wanted for phase in measure_here(case, load_preset(model), accounts)]
            sys.stdout.buffer.write(msgspec.json.encode(phases))
            return
        results = _measure(wanted, model, accounts, folds(fold), as_json=as_json)
    except UserError as error:
        console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(1) from None
    if as_json:
        print_json(results)


def _measure(
    cases: Sequence[str], model: str, accounts: int, wanted: Sequence[FoldName], *, as_json: bool
) -> list[Measured]:
    """Measure the cases with each fold, and print its table when it has all."""
    results: list[Measured] = []
    limit_seconds = settings_of().session_timeout_ms / 2_000
    with progress_bar("cases", len(cases) * len(wanted)) as show:
        for each in wanted:
            phases: list[Phase] = []
            for case in cases:
                arguments = ["--here", "--accounts", str(accounts), "--model", model, "--only", case]
                phases += measured("bench.loop_turns", arguments, each, list[Phase])
                show(len(results) * len(cases) + cases.index(case) + 1)
            results.append(Measured(each, phases))
            if not as_json:
                console().print(table_of(results[-1], title_of(accounts, model, each), limit_seconds))
    return results


if __name__ == "__main__":
    typer.run(main)
