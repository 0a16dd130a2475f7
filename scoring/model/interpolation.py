"""Piecewise linear functions, for the key `points` of components."""

from __future__ import annotations

from collections.abc import Sequence


def along(points: Sequence[tuple[float, float]], x: float) -> float:
    """The value at `x` of the line through `points`, which are sorted by x; flat beyond the first and last.

    >>> along([(0, 100), (10, 0)], 2.5)
    75.0
    """
    left, low = points[0]
    if x <= left:
        return low
    for right, high in points:
        if x <= right:
            return low + (high - low) * (x - left) / (right - left)
        left, low = right, high
    return low
