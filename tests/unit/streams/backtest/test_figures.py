"""Areas and flags at one horizon."""

from __future__ import annotations

import numpy as np
import pytest

from streams.backtest.estimate import NONE, Estimate
from streams.backtest.figures import areas, flagged, riskiest, tier_flags, verdict
from streams.backtest.panel import Panel
from streams.backtest.resampling import Resampler
from tests.unit.streams.backtest.panels import judged, outcomes, simulated


def test_what_a_flag_catches_is_counted_by_hand() -> None:
    """Ten rows, four churn; three are flagged, two of them rightly."""
    churned = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=np.bool_)
    flag = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0], dtype=np.float64)
    found = flagged(Resampler(np.arange(10)), "red", flag, churned)
    assert found.share_flagged.value == 0.3
    assert found.recall.value == 0.5
    assert found.precision.value == pytest.approx(2 / 3)
    assert found.lift.value == pytest.approx((2 / 3) / 0.4)


def test_a_flag_that_caught_nobody_may_still_be_worth_something() -> None:
    """Two flagged, none of them churns: between 0 and 84 % of such might."""
    churned = np.arange(20) < 5
    found = flagged(Resampler(np.arange(20)), "red", (np.arange(20) >= 18).astype(np.float64), churned)
    assert (found.precision.value, found.lift.value, found.lift.low) == (0.0, 0.0, 0.0)
    assert found.precision.high == pytest.approx(0.8419, abs=0.0001)
    assert found.lift.high == pytest.approx(0.8419 / 0.25, abs=0.001)


def test_where_nobody_churned_there_is_no_lift() -> None:
    flag = (np.arange(20) >= 18).astype(np.float64)
    found = flagged(Resampler(np.arange(20)), "red", flag, np.zeros(20, dtype=np.bool_))
    assert found.lift == NONE
    assert found.precision.value == 0.0


def test_every_figure_lies_in_its_interval() -> None:
    panel = simulated().observed(60)
    churned = panel.churned(60)
    resampler = Resampler(panel.account)
    for name, flag in tier_flags(panel):
        found = flagged(resampler, name, flag, churned)
        for each in (found.share_flagged, found.recall, found.precision, found.lift):
            assert each.value is not None
            assert each.low is not None
            assert each.high is not None
            assert each.low < each.value < each.high


def test_one_class_has_no_area() -> None:
    resampler = Resampler(np.arange(6))
    assert areas(resampler, np.arange(6.0), np.ones(6, dtype=np.bool_)) == (NONE, NONE)
    assert areas(resampler, np.arange(6.0), np.zeros(6, dtype=np.bool_)) == (NONE, NONE)


def test_four_churned_accounts_have_areas_without_intervals() -> None:
    churned = np.arange(40) < 4
    roc, precision = areas(Resampler(np.arange(40)), churned.astype(np.float64), churned)
    assert (roc, precision) == (Estimate(1.0), Estimate(1.0))
    assert verdict(roc) == "too few outcomes"


def test_a_score_upside_down_is_worse_than_chance() -> None:
    panel = simulated(skill=2.0).observed(60)
    roc, _ = areas(Resampler(panel.account), panel.score, panel.churned(60))
    assert verdict(roc) == "worse than chance"


def test_rows_of_one_risk_at_the_edge_share_what_is_left() -> None:
    flag = riskiest(np.array([5.0, 1.0, 1.0, 1.0]), 0.5)
    assert flag.tolist() == pytest.approx([1.0, 1 / 3, 1 / 3, 1 / 3])
    assert riskiest(np.zeros(7), 0.1).sum() == pytest.approx(0.7)
    assert riskiest(np.array([]), 0.1).tolist() == []


def test_two_tiers_have_no_worst_two() -> None:
    panel = Panel.of(judged({"acme": [30.0]}, [0]), outcomes({}), 0)
    assert [name for name, _ in tier_flags(panel)] == ["red", "red or yellow", "lowest tenth"]
