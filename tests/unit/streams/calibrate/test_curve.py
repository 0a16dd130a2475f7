"""The probability by score."""

from __future__ import annotations

import numpy as np
import pytest

from streams.backtest.panel import Floats
from streams.calibrate.curve import fit_curve


def drawn(seed: int, kind: str, accounts: int = 400) -> tuple[Floats, Floats]:
    """Scores, and the true probability at each: a logistic curve, a line with a flat end, a step, or a constant."""
    random = np.random.default_rng(seed)
    score = np.clip(random.normal(74.0, 16.0, accounts), 2.0, 98.0)
    truth = {
        "logistic": 1.0 / (1.0 + np.exp(0.05 * (score - 30.0))),
        "line": 0.01 + 0.4 * np.clip((75.0 - score) / 35.0, 0.0, 1.0),
        "step": 0.02 + 0.3 / (1.0 + np.exp((score - 55.0) / 2.5)),
        "flat": np.full(accounts, 0.12),
    }
    return score, truth[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["logistic", "line", "step", "flat"])
def test_the_bounds_hold_a_truth_of_any_shape(kind: str) -> None:
    found = []
    for seed in range(100):
        score, truth = drawn(seed, kind)
        outcome = np.random.default_rng(1_000 + seed).random(len(score)) < truth
        _, low, high = fit_curve(score, outcome, np.arange(len(score))).at(score)
        order = np.argsort(score)[[8, 40, 120, 200, 320]]
        found.append(((low <= truth) & (truth <= high))[order].tolist())
    assert (np.mean(found, axis=0) >= 0.93).all(), np.mean(found, axis=0)


def test_the_curve_only_falls_and_lies_between_its_bounds() -> None:
    score, truth = drawn(1, "line")
    curve = fit_curve(score, np.random.default_rng(2).random(len(score)) < truth, np.arange(len(score)))
    table = np.array([(each.probability, each.low, each.high) for each in curve.points])
    assert (np.diff(table, axis=0) <= 0).all()
    assert ((table[:, 1] <= table[:, 0]) & (table[:, 0] <= table[:, 2])).all()
    assert table[-1, 1] == 0.0  # nobody is better than the best score


def test_the_curve_of_an_outcome_of_high_scores_is_the_mirror_image() -> None:
    score, truth = drawn(3, "line")
    outcome, account = np.random.default_rng(4).random(len(score)) < truth, np.arange(len(score))
    falls = fit_curve(score, outcome, account)
    rises = fit_curve(100.0 - score, outcome, account, rises=True)
    assert [each.probability for each in rises.points] == [each.probability for each in reversed(falls.points)]
    assert [each.high for each in rises.points] == [each.high for each in reversed(falls.points)]


def test_one_account_at_the_end_does_not_make_the_probability_there_0_or_1() -> None:
    score, truth = drawn(5, "line")
    outcome = np.random.default_rng(6).random(len(score)) < truth
    outcome[np.argmin(score)], outcome[np.argmax(score)] = True, False
    curve = fit_curve(score, outcome, np.arange(len(score)))
    assert 0.0 < curve.points[-1].probability < curve.points[0].probability < 0.9


def test_the_estimate_is_near_the_truth() -> None:
    score, truth = drawn(7, "line", accounts=20_000)
    outcome = np.random.default_rng(8).random(len(score)) < truth
    middle, _, _ = fit_curve(score, outcome, np.arange(len(score))).at(score)
    assert np.abs(middle - truth).mean() < 0.01
    assert middle.mean() == pytest.approx(outcome.mean(), abs=0.005)
