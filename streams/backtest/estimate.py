"""A figure with its interval. Values only."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from streams.backtest.panel import Floats

USABLE_SHARE = 0.9
"""With fewer usable draws than this there is no interval: a figure that often has no value has no fair one."""


class Estimate(msgspec.Struct, frozen=True):
    """A figure, and the bounds of its 95 % interval; None is a figure, or an interval, that cannot be given."""

    value: float | None = None
    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the interval holds `value`; True without an interval, since nothing speaks against it."""
        return self.low is None or self.high is None or self.low <= value <= self.high


NONE = Estimate()


def estimate(value: float, draws: Floats) -> Estimate:
    """A figure with the 2.5 % and 97.5 % quantiles of its bootstrap draws; nan is a draw without a value.

    >>> estimate(0.5, np.array([0.4, 0.5, 0.6]))
    Estimate(value=0.5, low=0.405, high=0.595)
    """
    if not math.isfinite(value):
        return NONE
    usable = draws[np.isfinite(draws)]
    if not len(usable) or len(usable) < USABLE_SHARE * len(draws):
        return Estimate(float(value))
    low, high = np.quantile(usable, (0.025, 0.975))
    return Estimate(float(value), round(float(low), 12), round(float(high), 12))


def share(part: float, of: float, parts: Floats, ofs: Floats, accounts: int) -> Estimate:
    """The share `part / of`, with an interval from the draws of both.

    Where it is 0 or 1 in every draw a bootstrap says nothing, and the exact binomial interval for as many independent
    `accounts` is given instead.
    """
    found = estimate(ratio(part, of), ratios(parts, ofs))
    if found.value is None or accounts < 1 or found.low != found.high or found.value not in (0.0, 1.0):
        return found
    from scipy.stats import binomtest

    exact = binomtest(round(found.value * accounts), accounts).proportion_ci(0.95)
    return Estimate(found.value, float(exact.low), float(exact.high))


def ratio(part: float, of: float) -> float:
    """`part / of`, nan when `of` is 0."""
    return part / of if of else math.nan


def ratios(parts: Floats, ofs: Floats) -> Floats:
    """`parts / ofs`, nan where `ofs` is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(ofs > 0, parts / ofs, np.nan)
