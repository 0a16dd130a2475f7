"""Bounds on the score, and in which gap between them it is. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from math import inf

Band = tuple[float, float]
"""Scores [low, high)."""
EVERY: Band = (-inf, inf)
NONE: Band = (0.0, 0.0)
"""Contains no score."""


class Ladder:
    """Bounds in ascending order. A *position* counts the bounds that are above a score: 0 for the best scores."""

    def __init__(self, bounds: Iterable[float]) -> None:
        self.bounds = sorted(set(bounds))
        self._bands = [(low, high) for high, low in pairwise((inf, *reversed(self.bounds), -inf))]

    def position(self, score: float) -> int:
        """How many bounds are above `score`; a score that equals a bound is not below it.

        >>> Ladder([45.0, 75.0]).position(45.0)
        1
        """
        return len(self.bounds) - bisect_right(self.bounds, score)

    def band(self, position: int) -> Band:
        """The scores that have a position.

        >>> Ladder([45.0, 75.0]).band(1)
        (45.0, 75.0)
        """
        return self._bands[min(position, len(self.bounds))]

    def around(self, score: float | None) -> Band:
        """The scores without a bound between them and `score`; without a score every one, if there is no bound.

        >>> Ladder([45.0, 75.0]).around(50.0), Ladder([45.0]).around(None), Ladder([]).around(None)
        ((45.0, 75.0), (0.0, 0.0), (-inf, inf))
        """
        if not self.bounds:
            return EVERY
        return NONE if score is None else self.band(self.position(score))
