"""Logs: what fed one series of an account over its whole history, by bucket. They stand in for tiles in a history."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from scoring.model.schema.bounds import VALUES_MAX
from scoring.state.tiles import NO_CEILING, Values


class CountLog:
    """The events of a series, or its amounts, ascending by bucket. Mutable.

    >>> log = CountLog()
    >>> for bucket in (5, 3, 9): log.add(bucket)
    >>> log.total(3, 9)
    2
    """

    def __init__(self) -> None:
        self.buckets: array[int] = array("q")
        self.amounts: array[int] = array("q")
        """Parallel to the buckets; empty for a series of counts, where each counts 1."""

    def add(self, bucket: int) -> None:
        """Count an event."""
        buckets = self.buckets
        if not buckets or bucket >= buckets[-1]:
            buckets.append(bucket)
        else:
            buckets.insert(bisect_right(buckets, bucket), bucket)

    def add_amount(self, bucket: int, amount: int) -> None:
        """Add an amount, in a series of amounts."""
        buckets = self.buckets
        place = len(buckets) if not buckets or bucket >= buckets[-1] else bisect_right(buckets, bucket)
        buckets.insert(place, bucket)
        self.amounts.insert(place, amount)

    def total(self, after: int, until: int) -> int:
        """The sum over the buckets (after, until]."""
        begin, end = bisect_right(self.buckets, after), bisect_right(self.buckets, until)
        return sum(self.amounts[begin:end]) if self.amounts else end - begin


class ValueLog:
    """The values of a series, as fingerprints, ascending by bucket. Mutable.

    Of a day with too many values the smallest are kept, as `scoring.state.tiles.Values` does.
    """

    def __init__(self, buckets_a_day: int) -> None:
        self._buckets: array[int] = array("q")
        self._values: array[int] = array("Q")
        self._buckets_a_day = buckets_a_day
        self._ceilings: dict[int, int] = {}
        """By day: values below are kept. Only days that had too many."""
        self._checked = 0
        """Days that end before this place do not have too many."""

    def add(self, bucket: int, value: int) -> None:
        """Add a value."""
        if self._ceilings and value >= self._ceilings.get(bucket // self._buckets_a_day, NO_CEILING):
            return
        buckets = self._buckets
        if not buckets or bucket >= buckets[-1]:
            buckets.append(bucket)
            self._values.append(value)
            return
        place = bisect_right(buckets, bucket)
        buckets.insert(place, bucket)
        self._values.insert(place, value)
        self._checked = min(self._checked, place)

    def between(self, after: int, until: int) -> dict[int, int]:
        """The values of the buckets (after, until], each with the number 1."""
        if len(self._buckets) > VALUES_MAX and self._checked < len(self._buckets):
            self._thin()
        begin, end = bisect_right(self._buckets, after), bisect_right(self._buckets, until)
        return dict.fromkeys(self._values[begin:end], 1)

    def _thin(self) -> None:
        """Remove the greatest values of days that have too many."""
        place = self._checked
        while place < len(self._buckets):
            day = self._buckets[place] // self._buckets_a_day
            begin = bisect_left(self._buckets, day * self._buckets_a_day)
            end = bisect_left(self._buckets, (day + 1) * self._buckets_a_day)
            place = self._thin_day(day, begin, end) if end - begin > VALUES_MAX else end
        self._checked = place

    def _thin_day(self, day: int, begin: int, end: int) -> int:
        """Keep each value of the day once a bucket, as many as may be. Returns where the day ends now."""
        kept = Values(ceiling=self._ceilings.get(day, NO_CEILING))
        for place in range(begin, end):
            kept.add(self._buckets[place], self._values[place])
        if kept.lower(VALUES_MAX):
            self._ceilings[day] = kept.ceiling
        pairs = [(bucket, value) for bucket, held in zip(kept.buckets, kept.sets, strict=True) for value in held]
        self._buckets[begin:end] = array("q", [bucket for bucket, _ in pairs])
        self._values[begin:end] = array("Q", [value for _, value in pairs])
        return begin + len(pairs)
