"""For each signal the values that fulfil conditions, to find conditions that can never hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor, inf, isfinite

import msgspec

from scoring.model import schema

Bound = tuple[float, bool]
"""A bound, and whether the bound itself is excluded."""


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """A set of values of a signal: unknown or not; numbers between bounds; one of `texts` (any, when None)."""

    unknown: bool = True
    lower: Bound = (-inf, False)
    upper: Bound = (inf, False)
    texts: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        return not self.unknown and not self._has_values()

    def meet(self, other: Region) -> Region:
        """The intersection of both."""
        texts = self.texts if other.texts is None else other.texts if self.texts is None else self.texts & other.texts
        return Region(
            unknown=self.unknown and other.unknown,
            lower=max(self.lower, other.lower),
            upper=min(self.upper, other.upper, key=lambda bound: (bound[0], not bound[1])),
            texts=texts,
        )

    def within(self, other: Region) -> bool:
        """Whether this region is a subset of the other."""
        met = self.meet(other)
        return met == self or (met.unknown == self.unknown and not self._has_values())

    def _has_values(self) -> bool:
        if self.texts is not None and not self.texts:
            return False
        (lower, without_lower), (upper, without_upper) = self.lower, self.upper
        return lower < upper or (lower == upper and not without_lower and not without_upper)


def region_of(signals: Mapping[str, schema.SignalBase], condition: schema.Condition) -> Region:
    """The values of its signal that fulfil a condition; bounds of whole numbers are rounded inwards.

    >>> signals = {"days": schema.Age()}
    >>> region_of(signals, schema.Condition(signal="days", above=3, below=4)).is_empty
    True
    """
    if condition.known is False:
        never = condition.texts() or any(bound[0] is not None for bound in _bounds(condition))
        return Region(unknown=not never, texts=frozenset())
    texts = frozenset(condition.texts()) or None
    if (signal := signals[condition.signal]).nature() != "number":
        return Region(unknown=False, texts=texts)
    values = signal.value_range(signals)
    region = Region(unknown=False, lower=(values.lower, False), upper=(values.upper, False))
    for is_lower, (number, is_open) in zip((True, True, False, False), _bounds(condition), strict=True):
        if number is not None:
            bound = _whole(number, is_open, is_lower=is_lower) if values.whole else (number, is_open)
            region = region.meet(Region(lower=bound) if is_lower else Region(upper=bound))
    return region


def together(signals: Mapping[str, schema.SignalBase], conditions: Iterable[schema.Condition]) -> dict[str, Region]:
    """The region where all conditions hold, by signal; signals without a condition are left out."""
    regions: dict[str, Region] = {}
    for condition in conditions:
        region = region_of(signals, condition)
        held = regions.get(condition.signal)
        regions[condition.signal] = region if held is None else held.meet(region)
    return regions


def exclude_each_other(one: Mapping[str, Region], other: Mapping[str, Region]) -> bool:
    """Whether there is a signal on which the two have no value in common."""
    return any(region.meet(other[name]).is_empty for name, region in one.items() if name in other)


def implies(one: Mapping[str, Region], other: Mapping[str, Region]) -> bool:
    """Whether the conditions of `other` hold wherever those of `one` do."""
    return all(name in one and one[name].within(region) for name, region in other.items())


def _bounds(condition: schema.Condition) -> tuple[tuple[float | None, bool], ...]:
    """The two lower bounds, then the two upper ones, each with whether it is itself excluded."""
    return (
        (condition.at_least, False),
        (condition.above, True),
        (condition.at_most, False),
        (condition.below, True),
    )


def _whole(number: float, is_open: bool, *, is_lower: bool) -> Bound:
    """The same bound of whole numbers: above 3 is at least 4."""
    if not isfinite(number):
        return number, is_open
    if is_lower:
        return float(floor(number) + 1 if is_open else ceil(number)), False
    return float(ceil(number) - 1 if is_open else floor(number)), False
