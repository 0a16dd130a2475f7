"""Series and the windows over them: the content of tiles, and how a window moves.

A *series* is one filter of events, kept by bucket; signals with the same filter share it. A *window* is two edges
over a series: at bucket b it holds the buckets (b - oldest, b - newest].
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from scoring.instants import FAR
from scoring.state.account import Account
from scoring.state.tiles import NO_CEILING


class Edge:
    """One edge of the windows over a series: at bucket b it lies between the buckets b - offset and b - offset + 1.

    A value that crosses it enters the windows `gains` and leaves the windows `losses`. Every edge of a plan has a
    number, its place in an account's `edge_timers`.
    """

    __slots__ = ("dependents", "gains", "losses", "number", "offset")

    def __init__(self, number: int, offset: int) -> None:
        self.number = number
        self.offset = offset
        self.gains: tuple[int, ...] = ()
        self.losses: tuple[int, ...] = ()
        self.dependents = 0
        """The dependents of its windows: bits of `Account.changed_dependents`."""


class Series:
    """A series of counts or of values, the windows over it and their edges. Frozen once the plan is compiled."""

    __slots__ = ("_buckets_a_day", "edges", "identity", "is_counts", "number", "span", "windows")

    def __init__(self, number: int, identity: int, buckets_a_day: int, *, is_counts: bool) -> None:
        self.number = number
        self.identity = identity
        """A fingerprint of the series' meaning. State in a changelog is found by it under any model."""
        self.is_counts = is_counts
        self.windows: tuple[tuple[int, int, int, int], ...] = ()
        """(number of the window among its kind, newest, oldest, dependents): at bucket b it holds the buckets
        (b - oldest, b - newest]."""
        self.edges: tuple[Edge, ...] = ()
        """By ascending offset: a value that crosses several at once enters a window before it leaves it."""
        self.span = 0
        """Values count for at most this many buckets."""
        self._buckets_a_day = buckets_a_day

    def watch(self, window: int, newest: int, oldest: int, edges: list[Edge]) -> None:
        """Add a window; its edges join `edges`, those of the whole plan."""
        self.windows = (*self.windows, (window, newest, oldest, 0))
        self.span = max(self.span, oldest)
        gain, loss = self._edge(newest, edges), self._edge(oldest, edges)
        gain.gains = (*gain.gains, window)
        loss.losses = (*loss.losses, window)

    def set_dependents(self, masks: Sequence[int]) -> None:
        """Set the dependents of each window: bits by the window's number."""
        self.windows = tuple((number, newest, oldest, masks[number]) for number, newest, oldest, _ in self.windows)
        for edge in self.edges:
            edge.dependents = 0
            for number in (*edge.gains, *edge.losses):
                edge.dependents |= masks[number]

    def total(self, account: Account, newest: int, oldest: int) -> int:
        """The count in a window at the account's current bucket, from its tiles."""
        after, until = account.current_bucket - oldest, account.current_bucket - newest
        tiles = (account.tiles[day].counts[self.number] for day in self.days_between(account, after, until))
        return sum(counts.between(after, until) for counts in tiles if counts is not None)

    def is_past_bounds(self, account: Account, newest: int, oldest: int) -> bool:
        """Whether a day of the window has dropped values because there were too many."""
        after, until = account.current_bucket - oldest, account.current_bucket - newest
        days = self.days_between(account, after, until)
        values = (account.tiles[day].values[self.number] for day in days)
        return any(each is not None and each.ceiling < NO_CEILING for each in values)

    def value_counts(self, account: Account, newest: int, oldest: int) -> dict[int, int]:
        """The values in a window at the account's current bucket, each with the number of its buckets that hold it."""
        after, until = account.current_bucket - oldest, account.current_bucket - newest
        value_counts: dict[int, int] = {}
        for day in self.days_between(account, after, until):
            values = account.tiles[day].values[self.number]
            for value in values.between(after, until) if values is not None else ():
                value_counts[value] = value_counts.get(value, 0) + 1
        return value_counts

    def _edge(self, offset: int, edges: list[Edge]) -> Edge:
        for edge in self.edges:
            if edge.offset == offset:
                return edge
        edge = Edge(len(edges), offset)
        edges.append(edge)
        self.edges = tuple(sorted((*self.edges, edge), key=lambda each: each.offset))
        return edge

    def days_between(self, account: Account, after: int, until: int) -> Iterable[int]:
        """The days with a tile that have buckets in (after, until]. Costs a few look-ups, however old the account."""
        first, last = (after + 1) // self._buckets_a_day, until // self._buckets_a_day
        if last - first < len(account.tiles):
            return [day for day in range(first, last + 1) if day in account.tiles]
        return [day for day in account.tiles if first <= day <= last]

    def first_after(self, account: Account, bucket: int) -> int:
        """The first non-empty bucket after `bucket`, FAR when there is none."""
        tiles = account.tiles
        for day in range(max(bucket // self._buckets_a_day, account.oldest_day), account.newest_day + 1):
            tile = tiles.get(day)
            if tile is None:
                continue
            kept = tile.counts[self.number] if self.is_counts else tile.values[self.number]
            if kept is not None and kept.buckets and kept.buckets[-1] > bucket:
                return kept.buckets[bisect_right(kept.buckets, bucket)]
        return FAR
