"""The table of turns."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from bench.in_process.account_cases import Phase, steps_of
from bench.in_process.worker_loop import Turn
from bench.loop_turns import Measured, table_of


def test_the_table_of_turns_has_a_row_for_each_kind_and_memory_for_each_account() -> None:
    steps = steps_of([Turn("work", 20.0, 15.0), Turn("take", 1.0, 1.0)])
    phase = Phase(
        name="all", accounts=1_000, steps=steps, written=7, answers=8,
        before_bytes=10**6, peak_bytes=3 * 10**6, after_bytes=2 * 10**6,
    )  # fmt: skip
    table = table_of(Measured("reference", [phase]), "title", limit_seconds=15.0)
    assert [next(iter(column.cells)) for column in table.columns] == [
        "all", "work", "1", "1", "[red]20.00[/]", "15.00", "15.00", "15,000.0", "7", "8", "2,000", "1,000",
    ]  # fmt: skip
    assert table.row_count == 2
    assert "1.00" in _printed(table)


def _printed(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
