"""State has no reference cycles: a worker rarely looks for dead ones."""

from __future__ import annotations

import gc

import pytest

from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from tests.builders import a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
MODEL = a_model(
    {"usage": {"kind": "count", "window": "2d"}, "peak": {"kind": "peak", "window": "7d", "within": "28d"}},
    {"usage": {"shape": "ratio", "signal": "usage", "of": 10, "weight": 1}},
)
STATE = ("scoring.state.", "streams.engine.", "alerts.lifecycle.cases.")


def _live(line: Line) -> None:
    for day in range(3):
        for number in range(20):
            line.send(usage(f"account {number % 5}", at=NOON + day * DAY_MS + number))
        line.settle()


@pytest.mark.parametrize("uses_kernel", [True, False])
def test_neither_a_life_nor_its_end_leaves_any(uses_kernel: bool) -> None:
    plan = Plan(MODEL)
    _live(Line(plan, uses_kernel=uses_kernel))  # what happens once for a type is of the process
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        line = Line(plan, uses_kernel=uses_kernel)
        _live(line)
        assert _dead_state() == []
        line.partitions.clear()
        assert _dead_state() == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _dead_state() -> list[object]:
    """What was part of a dead cycle, or held by one, and is of an account or of a partition. Types are neither, which
    other tests of the process may leave."""
    gc.collect()
    return [each for each in gc.garbage if type(each).__module__.startswith(STATE)]


def test_that_state_in_a_dead_cycle_is_found() -> None:
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        line = Line(Plan(MODEL))
        _live(line)
        circle: list[object] = [line.partitions.pop()]
        circle.append(circle)
        del circle
        assert _dead_state()
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_values_of_an_account_are_not_tracked() -> None:
    line = Line(Plan(MODEL))
    _live(line)
    (partition,) = line.partitions
    for stored in partition.accounts.values():
        stored.read(partition.fold)
        assert stored.evaluation is not None
        assert not gc.is_tracked(stored.evaluation)
        assert not gc.is_tracked(stored.baseline(partition.plan))
