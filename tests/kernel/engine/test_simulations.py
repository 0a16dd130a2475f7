"""Simulated workers that fold natively and by the reference: with the same faults, the same story and the same bytes in
every log."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from scoring.plan.plan import Plan
from streams.engine import engine
from streams.engine.folds.choice import fold_of
from streams.engine.inputs import native_buffer, topic_buffer
from streams.engine.partition import partition
from tests.simulation import clock
from tests.simulation.broker import Place, Stored
from tests.simulation.run import ANYTHING, heads_of, live
from tests.simulation.simulation import World
from tests.simulation.workload import plot_of

SEEDS = range(0, 200, 5)


class Lived(NamedTuple):
    """What happened, and what is in the logs afterwards."""

    story: list[str]
    logs: dict[Place, list[Stored]]


def lived(seed: int, *, uses_kernel: bool) -> Lived:
    story: list[str] = []
    with heads_of(seed), pytest.MonkeyPatch.context() as patch:
        # Each look at the clock takes its time: so both look as often, or it takes none.
        if seed % 2:
            patch.setattr(engine, "ROUND_SECONDS", 1e9)
            patch.setattr(clock, "CALL_SECONDS", 0.0)
        else:
            for module in (topic_buffer, native_buffer, partition):
                patch.setattr(module, "RUN_MAX", 1)
        world = World(plot_of(seed), ANYTHING, story.append, uses_kernel=uses_kernel)
        asyncio.run(live(world))
    return Lived(story, dict(world.brokers.logs))


def test_the_kernel_folds_every_plot() -> None:
    assert {fold_of(Plan(plot_of(seed).model)).name for seed in SEEDS} == {"kernel"}


@pytest.mark.parametrize("seed", SEEDS)
def test_both_folds_write_the_same_bytes_whatever_dies(seed: int) -> None:
    native, plain = lived(seed, uses_kernel=True), lived(seed, uses_kernel=False)
    assert native.logs.keys() == plain.logs.keys()
    for place, log in plain.logs.items():
        for one, other in zip(native.logs[place], log, strict=True):
            assert one == other, f"{place}, offset {other.offset}"
    assert native.story == plain.story
