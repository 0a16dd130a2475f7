"""Probabilities: out of fold by account, and Brier with its parts."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from streams.backtest.probability import calibrated, folds, probability
from streams.backtest.resampling import Resampler
from tests.unit.streams.backtest.panels import simulated


def test_no_account_is_learnt_from_and_predicted_in_one_fold() -> None:
    panel = simulated().observed(30)
    for learn, predict in folds(panel.account, panel.churned(30), 0):
        assert not set(panel.account[learn]) & set(panel.account[predict])


def test_the_parts_of_brier_sum_to_it_and_it_is_that_of_scikit_learn() -> None:
    panel = simulated().observed(60)
    churned = panel.churned(60)
    found = probability(panel, churned, Resampler(panel.account, draws=50), 0)
    assert found is not None
    parts = [found.miscalibration.value, found.discrimination.value, found.uncertainty.value]
    assert None not in parts
    miscalibration, discrimination, uncertainty = (float(part or 0) for part in parts)
    assert found.brier.value == pytest.approx(miscalibration - discrimination + uncertainty)
    assert found.brier.value == pytest.approx(brier_score_loss(churned, calibrated(panel, churned, 0)[0]))
    assert uncertainty == pytest.approx(churned.mean() * (1 - churned.mean()))


def test_deciles_count_every_row_once_and_a_low_score_churns_more() -> None:
    panel = simulated(skill=2.0).observed(60)
    found = probability(panel, panel.churned(60), Resampler(panel.account, draws=50), 0)
    assert found is not None
    assert sum(each.rows for each in found.reliability) == len(panel)
    first, last = found.reliability[0], found.reliability[-1]
    assert first.predicted > last.predicted
    assert (first.observed.value or 0) > (last.observed.value or 0)


def test_many_outcomes_get_a_curve_of_any_shape() -> None:
    few, many = simulated(200).observed(60), simulated(1_500).observed(60)
    assert calibrated(few, few.churned(60), 0)[1].startswith("logistic")
    assert calibrated(many, many.churned(60), 0)[1].startswith("isotonic")


def test_a_score_without_skill_is_no_better_than_the_base_rate() -> None:
    panel = simulated(skill=0.0).observed(60)
    found = probability(panel, panel.churned(60), Resampler(panel.account, draws=50), 0)
    assert found is not None
    assert found.skill.value is not None
    assert found.skill.value < 0.01


def test_a_handful_of_outcomes_has_no_probability() -> None:
    panel = simulated(60, rate=0.002).observed(60)
    churned = np.zeros(len(panel), dtype=np.bool_)
    churned[:3] = True
    assert probability(panel, churned, Resampler(panel.account, draws=5), 0) is None
