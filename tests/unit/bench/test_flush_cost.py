"""The figures of a changed account: their sums and their table."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table

from bench.flush_cost import Measured, figures_of, table_of
from bench.in_process.flush_rounds import Round, Sizes, Transitions
from streams.engine.flush import Flush


def test_figures_are_medians_of_time_and_means_of_bytes() -> None:
    rounds = [_round(seconds) for seconds in (1.0, 3.0, 2.0)]
    sizes = Sizes()
    groups: list[list[tuple[bytes, bytes | None]]] = [[(b"t.a", b"1234567"), (b"h.a", b"1234567")], [(b"h.b", b"1")]]
    flush = Flush(partition=0, number=1, changelog=groups, notifications=[], scores=[(b"a", b"123"), (b"b", b"1")])
    sizes.add([flush])
    transitions = Transitions(changing=[3e-6], others=[1e-6, 1e-6], bodies=[100, 300])
    figures = figures_of(rounds, sizes, transitions)
    found = {(figure.name, figure.unit): figure.value for figure in figures}
    assert found["records", "µs"] == pytest.approx(200_000.0)
    assert found["answer", "µs"] == pytest.approx(400_000.0)
    assert found["records", "bytes"] == (10 + 10 + 4) / 2
    assert found["of it head", "bytes"] == (10 + 4) / 2
    assert found["answer", "bytes"] == (4 + 2) / 2
    assert found["notification", "bytes"] == 200
    assert found["change of tier", "µs"] == pytest.approx(2.0)
    printed = _printed(table_of([Measured("kernel", 2, 3, figures), Measured("reference", 2, 3, figures)], "title"))
    assert "kernel" in printed
    assert printed.count("12.0 bytes") == 2


def _round(seconds: float) -> Round:
    return Round(
        changed=10, answered=5, apply_seconds=seconds, records_seconds=seconds, answers_seconds=seconds,
        confirm_seconds=seconds, build_seconds=seconds, json_seconds=seconds,
    )  # fmt: skip


def _printed(table: Table) -> str:
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
