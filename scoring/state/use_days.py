"""Days of use, and the stretches between them: values, without an account."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable
from operator import sub


class UseDays:
    """The days of use as of `today`, ascending, and the lengths in days of the stretches from each to the `nth` after
    it, sorted.

    Never changed once made, so that copies of an account share it. The arrays are of signed 64-bit numbers.
    """

    __slots__ = ("days", "ranked", "today")

    def __init__(self, today: int, days: array[int], ranked: array[int]) -> None:
        self.today = today
        self.days = days
        self.ranked = ranked


def use_days(today: int, days: Iterable[int], nth: int) -> UseDays:
    """The stretches of these days, in any order."""
    found = array("q", sorted(days))
    return UseDays(today, found, array("q", sorted(map(sub, found[nth:], found))))


def moved(held: UseDays, today: int, nth: int, oldest: int, new: Iterable[int]) -> UseDays:
    """The days from `oldest` on, and `new` ones, ascending and later than all others."""
    days, ranked = held.days[:], held.ranked[:]
    while days and days[0] < oldest:
        if len(days) > nth:
            del ranked[bisect_left(ranked, days[nth] - days[0])]
        del days[0]
    for day in new:
        days.append(day)
        if len(days) > nth:
            insort(ranked, day - days[-1 - nth])
    return UseDays(today, days, ranked)
