"""Two hundred runs in which everything goes wrong that may: all invariants hold. `make soak` goes beyond."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from alerts.step import AlertStep
from tests.simulation.run import calm, command_of, simulate
from tests.simulation.simulation import EXPIRED_UNREAD
from tests.simulation.workload import plot_of

BLOCKS, SEEDS_A_BLOCK = 20, 10


@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_dies_every_event_counts_once_and_every_transition_is_told_once(block: int) -> None:
    for seed in range(block * SEEDS_A_BLOCK, (block + 1) * SEEDS_A_BLOCK):
        try:
            simulate(seed)
        except BaseException as error:
            error.add_note(f"This was seed {seed}. Repeat it with: {command_of(seed)}")
            raise


def test_a_seed_is_the_same_run_every_time() -> None:
    stories: list[list[str]] = [[], []]
    for story in stories:
        simulate(3, tell=story.append)
    assert len(stories[0]) > 50
    assert stories[0] == stories[1]


def test_a_seed_is_the_same_run_in_every_process() -> None:
    """Neither hashes nor what else was imported matter."""
    told = "import sys; from tests.simulation.run import simulate; simulate(12, tell=print)"
    stories = [
        subprocess.run(
            [sys.executable, "-c", imported + told],
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed, imported in (("1", ""), ("2", "import alerts.lifecycle.loader; "))
    ]
    assert len(stories[0].splitlines()) > 50
    assert stories[0] == stories[1]


def test_some_runs_lose_messages_before_they_are_read() -> None:
    story: list[str] = []
    for seed in (15, 17, 19):
        simulate(seed, tell=story.append)
    assert any(EXPIRED_UNREAD in words for words in story)


def test_there_is_something_to_hold_on_to() -> None:
    """The plots are of all kinds, and a busy run has transitions to lose: else nothing would be tried."""
    plots = [plot_of(seed) for seed in range(BLOCKS * SEEDS_A_BLOCK)]
    assert {plot.clock for plot in plots} == {"event", "wall"}
    assert {plot.is_strict for plot in plots} == {plot.is_upfront for plot in plots} == {True, False}
    assert {plot.partitions for plot in plots} == {1, 2, 3, 4}
    busiest = sorted(plots[:20], key=lambda plot: -sum(len(epoch.sendings) for epoch in plot.epochs))
    said = [calm(plot) for plot in busiest[:5]]
    assert any(each.notifications for each in said)
    steps = [msgspec.json.decode(body, type=AlertStep) for each in said for body in each.steps.values()]
    assert {"opened", "acknowledged", "snoozed", "resolved", "none"} <= {step.step for step in steps}


def test_some_runs_hold_alerts_during_an_outage_and_tell_of_it_afterwards() -> None:
    plots = [plot for plot in map(plot_of, range(40)) if plot.has_alarms and plot.clock == "event"]
    steps = [msgspec.json.decode(body, type=AlertStep) for plot in plots for body in calm(plot).steps.values()]
    assert {"guard", "after_outage"} <= {step.reason for step in steps}
