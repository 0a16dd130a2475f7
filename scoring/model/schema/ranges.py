"""The values that a signal can have, and the judgements that a component can make, for all events."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import Literal

import msgspec

OPTIONAL_MAX = 10
"""Components that may lack evidence: up to this many, every combination is tried; above, only their hull."""
Nature = Literal["number", "text", "instant"]


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Values from `lower` to `upper`, inclusive; whole numbers when `whole`; sometimes unknown, unless `known`."""

    lower: float = 0.0
    upper: float = inf
    whole: bool = True
    known: bool = True


class Bounds(msgspec.Struct, frozen=True):
    """Judgements or scores from `lower` to `upper`, inclusive; with `always` there always is one. With `whole`, one has
    all of its weight: there is no fractional evidence."""

    lower: float
    upper: float
    always: bool = False
    whole: bool = True


def mean_bounds(weighted: Sequence[tuple[float, Bounds]], share_max: float = 1.0, neutral: float = 0.0) -> Bounds:
    """Bounds of the weighted mean, over the components with evidence, of judgements within their bounds."""
    always = any(bounds.always for _, bounds in weighted)
    if not all(bounds.whole for _, bounds in weighted):
        return hull([bounds for _, bounds in weighted], [neutral] if share_max < 1 else [], always=always)
    whole = sum(weight for weight, _ in weighted)
    lowers, uppers = [], []
    for there in _combinations(weighted):
        evidence = sum(weight for weight, _ in there)
        shares = [min(weight / evidence, max(share_max, weight / whole)) for weight, _ in there]
        rest = (1.0 - sum(shares)) * neutral
        lowers.append(rest + sum(share * bounds.lower for share, (_, bounds) in zip(shares, there, strict=True)))
        uppers.append(rest + sum(share * bounds.upper for share, (_, bounds) in zip(shares, there, strict=True)))
    if not lowers:
        return hull([bounds for _, bounds in weighted], [neutral] if share_max < 1 else [], always=always)
    return Bounds(min(lowers), max(uppers), always)


def hull(all_bounds: Iterable[Bounds], more: Sequence[float] = (), *, always: bool) -> Bounds:
    """The bounds of any mean, whatever the weights, of what lies within these bounds and of `more`."""
    ends = [*more, *(end for bounds in all_bounds for end in (bounds.lower, bounds.upper))]
    return Bounds(min(ends), max(ends), always)


def _combinations(weighted: Sequence[tuple[float, Bounds]]) -> Iterator[list[tuple[float, Bounds]]]:
    """The sets of components that may have evidence at the same time, never empty; nothing when there are too many."""
    fixed = [each for each in weighted if each[1].always]
    optional = [each for each in weighted if not each[1].always]
    if len(optional) > OPTIONAL_MAX:
        return
    for number in range(len(optional) + 1):
        for chosen in itertools.combinations(optional, number):
            if there := [*fixed, *chosen]:
                yield there
