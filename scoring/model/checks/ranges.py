"""What values a signal can have at all, whatever happens: for conditions that can never hold, and unreachable tiers."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Literal

import msgspec

from scoring.model import schema


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Values from `lower` to `upper`, both included, whole numbers when `whole`; unknown at times, unless `known`."""

    lower: float = 0.0
    upper: float = inf
    whole: bool = True
    known: bool = True


Nature = Literal["number", "text", "instant"]


def nature_of(signal: schema.Signal) -> Nature:
    """Whether a signal is a number, a text or an instant."""
    match signal:
        case schema.LastAt():
            return "instant"
        case schema.Last(type="text"):
            return "text"
        case _:
            return "number"


def range_of(signals: Mapping[str, schema.Signal], signal: schema.Signal) -> Range:
    """The values of a signal that is a number; of a difference, those of its two signals apart."""
    match signal:
        case schema.Sum():
            return Range(lower=-inf, whole=False)
        case schema.Mean():
            return Range(lower=-inf, whole=False, known=False)
        case schema.Last():
            return _range_of_last(signal)
        case schema.SinceLast() | schema.Season():
            return Range(known=False)
        case schema.Volatility():
            return Range(whole=False, known=False)
        case schema.Difference():
            of, minus = range_of(signals, signals[signal.of]), range_of(signals, signals[signal.minus])
            return Range(
                lower=of.lower - minus.upper,
                upper=of.upper - minus.lower,
                whole=of.whole and minus.whole,
                known=of.known and minus.known,
            )
        case schema.Open():
            return Range(whole=signal.measure != "weight")
        case schema.Reached():
            return Range(upper=float(len(signal.steps)))
        case _:
            return Range()


def _range_of_last(signal: schema.Last) -> Range:
    if signal.type == "length":
        return Range(known=False)
    lower = -inf if signal.minimum is None else signal.minimum
    if signal.by and lower < 0:
        lower = -inf
    return Range(lower=min(lower, 0.0) if signal.zero_on else lower, whole=False, known=False)
