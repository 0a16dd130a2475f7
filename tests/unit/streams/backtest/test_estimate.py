"""Figures with intervals, and the cases in which there is none."""

from __future__ import annotations

import numpy as np
import pytest

from streams.backtest.estimate import NONE, Estimate, estimate, share


def test_a_figure_without_a_value_has_no_interval() -> None:
    assert estimate(float("nan"), np.array([0.1])) == NONE


def test_draws_without_a_value_are_left_out_unless_they_are_many() -> None:
    draws = np.linspace(0, 1, 100)
    draws[:5] = np.nan
    assert estimate(0.5, draws).low is not None
    draws[:20] = np.nan
    assert estimate(0.5, draws) == Estimate(0.5)


def test_none_of_ten_is_no_proof_of_none() -> None:
    """Every draw of ten survivors is a draw of survivors; the exact interval stands instead."""
    found = share(0, 10, np.zeros(100), np.full(100, 10.0), accounts=10)
    assert found.value == 0.0
    assert found.high == pytest.approx(0.3085, abs=0.0001)


def test_an_interval_that_is_missing_holds_everything() -> None:
    assert Estimate(0.9).holds(0.5)
    assert not Estimate(0.9, 0.8, 1.0).holds(0.5)
