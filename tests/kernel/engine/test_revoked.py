"""A partition that is revoked gives its memory back at once: restored state is frozen against garbage collection."""

from __future__ import annotations

import gc
import weakref

from scoring.plan.plan import Plan
from tests.builders import a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
MODEL = a_model(
    {"usage": {"kind": "count", "window": "2d"}},
    {"usage": {"shape": "ratio", "signal": "usage", "of": 10, "weight": 1}},
)


def test_without_garbage_collection() -> None:
    line = Line(Plan(MODEL))
    for number in range(20):
        line.send(usage(f"account {number % 5}", at=NOON + number))
    line.settle()
    (partition,) = line.partitions
    assert partition.loop is not None
    assert all(stored.mirror is not None for stored in partition.accounts.values())
    held = weakref.ref(partition), weakref.ref(partition.loop)
    gc.disable()
    try:
        line.partitions.clear()
        del partition
        assert (held[0](), held[1]()) == (None, None)
    finally:
        gc.enable()
