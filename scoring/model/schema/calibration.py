"""The tables `[calibrations.…]`: what a score has meant. `vitals calibrate` writes them."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from scoring.model.interpolation import along


class Chance(NamedTuple):
    """The probability of an outcome (0-1), with the bounds of its 95 % interval."""

    probability: float
    low: float
    high: float


class Calibration(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The probability of an outcome by score: lines through `points`, flat beyond the first and last.

    A point is (score 0-100, probability, low, high), the last three 0-1: the bounds of a 95 % interval. The outcome is
    named by the table, and counts when it comes `within` this time. The curve was made from `accounts` accounts of
    which `outcomes` had one, judged `until` this day. No score depends on it.
    """

    within: str
    points: tuple[tuple[float, float, float, float], ...]
    until: str = ""
    accounts: int = 0
    outcomes: int = 0

    def at(self, score: float) -> Chance:
        """The probability at a score, 0-100.

        >>> Calibration(within="60d", points=((0, 0.5, 0.25, 0.75), (100, 0, 0, 0.25))).at(50)
        Chance(probability=0.25, low=0.125, high=0.5)
        """
        lines = ([(point[0], point[column]) for point in self.points] for column in (1, 2, 3))
        return Chance(*(along(line, score) for line in lines))
