"""Weights from outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streams.calibrate.weights import Likelihood, estimates, thinned, tunable
from tests.unit.streams.calibrate.worlds import OWN_WEIGHTS, TRUE_WEIGHTS, World


def test_slopes_are_the_derivative_of_scores() -> None:
    data = World(accounts=20, neutral_weight=10.0, emphasis=2.0).data(1)
    weights = np.array(TRUE_WEIGHTS)
    _, slopes = data.slopes(weights)
    for number in range(len(weights)):
        step = np.zeros(len(weights))
        step[number] = 1e-6
        near = (data.computed(weights + step) - data.computed(weights - step)) / 2e-6
        assert slopes[:, number] == pytest.approx(near, abs=1e-5)


def test_a_floor_limits_a_score_under_any_weights() -> None:
    data = World(accounts=20).data(1)
    limited = replace(data, at_most=np.full(len(data), 10.0))
    score, slopes = limited.slopes(np.array(TRUE_WEIGHTS))
    assert (score <= 10.0).all()
    assert (slopes[score == 10.0] == 0.0).all()


def test_an_infinite_penalty_keeps_the_own_weights_and_a_small_one_moves_towards_the_truth() -> None:
    data = World(accounts=800).data(2)
    kept, moved = Likelihood(data).fit(np.inf), Likelihood(data).fit(1.0)
    assert kept.weights == pytest.approx(OWN_WEIGHTS)
    away = np.abs(moved.weights - np.array(TRUE_WEIGHTS)).max()
    assert away < 6.0 < np.abs(np.array(OWN_WEIGHTS) - np.array(TRUE_WEIGHTS)).max()
    assert moved.weights.sum() == pytest.approx(sum(OWN_WEIGHTS))
    assert (moved.weights >= 0.0).all()
    assert moved.loss(data).sum() < kept.loss(data).sum()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_many_outcomes_find_the_weights_under_any_light_penalty(seed: int) -> None:
    """A search that stops at a bound on its way would leave a component at 0."""
    data = World(accounts=6_000, middle=25.0).data(seed)
    likelihood = Likelihood(data)
    for penalty in (1e-6, 1.0, 10.0):
        assert likelihood.fit(penalty).weights == pytest.approx(TRUE_WEIGHTS, abs=3.0)
    steps = [likelihood.fit(penalty).loss(data).sum() for penalty in (1e-6, 1.0, 10.0, 100.0, np.inf)]
    assert steps == sorted(steps)


def test_a_component_that_says_nothing_or_weighs_nothing_is_not_tuned() -> None:
    data = World(own=(20.0, 0.0, 40.0, 20.0, 20.0)).data(3)
    data.evidence[:, 2] = 0.0
    assert tunable(data).tolist() == [True, False, False, True, True]
    found = estimates(data)
    assert [each.low is None for each in found] == [False, True, True, False, False]
    assert Likelihood(data).fit(1.0).weights[[1, 2]].tolist() == [0.0, 40.0]


def test_a_component_that_judges_all_alike_is_not_tuned() -> None:
    data = World().data(3)
    data.judgement[:, 1] = 100.0
    data.evidence[:, 1] = 1.0
    assert tunable(data).tolist() == [True, False, True, True, True]
    assert estimates(data)[1].low is None


def test_two_components_that_always_agree_have_intervals_that_hold_every_split() -> None:
    data = World(accounts=800).data(3)
    data.judgement[:, 1], data.evidence[:, 1] = data.judgement[:, 0], data.evidence[:, 0]
    first, second, third, *_ = estimates(data)
    for each in (first, second):
        assert (each.low, each.high) == (0.0, 100.0)
    assert third.low is not None
    assert third.high is not None
    assert third.high - third.low < 30.0


def test_thinning_keeps_all_outcomes_and_counts_for_all_rows() -> None:
    data = World(accounts=500).data(4)
    part, counts = thinned(data, most=1_000)
    assert len(part) < len(data)
    assert part.has_outcome.sum() == data.has_outcome.sum()
    assert counts.sum() == pytest.approx(len(data))
    whole, thin = (Likelihood(*each).fit(10.0).weights for each in ((data, None), (part, counts)))
    assert thin == pytest.approx(whole, abs=6.0)
