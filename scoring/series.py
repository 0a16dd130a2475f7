"""Series and the windows over them: what is kept in tiles, and how a window moves.

A *series* is one filter of events, kept by bucket; signals with the same filter share it. A *window* is two edges
over a series: at bucket b it holds the buckets (b - oldest, b - newest].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoring.account import Account

FAR = 1 << 62
"""An instant, a day or a bucket that never comes."""
LEDGER_BLOCK_DAYS = 32
"""Daily totals are kept in blocks of so many days, so that writing today's does not write them all."""


class Series:
    """A series of counts or of values, and the edges that cross it. Frozen once the plan is compiled."""

    __slots__ = ("edges", "identity", "is_counts", "number", "span", "windows")

    def __init__(self, number: int, identity: int, *, is_counts: bool) -> None:
        self.number = number
        self.identity = identity
        """A fingerprint of what it keeps: state in a changelog is found again by it."""
        self.is_counts = is_counts
        self.windows: tuple[tuple[int, int, int], ...] = ()
        self.edges: tuple[int, ...] = (0,)
        self.span = 0
        """The buckets after which nothing of it matters."""

    def watch(self, window: int, newest: int, oldest: int) -> None:
        """Add a window: (b - oldest, b - newest] in buckets, known as number `window` of its kind."""
        self.windows = (*self.windows, (window, newest, oldest))
        self.edges = tuple(sorted({*self.edges, newest, oldest}))
        self.span = max(self.span, oldest)

    def next_crossing(self, bucket: int, cursor: int) -> int:
        """The first bucket after `cursor` at which `bucket` enters or leaves a window, FAR when it never will."""
        for edge in self.edges:
            if bucket + edge > cursor:
                return bucket + edge
        return FAR

    def next_wake(self, account: Account, days: list[int], buckets_a_day: int) -> int:
        """The first bucket after the account's cursor at which any bucket of the series crosses an edge."""
        wake = FAR
        for edge in self.edges:
            found = self._first_after(account, days, account.cursor - edge, buckets_a_day)
            wake = min(wake, found + edge)
        return wake

    def _first_after(self, account: Account, days: list[int], bucket: int, buckets_a_day: int) -> int:
        first_day = bucket // buckets_a_day
        for day in days:
            if day < first_day:
                continue
            tile = account.tiles[day]
            kept = tile.counts[self.number] if self.is_counts else tile.values[self.number]
            if kept is not None and kept.buckets and kept.buckets[-1] > bucket:
                return kept.buckets[bisect_right(kept.buckets, bucket)]
        return FAR


def days_between(account: Account, after: int, until: int, buckets_a_day: int) -> Iterable[int]:
    """The days with a tile that have buckets in (after, until]; a few look-ups, however long the account lives."""
    first, last = (after + 1) // buckets_a_day, until // buckets_a_day
    if last - first < len(account.tiles):
        return [day for day in range(first, last + 1) if day in account.tiles]
    return [day for day in account.tiles if first <= day <= last]


class CountWindow:
    """A running count: the sum of a series' buckets in (b - oldest, b - newest]."""

    __slots__ = ("buckets_a_day", "newest", "oldest", "series")

    def __init__(self, series: Series, newest: int, oldest: int, buckets_a_day: int) -> None:
        self.series = series.number
        self.newest = newest
        self.oldest = oldest
        self.buckets_a_day = buckets_a_day

    def moved(self, account: Account, index: int, before: int, now: int) -> int:
        """By how much the sum changes from bucket `before` to `now`; what leaves is noted in `account.left`."""
        change = sum(number for _, number in self._between(account, before - self.newest, now - self.newest))
        for day, number in self._between(account, before - self.oldest, now - self.oldest):
            account.left.append((index, day, number))
            change -= number
        return change

    def total(self, account: Account) -> int:
        """The sum at the account's cursor, from its tiles."""
        cursor = account.cursor
        return sum(number for _, number in self._between(account, cursor - self.oldest, cursor - self.newest))

    def _between(self, account: Account, after: int, until: int) -> Iterable[tuple[int, int]]:
        for day in days_between(account, after, until, self.buckets_a_day):
            counts = account.tiles[day].counts[self.series]
            if counts is not None and (number := counts.between(after, until)):
                yield day, number


