"""Tiles: counts and values of an account, by day and, inside a day, by bucket of the model's resolution.

A bucket is numbered from 1970: `bucket(t) = t // resolution`. A window of D buckets at bucket b is (b - D, b].
Buckets are sparse, sorted lists, so the cost of an event is that of a bisection inside one day, whatever the history.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator

NO_CEILING = (1 << 64) - 1
"""Greater than all values except one in 2⁶⁴."""


class Alike:
    """The name and user that all `number` events of a day's counts share, "" when they differ or there is none.

    Independent of the order of arrival. Mutable; owned by its `Counts`.
    """

    __slots__ = ("event", "number", "user")

    def __init__(self, event: str = "", user: str = "", number: int = 0) -> None:
        self.event = event
        self.user = user
        self.number = number

    def add(self, event: str, user: str, times: int) -> None:
        """Add an event, `times` times.

        >>> alike = Alike(); alike.add("login", "ann", 1); alike.add("login", "bob", 2)
        >>> alike.event, alike.user, alike.number
        ('login', '', 3)
        """
        if not self.number:
            self.event, self.user = event, user
        else:
            if event != self.event:
                self.event = ""
            if user != self.user:
                self.user = ""
        self.number += times


class Counts:
    """The number of events, or the amount, of each non-empty bucket, ascending. Mutable; owned by its `Tile`."""

    __slots__ = ("alike", "buckets", "numbers")

    def __init__(self, buckets: list[int] | None = None, numbers: list[int] | None = None) -> None:
        self.buckets: list[int] = buckets if buckets is not None else []
        self.numbers: list[int] = numbers if numbers is not None else []
        self.alike: Alike | None = None
        """What the events have in common, where a sign needs it."""

    def add(self, bucket: int, amount: int = 1) -> bool:
        """Count an event, or add an amount. Returns True when the bucket was empty."""
        buckets = self.buckets
        if not buckets or bucket > buckets[-1]:
            buckets.append(bucket)
            self.numbers.append(amount)
            return True
        index = bisect_left(buckets, bucket)
        if buckets[index] == bucket:
            self.numbers[index] += amount
            return False
        buckets.insert(index, bucket)
        self.numbers.insert(index, amount)
        return True

    def copy(self) -> Counts:
        """An independent copy."""
        counts = Counts(list(self.buckets), list(self.numbers))
        if self.alike is not None:
            counts.alike = Alike(self.alike.event, self.alike.user, self.alike.number)
        return counts

    def between(self, after: int, until: int) -> int:
        """The sum over the buckets (after, until].

        >>> Counts([3, 5, 9], [1, 10, 100]).between(3, 9)
        110
        """
        buckets = self.buckets
        return sum(self.numbers[bisect_right(buckets, after) : bisect_right(buckets, until)])


class Values:
    """The values of each non-empty bucket, ascending, as fingerprints. Mutable; owned by its `Tile`."""

    __slots__ = ("buckets", "ceiling", "sets", "size")

    def __init__(
        self, buckets: list[int] | None = None, sets: list[set[int]] | None = None, ceiling: int = NO_CEILING
    ) -> None:
        self.buckets: list[int] = buckets if buckets is not None else []
        self.sets: list[set[int]] = sets if sets is not None else []
        self.size = sum(map(len, self.sets))
        """The number of pairs of bucket and value."""
        self.ceiling = ceiling
        """Only values below it are held. It falls when there are too many, and never rises."""

    def add(self, bucket: int, value: int) -> bool:
        """Add one value. Returns True when the bucket did not hold it yet."""
        if value >= self.ceiling:
            return False
        buckets = self.buckets
        index = bisect_left(buckets, bucket)
        if index == len(buckets) or buckets[index] != bucket:
            buckets.insert(index, bucket)
            self.sets.insert(index, set())
        held = self.sets[index]
        if value in held:
            return False
        held.add(value)
        self.size += 1
        return True

    def copy(self) -> Values:
        """An independent copy."""
        return Values(list(self.buckets), [set(held) for held in self.sets], self.ceiling)

    def lower(self, most: int) -> list[tuple[int, int]]:
        """Remove the greatest values until at most `most` pairs are left. Returns the removed pairs (bucket, value).

        A value is removed from all its buckets, so the rest does not depend on the order of arrival.
        """
        gone: list[tuple[int, int]] = []
        if self.size <= most:
            return gone
        numbers = Counter(value for held in self.sets for value in held)
        for value in sorted(numbers, reverse=True):
            if self.size <= most:
                break
            self.ceiling = value
            self.size -= numbers[value]
        for bucket, held in zip(self.buckets, self.sets, strict=True):
            above = {value for value in held if value >= self.ceiling}
            held -= above
            gone.extend((bucket, value) for value in above)
        kept = [index for index, held in enumerate(self.sets) if held]
        self.buckets = [self.buckets[index] for index in kept]
        self.sets = [self.sets[index] for index in kept]
        return gone

    def between(self, after: int, until: int) -> Iterator[int]:
        """The values of the buckets (after, until], each once for every bucket that holds it."""
        buckets = self.buckets
        for held in self.sets[bisect_right(buckets, after) : bisect_right(buckets, until)]:
            yield from held


class Tile:
    """One day of an account: counts and values by series.

    Mutable; owned by its `Account`.
    """

    __slots__ = ("counts", "values")

    def __init__(self, count_series: int, value_series: int) -> None:
        self.counts: list[Counts | None] = [None] * count_series
        self.values: list[Values | None] = [None] * value_series

    def copy(self) -> Tile:
        """An independent copy."""
        tile = Tile(0, 0)
        tile.counts = [None if counts is None else counts.copy() for counts in self.counts]
        tile.values = [None if values is None else values.copy() for values in self.values]
        return tile
