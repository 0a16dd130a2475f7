"""Rates over rows of accounts, with exact intervals that know that rows of one account belong together.

The interval is the binomial one of Clopper and Pearson (1934) for the effective number of rows: their number divided by
the design effect, which is the variance of the rate over accounts by that over independent rows (Korn and Graubard,
1998). A bootstrap says nothing where no row, or every row, has an outcome, and is too narrow near there.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from streams.backtest.estimate import Estimate
from streams.backtest.panel import Bools, Floats, Ints

LEVEL = 0.95


def rate(hit: Bools, account: Ints) -> Estimate:
    """The share of rows that are `hit`, with its 95 % interval; 0 to 1 without rows."""
    if not len(hit):
        return Estimate(None, 0.0, 1.0)
    _, row = np.unique(account, return_inverse=True)
    rows = np.bincount(row).astype(np.float64)
    hits = np.bincount(row, weights=hit).astype(np.float64)
    low, high = bounds(hits, rows, clustering(hits))
    return Estimate(float(hits.sum() / rows.sum()), low, high)


def clustering(hits: Floats) -> float:
    """The design effect of a rare outcome with these numbers of rows by account: 2 where each has two rows of it.

    >>> clustering(np.array([2.0, 0.0, 2.0])), clustering(np.array([0.0]))
    (2.0, 1.0)
    """
    total = float(hits.sum())
    return max(1.0, float((hits * hits).sum()) / total) if total else 1.0


def bounds(hits: Floats, rows: Floats, rare_effect: float) -> tuple[float, float]:
    """The bounds of the 95 % interval of `hits / rows`, both by account.

    `rare_effect` is the least design effect where too few rows are hit, or not, to show one.
    """
    from scipy.stats import beta

    rows_in_all, hits_in_all = float(rows.sum()), float(hits.sum())
    accounts = int((rows > 0).sum())
    if not rows_in_all:
        return 0.0, 1.0
    effect = rare_effect
    share = hits_in_all / rows_in_all
    if 0.0 < share < 1.0 and accounts > 1:
        spread = float(((hits - share * rows) ** 2).sum()) / (rows_in_all * share * (1.0 - share))
        effect = 1.0 if spread <= 1.0 + 1e-9 else spread * _few(int(min((hits > 0).sum(), (hits < rows).sum())))
    size, found, tail = rows_in_all / effect, hits_in_all / effect, (1.0 - LEVEL) / 2.0
    low = 0.0 if found <= 0.0 else float(beta.ppf(tail, found, size - found + 1.0))
    high = 1.0 if found >= size else float(beta.ppf(1.0 - tail, found + 1.0, size - found))
    return low, high


@cache
def _few(accounts: int) -> float:
    """What the effect is multiplied by because it was itself estimated, from this many accounts: (t / z)²."""
    from scipy.stats import norm, t

    point = (1.0 + LEVEL) / 2.0
    return float((t.ppf(point, max(accounts - 1, 2)) / norm.ppf(point)) ** 2)
