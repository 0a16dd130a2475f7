"""The bound of a tier that reaches a goal, and what the tier then flags and catches."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np

from streams.backtest.estimate import Estimate
from streams.backtest.panel import Bools, Floats, Ints
from streams.calibrate.goals import Goal
from streams.calibrate.rates import bounds, clustering, rate

STEP = 0.1
"""Bounds are whole multiples of it."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """Rows below `bound` are flagged. `now` is the model's own bound. `bound.value` is a multiple of a tenth, so the
    goal may be reached with a little to spare; its interval says where the bound may lie for all such accounts."""

    goal: Goal
    now: float
    bound: Estimate
    share_flagged: Estimate
    recall: Estimate
    precision: Estimate

    @property
    def is_reached(self) -> bool:
        """Whether the bound reaches the goal: rows of score 100 are below no bound."""
        return self.goal.what == "flags" or (self.recall.value or 0.0) >= self.goal.share - 1e-9


def threshold(goal: Goal, now: float, score: Floats, has_outcome: Bools, account: Ints) -> Threshold:
    """The least bound that catches enough, or the greatest that flags few enough. There must be an outcome."""
    rows = has_outcome if goal.what == "catches" else np.ones(len(score), dtype=np.bool_)
    value = _bound(goal, score[rows])
    low, high = _interval(goal.share, score[rows], account[rows])
    is_flagged = score < value
    return Threshold(
        goal=goal,
        now=now,
        bound=Estimate(value, low, high),
        share_flagged=rate(is_flagged, account),
        recall=rate(is_flagged[has_outcome], account[has_outcome]),
        precision=rate(has_outcome[is_flagged], account[is_flagged]),
    )


def _bound(goal: Goal, score: Floats) -> float:
    ordered = np.sort(score)
    if goal.what == "catches":
        needed = float(ordered[math.ceil(goal.share * len(ordered) - 1e-9) - 1])
        return min(100.0, round(STEP * (math.floor(needed / STEP + 1e-9) + 1), 1))
    most = math.floor(goal.share * len(ordered) + 1e-9)
    return round(STEP * math.floor(float(ordered[min(most, len(ordered) - 1)]) / STEP + 1e-9), 1)


def _interval(share: float, score: Floats, account: Ints) -> tuple[float, float]:
    """The scores below which the share of rows is not surely below, nor surely above `share` (Woodruff, 1952)."""
    _, row = np.unique(account, return_inverse=True)
    rows = np.bincount(row).astype(np.float64)
    effect = clustering(rows)
    ordered = np.unique(score)

    def reached(bound: float) -> tuple[float, float]:
        return bounds(np.bincount(row, weights=score < bound, minlength=len(rows)).astype(np.float64), rows, effect)

    # Both ends grow with the score, but for the design effect, so a search by halves finds where they cross.
    # The share below a score is the same from just above the observed score before it.
    first = _first(ordered, lambda bound: reached(bound)[1] >= share)
    after = _first(ordered, lambda bound: reached(bound)[0] > share)
    return (
        float(ordered[first - 1]) if first else 0.0,
        float(ordered[after - 1]) if 0 < after < len(ordered) else 100.0,
    )


def _first(ordered: Floats, holds: Callable[[float], bool]) -> int:
    """The index of the least of these scores for which it holds; their number if it holds for none."""
    first, after = 0, len(ordered)
    while first < after:
        middle = (first + after) // 2
        if holds(float(ordered[middle])):
            after = middle
        else:
            first = middle + 1
    return first
