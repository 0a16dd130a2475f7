"""Series and the windows over them: what is kept in tiles, and how a window moves.

A *series* is one filter of events, kept by bucket; signals with the same filter share it. A *window* is two edges
over a series: at bucket b it holds the buckets (b - oldest, b - newest].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING

from scoring.instants import DAY_MS

if TYPE_CHECKING:
    from scoring.account import Account

FAR = 1 << 62
"""An instant, a day or a bucket that never comes."""
LEDGER_BLOCK_DAYS = 32
"""Daily totals are kept in blocks of so many days, so that writing today's does not write them all."""


class Edge:
    """One edge of the windows over a series: at bucket b it lies between the buckets b - offset and b - offset + 1.

    What crosses it enters the windows `gains` and leaves the windows `losses`. Every edge of a plan has a number, its
    place in an account's `crossings`.
    """

    __slots__ = ("gains", "losses", "number", "offset")

    def __init__(self, number: int, offset: int) -> None:
        self.number = number
        self.offset = offset
        self.gains: tuple[int, ...] = ()
        self.losses: tuple[int, ...] = ()


class Series:
    """A series of counts or of values, the windows over it and their edges. Frozen once the plan is compiled."""

    __slots__ = ("_buckets_a_day", "edges", "identity", "is_counts", "number", "span", "windows")

    def __init__(self, number: int, identity: int, buckets_a_day: int, *, is_counts: bool) -> None:
        self.number = number
        self.identity = identity
        """A fingerprint of what it keeps: state in a changelog is found again by it."""
        self.is_counts = is_counts
        self.windows: tuple[tuple[int, int, int], ...] = ()
        """(number of the window among its kind, newest, oldest): at bucket b it holds (b - oldest, b - newest]."""
        self.edges: tuple[Edge, ...] = ()
        """By ascending offset, so that what leaps over several enters a window before it leaves it."""
        self.span = 0
        """The buckets after which nothing of it matters."""
        self._buckets_a_day = buckets_a_day

    def watch(self, window: int, newest: int, oldest: int, edges: list[Edge]) -> None:
        """Add a window; its edges join `edges`, those of the whole plan."""
        self.windows = (*self.windows, (window, newest, oldest))
        self.span = max(self.span, oldest)
        gain, loss = self._edge(newest, edges), self._edge(oldest, edges)
        gain.gains = (*gain.gains, window)
        loss.losses = (*loss.losses, window)

    def fill(self, account: Account, bucket: int) -> None:
        """A bucket that was empty has something now: note when it will cross each edge."""
        cursor = account.cursor
        crossings = account.crossings
        for edge in self.edges:
            crossing = bucket + edge.offset
            if cursor < crossing < crossings[edge.number]:
                crossings[edge.number] = crossing
                if crossing < account.wake:
                    account.wake = crossing

    def cross(self, account: Account, before: int, now: int) -> None:
        """Bring the windows from bucket `before` to `now`; what leaves a count is noted in `account.left`."""
        crossings = account.crossings
        for edge in self.edges:
            if crossings[edge.number] <= now:
                after, until = before - edge.offset, now - edge.offset
                if self.is_counts:
                    self._cross_counts(account, edge, after, until)
                else:
                    self._cross_values(account, edge, after, until)
                crossings[edge.number] = self._first_after(account, until) + edge.offset

    def total(self, account: Account, newest: int, oldest: int) -> int:
        """The count in a window at the account's cursor, from its tiles."""
        after, until = account.cursor - oldest, account.cursor - newest
        tiles = (account.tiles[day].counts[self.number] for day in self._days_between(account, after, until))
        return sum(counts.between(after, until) for counts in tiles if counts is not None)

    def refs(self, account: Account, newest: int, oldest: int) -> dict[int, int]:
        """The values in a window at the account's cursor, each with the number of its buckets that hold it."""
        after, until = account.cursor - oldest, account.cursor - newest
        refs: dict[int, int] = {}
        for day in self._days_between(account, after, until):
            values = account.tiles[day].values[self.number]
            for value in values.between(after, until) if values is not None else ():
                refs[value] = refs.get(value, 0) + 1
        return refs

    def restore(self, account: Account) -> None:
        """Work out the next crossing of every edge from the account's tiles."""
        for edge in self.edges:
            found = self._first_after(account, account.cursor - edge.offset)
            account.crossings[edge.number] = found + edge.offset

    def _edge(self, offset: int, edges: list[Edge]) -> Edge:
        for edge in self.edges:
            if edge.offset == offset:
                return edge
        edge = Edge(len(edges), offset)
        edges.append(edge)
        self.edges = tuple(sorted((*self.edges, edge), key=lambda each: each.offset))
        return edge

    def _cross_counts(self, account: Account, edge: Edge, after: int, until: int) -> None:
        sums = account.sums
        for day in self._days_between(account, after, until):
            counts = account.tiles[day].counts[self.number]
            if counts is None or not (number := counts.between(after, until)):
                continue
            for window in edge.gains:
                sums[window] += number
            for window in edge.losses:
                sums[window] -= number
                account.left.append((window, day, number))

    def _cross_values(self, account: Account, edge: Edge, after: int, until: int) -> None:
        for day in self._days_between(account, after, until):
            values = account.tiles[day].values[self.number]
            for value in values.between(after, until) if values is not None else ():
                for window in edge.gains:
                    refs = account.refs[window]
                    refs[value] = refs.get(value, 0) + 1
                for window in edge.losses:
                    refs = account.refs[window]
                    if refs[value] == 1:
                        del refs[value]
                    else:
                        refs[value] -= 1

    def _days_between(self, account: Account, after: int, until: int) -> Iterable[int]:
        """The days with a tile that have buckets in (after, until]; a few look-ups, however long the account lives."""
        first, last = (after + 1) // self._buckets_a_day, until // self._buckets_a_day
        if last - first < len(account.tiles):
            return [day for day in range(first, last + 1) if day in account.tiles]
        return [day for day in account.tiles if first <= day <= last]

    def _first_after(self, account: Account, bucket: int) -> int:
        """The first bucket after `bucket` that has anything, FAR when there is none."""
        tiles = account.tiles
        for day in range(max(bucket // self._buckets_a_day, account.oldest_day), account.newest_day + 1):
            tile = tiles.get(day)
            if tile is None:
                continue
            kept = tile.counts[self.number] if self.is_counts else tile.values[self.number]
            if kept is not None and kept.buckets and kept.buckets[-1] > bucket:
                return kept.buckets[bisect_right(kept.buckets, bucket)]
        return FAR


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
        _, closed, base = best
        return max(closed, base + account.totals[self.number].get(today, 0))

    def next_wake(self, account: Account, today: int) -> int:
        """The first day on which the peak may fall by itself: no total of it is older than the account."""
        first_day = account.first_ms // DAY_MS
        return max(first_day + self.within, today + 1)

    def _best(self, account: Account, today: int) -> tuple[int, int, int]:
        """(today, best sum of the days before it, sum of the running window without today).

        Windows are looked at that end on a day with events, and the one that ends on the first day within reach: one
        that ends later, on a day without events, holds no more than one of these.
        """
        totals = account.totals[self.number]
        for day in [day for day in totals if day <= today - self.window - self.within]:
            del totals[day]
            account.changed_blocks.add(day // LEDGER_BLOCK_DAYS)
        reach = today - self.within + 1
        days = sorted(day for day in totals if day < today)
        best = sum(totals[day] for day in days if reach - self.window < day <= reach)
        running = first = 0
        for day in days:
            running += totals[day]
            while days[first] <= day - self.window:
                running -= totals[days[first]]
                first += 1
            if day >= reach:
                best = max(best, running)
        base = sum(totals[day] for day in days if day > today - self.window)
        return today, best, base