class ValueWindow:
    """The values in a window, each with the number of its buckets that hold it; how many there are is the signal."""

    __slots__ = ("buckets_a_day", "newest", "oldest", "series")

    def __init__(self, series: Series, newest: int, oldest: int, buckets_a_day: int) -> None:
        self.series = series.number
        self.newest = newest
        self.oldest = oldest
        self.buckets_a_day = buckets_a_day

    def move(self, account: Account, refs: dict[int, int], before: int, now: int) -> None:
        """Bring `refs` from bucket `before` to `now`."""
        for value in self._between(account, before - self.newest, now - self.newest):
            refs[value] = refs.get(value, 0) + 1
        for value in self._between(account, before - self.oldest, now - self.oldest):
            if refs[value] == 1:
                del refs[value]
            else:
                refs[value] -= 1

    def total(self, account: Account) -> dict[int, int]:
        """`refs` at the account's cursor, from its tiles."""
        refs: dict[int, int] = {}
        for value in self._between(account, account.cursor - self.oldest, account.cursor - self.newest):
            refs[value] = refs.get(value, 0) + 1
        return refs

    def _between(self, account: Account, after: int, until: int) -> Iterable[int]:
        for day in days_between(account, after, until, self.buckets_a_day):
            values = account.tiles[day].values[self.series]
            if values is not None:
                yield from values.between(after, until)


class Ledger:
    """Daily totals of one filter, and the best sum of `window` days among those that ended in the last `within` days.

    Kept apart from tiles, because it reaches further back: one small number a day.
    """

    __slots__ = ("identity", "number", "window", "within")

    def __init__(self, number: int, identity: int, window: int, within: int) -> None:
        self.number = number
        self.identity = identity
        self.window = window
        self.within = within

    def add(self, account: Account, day: int, today: int) -> None:
        """Count one event of `day`; one that is out of reach changes nothing."""
        if day <= today - self.window - self.within:
            return
        totals = account.totals[self.number]
        totals[day] = totals.get(day, 0) + 1
        account.changed_blocks.add(day // LEDGER_BLOCK_DAYS)
        best = account.totals_best[self.number]
        if best is not None and day != best[0]:
            account.totals_best[self.number] = None

    def peak(self, account: Account, today: int) -> int:
        """The best sum of `window` days that ended on one of the `within` days up to `today`, inclusive."""
        best = account.totals_best[self.number]
        if best is None or best[0] != today:
            best = account.totals_best[self.number] = self._best(account, today)
        _, closed, _, base = best
        return max(closed, base + account.totals[self.number].get(today, 0))

    def next_wake(self, account: Account, today: int) -> int:
        """The day on which the best closed sum falls out of reach, FAR when there is none."""
        self.peak(account, today)
        best = account.totals_best[self.number]
        return best[2] + self.within if best is not None and best[1] else FAR

    def _best(self, account: Account, today: int) -> tuple[int, int, int, int]:
        """(today, best sum of the days before it, the day that one ended, sum of the running window without today).

        Only windows that end on a day with events are looked at: one that ends later holds no more than they.
        """
        totals = account.totals[self.number]
        for day in [day for day in totals if day <= today - self.window - self.within]:
            del totals[day]
            account.changed_blocks.add(day // LEDGER_BLOCK_DAYS)
        days = sorted(day for day in totals if day < today)
        best, best_day, running, first = 0, 0, 0, 0
        for day in days:
            running += totals[day]
            while days[first] <= day - self.window:
                running -= totals[days[first]]
                first += 1
            if day > today - self.within and running >= best:
                best, best_day = running, day
        base = sum(totals[day] for day in days if day > today - self.window)
        return today, best, best_day, base
