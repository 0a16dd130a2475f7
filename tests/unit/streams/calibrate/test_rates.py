"""Rates with exact intervals over accounts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from streams.calibrate.rates import bounds, clustering, rate


def test_one_row_an_account_has_the_exact_binomial_interval() -> None:
    hit = np.arange(40) < 7
    found = rate(hit, np.arange(40))
    exact = binomtest(7, 40).proportion_ci(0.95)
    assert found.value == pytest.approx(7 / 40)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_rows_of_one_account_that_agree_count_once() -> None:
    """Each account three times over: the interval is about that of the accounts, not of the rows."""
    hit = np.arange(60) < 12
    one, three = rate(hit, np.arange(60)), rate(np.repeat(hit, 3), np.repeat(np.arange(60), 3))
    as_many_rows = rate(np.repeat(hit, 3), np.arange(180))
    assert one.low is not None
    assert three.low is not None
    assert as_many_rows.low is not None
    assert three.value == one.value
    assert three.low <= one.low < as_many_rows.low


def test_no_hit_at_all_still_has_a_bound() -> None:
    found = rate(np.zeros(50, dtype=np.bool_), np.arange(50))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 50))


def test_no_rows_say_nothing() -> None:
    found = rate(np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64))
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)
    assert bounds(np.zeros(3), np.zeros(3), 1.0) == (0.0, 1.0)


def test_the_design_effect_of_a_rare_outcome_is_its_rows_an_account() -> None:
    assert clustering(np.array([2.0, 2.0, 0.0])) == 2.0
    assert clustering(np.zeros(3)) == 1.0
