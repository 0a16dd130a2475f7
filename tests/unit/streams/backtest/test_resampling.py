"""The bootstrap over accounts, beside scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap
from sklearn.metrics import average_precision_score, roc_auc_score

from streams.backtest.estimate import estimate
from streams.backtest.resampling import Areas, Resampler


def test_areas_of_each_draw_are_those_of_scikit_learn_with_the_drawn_weights() -> None:
    rng = np.random.default_rng(1)
    account = np.repeat(np.arange(60), 4)
    churned = rng.random(240) < 0.2
    risk = np.round(rng.normal(size=240) + churned, 1)  # with ties
    resampler = Resampler(account, draws=25, seed=3)
    found = Areas.of(resampler, risk, churned)
    for draw in range(25):
        weights = resampler.weights[draw][resampler.row]
        assert found.roc[draw] == pytest.approx(roc_auc_score(churned, risk, sample_weight=weights))
        assert found.precision[draw] == pytest.approx(average_precision_score(churned, risk, sample_weight=weights))


def test_all_rows_of_an_account_are_drawn_together_and_each_draw_has_as_many_accounts() -> None:
    resampler = Resampler(np.array([7, 7, 9, 7, 9]), draws=100, seed=0)
    assert resampler.accounts.tolist() == [7, 9]
    assert resampler.weights.sum(axis=1).tolist() == [2.0] * 100
    assert set(resampler.sums(np.ones(5))) == {4.0, 5.0, 6.0}


def test_with_one_row_an_account_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(5).random(300) < 0.3
    resampler = Resampler(np.arange(300), draws=4_000, seed=1)
    ours = estimate(float(values.mean()), resampler.sums(values) / 300)
    theirs = bootstrap((values,), np.mean, n_resamples=4_000, method="percentile", rng=2).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.007)
    assert ours.high == pytest.approx(theirs.high, abs=0.007)


def test_accounts_with_many_rows_have_a_wider_interval_than_their_rows_would() -> None:
    """Ten copies of a row are no ten rows."""
    values = np.random.default_rng(5).random(100) < 0.3
    once = Resampler(np.arange(100), seed=1)
    often = Resampler(np.repeat(np.arange(100), 10), seed=1)
    lone = estimate(0.3, once.sums(values) / once.sums(np.ones(100)))
    copied = estimate(0.3, often.sums(np.repeat(values, 10)) / often.sums(np.ones(1_000)))
    assert copied == lone


def test_a_seed_gives_the_same_draws_again() -> None:
    draws = [Resampler(np.arange(50), draws=10, seed=seed).weights for seed in (1, 1, 2)]
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()


def test_no_account_gives_no_draws() -> None:
    resampler = Resampler(np.array([], dtype=np.int64), draws=5)
    assert resampler.size == 0
    assert resampler.sums(np.array([])).tolist() == [0.0] * 5
