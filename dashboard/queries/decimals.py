"""Decimals as people see them: scores that never round across a bound, and columns that add up. Pure.

Everything here counts in whole units of the last decimal (`units`), so that sums are exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil, floor, isclose

LEAST, MOST = 1, 6
"""Decimals of a score: one, and more only where one would show another tier."""
_NOISE = 1e-7
"""Of a unit: below it a fraction is a rounding error of the arithmetic."""


def decimals_of(score: float, bounds: Sequence[float]) -> int:
    """How many decimals show `score` on its own side of every bound (the tiers' lower bounds, ascending).

    >>> decimals_of(57.94, (0, 45, 75)), decimals_of(74.97, (0, 45, 75)), decimals_of(74.996, (0, 45, 75))
    (1, 2, 3)
    """
    tier = bisect_right(bounds, score)
    return next(
        (places for places in range(LEAST, MOST) if bisect_right(bounds, round(score, places)) == tier),
        MOST,
    )


def shown(score: float, bounds: Sequence[float]) -> float:
    """`score` as it is shown: rounded to the decimals that keep it in its tier.

    >>> shown(74.97, (0, 45, 75)), shown(74.93, (0, 45, 75))
    (74.97, 74.9)
    """
    return round(score, decimals_of(score, bounds))


def apportioned(values: Sequence[float], total: int, unit: float) -> list[int]:
    """`values` in whole units of `unit` that add up to `total` of them: by the largest remainder.

    Each is rounded down or up where the total is that of the values, rounded; a total further off is spread evenly.

    >>> apportioned([0.04, 0.04, 0.04], 1, 0.1), apportioned([-4.25, 1.05], -32, 0.1)
    ([1, 0, 0], [-42, 10])
    """
    if not values:
        return []
    scaled = [_whole(value / unit) for value in values]
    units = [floor(each) for each in scaled]
    missing = total - sum(units)
    rounds, rest = divmod(missing, len(units))
    order = sorted(range(len(units)), key=lambda number: units[number] - scaled[number])
    for place, number in enumerate(order):
        units[number] += rounds + (place < rest)
    return units


def split(earned: Sequence[float], lost: Sequence[float], total: int, whole: int, unit: float) -> list[tuple[int, int]]:
    """Rows of (earned, lost) in whole units: earned add up to `total`, lost to `whole` - `total`.

    A row's sum is that of its values, rounded down or up; where rows allow it, so is each of both. So what lost nothing
    shows no loss.

    >>> split([0.65, 15.45, 41.8], [14.35, 9.55, 18.2], 579, 1000, 0.1)
    [(7, 143), (154, 96), (418, 182)]
    """
    sums = apportioned([one + other for one, other in zip(earned, lost, strict=True)], whole, unit)
    least, most = [], []
    for number, row in enumerate(sums):
        mine, other = _whole(earned[number] / unit), _whole(lost[number] / unit)
        low, high = max(floor(mine), row - ceil(other)), min(ceil(mine), row - floor(other))
        least.append(min(low, high) if low > high else low)
        most.append(max(low, high) if low > high else high)
    units = list(least)
    missing = total - sum(units)
    order = sorted(range(len(units)), key=lambda number: units[number] - earned[number] / unit)
    for number in order:
        if missing > 0 and most[number] > units[number]:
            units[number] += 1
            missing -= 1
    for place in range(abs(missing)):  # what the rows alone do not allow goes to those that are furthest off
        units[order[place % len(order)]] += 1 if missing > 0 else -1
    return [(one, row - one) for one, row in zip(units, sums, strict=True)]


def _whole(value: float) -> float:
    """`value`, or the whole number that it is but for an error of the arithmetic."""
    nearest = round(value)
    return float(nearest) if isclose(value, nearest, abs_tol=_NOISE, rel_tol=1e-12) else value
