"""The gain of other weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streams.calibrate.gain import gain, shrunk, split
from tests.unit.streams.calibrate.worlds import NOISE, OWN_WEIGHTS, World


def test_earlier_rows_end_a_horizon_before_the_later_ones() -> None:
    data = World(accounts=50, instants=9).data(1)
    earlier, later = split(data)
    assert not (earlier & later).any()
    first = data.instant_ms[later].min()
    assert (data.instant_ms[earlier] + data.horizon_ms <= first).all()
    assert len(np.unique(data.instant_ms[later])) == 3
    longer = replace(data, horizon_ms=2 * data.horizon_ms)
    assert split(longer)[0].sum() < earlier.sum()


@pytest.mark.slow
def test_weights_that_are_wrong_have_a_gain() -> None:
    data = World(accounts=1_500, instants=9).data(2)
    found = gain(data, 45.0, draws=200)
    assert found.is_worth_it
    assert found.auc_gain.value is not None
    assert found.auc_gain.value > 0.03
    assert found.recall_gain.value is not None
    assert found.recall_gain.value > 0.0
    assert found.penalty <= 30.0
    assert shrunk(data, found.penalty).weights[0] > 30.0


@pytest.mark.slow
def test_weights_that_are_right_or_a_score_that_says_nothing_have_none() -> None:
    for world, most in ((World(accounts=300, instants=9, weights=OWN_WEIGHTS), 1), (NOISE, 1)):
        worth = [gain(world.data(seed), 45.0, draws=200).is_worth_it for seed in range(8)]
        assert sum(worth) <= most


def test_the_order_of_rows_does_not_matter_to_the_weights() -> None:
    data = World(accounts=200, instants=9).data(3)
    mixed = data.take(np.random.default_rng(0).permutation(len(data)))
    assert np.allclose(shrunk(data, 10.0).weights, shrunk(mixed, 10.0).weights, atol=1e-3)
