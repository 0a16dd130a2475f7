"""Totals of windows of whole days that end one day after another: values, without an account."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping
from itertools import accumulate, repeat
from operator import sub


class WindowTotals:
    """The totals of windows of `window` days as of `today`, the one that ended first before the others, and sorted.

    Never changed once made (but for `memo`), so that copies of an account share it. The arrays are of signed 64-bit
    numbers.
    """

    __slots__ = ("first_day", "memo", "ranked", "sums", "today")

    def __init__(self, today: int, first_day: int, sums: array[int], ranked: array[int]) -> None:
        self.today = today
        self.first_day = first_day
        """No window began before this day."""
        self.sums = sums
        self.ranked = ranked
        self.memo = -1.0
        """What `dispersion` computed from them, -1 for nothing yet."""


def window_totals(
    totals: Mapping[int, int], today: int, first_day: int, window: int, first_end: int, last_end: int
) -> WindowTotals:
    """The totals of the windows that end on the days from `first_end` to `last_end`, inclusive; none when that is
    before."""
    if first_end > last_end:
        return WindowTotals(today, first_day, array("q"), array("q"))
    days = map(totals.get, range(first_end - window + 1, last_end + 1), repeat(0))
    until = list(accumulate(days, initial=0))
    sums = array("q", map(sub, until[window:], until))
    return WindowTotals(today, first_day, sums, array("q", sorted(sums)))


def next_day(held: WindowTotals, enters: int, leaves: int, most: int) -> WindowTotals:
    """The totals a day later; there is at least one.

    Towards the last one, the window that ended today has another day, with a total of `enters`, and one less, with
    `leaves`. The first window goes when there would be more than `most`.
    """
    sums, ranked = held.sums[:], held.ranked[:]
    total = sums[-1] + enters - leaves
    sums.append(total)
    insort(ranked, total)
    if len(sums) > most:
        del ranked[bisect_left(ranked, sums[0])]
        del sums[0]
    return WindowTotals(held.today + 1, held.first_day, sums, ranked)
