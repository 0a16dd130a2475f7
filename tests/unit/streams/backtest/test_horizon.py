"""The figures of a model at one horizon, and that they do not leak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring.instants import FAR
from streams.backtest.horizon import horizon
from streams.backtest.panel import Panel
from tests.unit.streams.backtest.panels import simulated


def auc(panel: Panel, days: int = 60) -> tuple[float, float, float]:
    found = horizon(panel, days, draws=400, probabilities=False).roc_auc
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    return found.low, found.value, found.high


def shuffled(panel: Panel, seed: int) -> Panel:
    """The same outcomes, each of another account; rows after an outcome go, and the horizon is kept."""
    order = np.random.default_rng(seed).permutation(len(panel.accounts))
    by_account = np.full(len(panel.accounts), FAR)
    by_account[panel.account] = panel.outcome_ms
    outcome_ms = by_account[order][panel.account]
    return replace(panel, outcome_ms=outcome_ms).take(outcome_ms > panel.at_ms)


def test_a_telling_score_is_told_with_all_its_figures() -> None:
    found = horizon(simulated(skill=2.0), 60, draws=100)
    assert found.verdict == "skill"
    assert found.rows + found.censored == len(simulated(skill=2.0))
    assert found.churned_accounts <= found.churned_rows
    assert found.base_rate.value == found.churned_rows / found.rows
    assert found.probability is not None


def test_noise_has_no_skill() -> None:
    assert horizon(simulated(skill=0.0), 60, draws=200, probabilities=False).verdict == "no skill"


def test_shuffled_labels_give_an_interval_that_holds_one_half() -> None:
    """In at most one of ten shuffles it may not: that is what 95 % means."""
    panel = simulated(skill=2.0)
    missed = sum(not low <= 0.5 <= high for low, _, high in (auc(shuffled(panel, seed)) for seed in range(10)))
    assert missed <= 1


def test_labels_shifted_by_a_horizon_lower_the_figure() -> None:
    """The score falls in the 60 days before the outcome: shifted by 60 days it has nothing to see."""
    low, _, _ = auc(simulated(skill=2.0))
    _, shifted, _ = auc(simulated(skill=2.0, shift_days=60))
    assert shifted < low - 0.2


def test_a_horizon_longer_than_the_history_has_no_rows() -> None:
    found = horizon(simulated(months=2), 90, draws=10)
    assert (found.rows, found.accounts, found.verdict) == (0, 0, "too few outcomes")
    assert found.base_rate.value is None
    assert found.probability is None


def test_fewer_outcomes_have_a_wider_interval() -> None:
    few, many = auc(simulated(150, rate=0.02)), auc(simulated(1_500, rate=0.02))
    assert few[2] - few[0] > 2 * (many[2] - many[0])
