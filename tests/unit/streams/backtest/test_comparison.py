"""Two models on common rows."""

from __future__ import annotations

import numpy as np

from streams.backtest.comparison import common, comparisons
from streams.backtest.estimate import NONE
from streams.backtest.panel import Panel
from tests.unit.streams.backtest.panels import judged, outcomes, simulated


def panel(scores: dict[str, list[float | None]]) -> Panel:
    return Panel.of(judged(scores, [0, 30]), outcomes({"a": 45}), 0)


def test_only_rows_that_both_judge_are_common_and_in_one_order() -> None:
    left = panel({"a": [1, 2], "b": [3, None], "c": [None, 4]})
    right = panel({"a": [9, None], "b": [8, 7], "c": [None, 6]})
    ours, theirs = common(left, right)
    assert left.score[ours].tolist() == [1, 3, 4]
    assert right.score[theirs].tolist() == [9, 8, 6]


def test_models_with_nothing_in_common_have_no_difference() -> None:
    left = panel({"a": [1, 2], "b": [None, None]})
    right = panel({"a": [None, None], "b": [8, 7]})
    (found,) = comparisons([left, right], (30,), 50, 0)
    assert (found.rows, found.roc_auc_difference) == (0, NONE)


def test_a_model_beside_itself_is_no_better() -> None:
    book = simulated()
    (found,) = comparisons([book, book], (60,), 50, 0)
    assert found.rows == len(book.observed(60))
    difference = found.roc_auc_difference
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_a_telling_score_is_better_than_noise_on_the_same_rows() -> None:
    """The same accounts and outcomes, since the same seed made them; the difference has a narrower interval than two
    areas by themselves would give."""
    telling, noise = simulated(skill=2.0), simulated(skill=0.0)
    assert np.array_equal(telling.account, noise.account)
    (found,) = comparisons([telling, noise], (60,), 200, 0)
    assert found.roc_auc_difference.low is not None
    assert found.roc_auc_difference.low > 0.2
