"""The truth of simulated panels is within the stated intervals, as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streams.calibrate.curve import fit_curve
from streams.calibrate.goals import Goal
from streams.calibrate.thresholds import threshold
from streams.calibrate.weights import estimates
from tests.unit.streams.calibrate.worlds import TRUE_WEIGHTS, World

SEEDS, MANY_SEEDS, ENOUGH = range(100), range(400), 0.93
"""An interval of 95 % misses the mark of 93 % of a hundred panels by chance once in eight."""
CATCHES = Goal(tier="red", what="catches", share=0.8)
FLAGS = Goal(tier="red", what="flags", share=0.1)
WORLDS = [
    World(),
    World(accounts=150),
    World(neutral_weight=10.0, emphasis=2.0, middle=52.0),
    World(accounts=300, instants=10, slope=0.07, middle=20.0),
]


def often_enough(found: list[list[bool]]) -> bool:
    """Whether each of the things that were looked at was within its interval in enough panels."""
    return bool((np.mean(found, axis=0) >= ENOUGH).all())


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WORLDS)))
def test_true_weights_are_within_their_intervals(number: int) -> None:
    found = [
        [(said.low or 0.0) <= true <= (said.high or 0.0) for said, true in zip(each, TRUE_WEIGHTS, strict=True)]
        for each in map(estimates, map(WORLDS[number].data, SEEDS))
    ]
    assert often_enough(found), np.mean(found, axis=0)
    assert np.mean([all(each) for each in found]) >= ENOUGH  # the intervals hold all weights together


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WORLDS)))
def test_true_probabilities_are_within_their_intervals(number: int) -> None:
    world, found = WORLDS[number], []
    for data in map(world.under_the_truth, SEEDS):
        scores = np.quantile(data.score, (0.02, 0.1, 0.3, 0.5, 0.8, 0.98))
        _, low, high = fit_curve(data.score, data.has_outcome, data.account).at(scores)
        truth = world.chance(scores)
        found.append(((low <= truth) & (truth <= high)).tolist())
    assert often_enough(found), np.mean(found, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WORLDS)))
def test_true_bounds_shares_and_recalls_are_within_their_intervals(number: int) -> None:
    """The truth is that of a hundred times as many accounts."""
    world = WORLDS[number]
    many = replace(world, accounts=40_000).data(10_000)
    of_outcomes = np.sort(many.score[many.has_outcome])
    bounds = {
        CATCHES: float(np.quantile(of_outcomes, CATCHES.share)),
        FLAGS: float(np.quantile(many.score, FLAGS.share)),
    }
    found = []
    for data in map(world.data, MANY_SEEDS):
        within = []
        for goal, bound in bounds.items():
            each = threshold(goal, 45.0, data.score, data.has_outcome, data.account)
            assert each.bound.value is not None
            within += [
                each.bound.holds(bound),
                each.share_flagged.holds(float((many.score < each.bound.value).mean())),
                each.recall.holds(float((of_outcomes < each.bound.value).mean())),
                each.precision.holds(float(many.has_outcome[many.score < each.bound.value].mean())),
            ]
        found.append(within)
    assert often_enough(found), np.mean(found, axis=0)
