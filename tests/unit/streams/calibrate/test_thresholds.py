"""Bounds of tiers for goals."""

from __future__ import annotations

import numpy as np
import pytest

from streams.calibrate.goals import Goal
from streams.calibrate.thresholds import threshold

# Ten accounts, one row each: scores 5, 15, … 95; the outcome came to those of 5, 15, 25, 45 and 85.
SCORE = np.arange(5.0, 100.0, 10.0)
OUTCOME = np.isin(SCORE, (5.0, 15.0, 25.0, 45.0, 85.0))
ACCOUNT = np.arange(10)


@pytest.mark.parametrize(("share", "bound", "recall"), [(0.2, 5.1, 0.2), (0.6, 25.1, 0.6), (0.61, 45.1, 0.8)])
def test_the_bound_is_the_least_that_catches_enough(share: float, bound: float, recall: float) -> None:
    found = threshold(Goal(tier="red", what="catches", share=share), 45.0, SCORE, OUTCOME, ACCOUNT)
    assert found.bound.value == bound
    assert found.recall.value == pytest.approx(recall)


@pytest.mark.parametrize(("share", "bound", "flagged"), [(0.1, 15.0, 0.1), (0.35, 35.0, 0.3), (0.05, 5.0, 0.0)])
def test_the_bound_is_the_greatest_that_flags_few_enough(share: float, bound: float, flagged: float) -> None:
    found = threshold(Goal(tier="red", what="flags", share=share), 45.0, SCORE, OUTCOME, ACCOUNT)
    assert found.bound.value == bound
    assert found.share_flagged.value == pytest.approx(flagged)


def test_the_precision_is_that_of_the_flagged_rows() -> None:
    found = threshold(Goal(tier="red", what="catches", share=0.8), 45.0, SCORE, OUTCOME, ACCOUNT)
    assert found.precision.value == pytest.approx(4 / 5)
    assert found.now == 45.0


def test_with_few_outcomes_the_bound_may_lie_nearly_anywhere() -> None:
    found = threshold(Goal(tier="red", what="catches", share=0.8), 45.0, SCORE, OUTCOME, ACCOUNT)
    assert found.bound.low is not None
    assert found.bound.high is not None
    assert found.bound.low <= 15.0
    assert found.bound.high == 100.0
