"""Which account to look at first: health weighted by revenue."""

from __future__ import annotations


def at_risk(score: float, mrr: float) -> float:
    """The value at risk: `mrr` × (100 - `score`) / 100.

    `score` is 0-100. `mrr` is 0 or more, in the currency's unit (not cents), and so is the result, which is at most
    `mrr`. So a large account in fair health can rank above a small one in bad health.

    >>> at_risk(40.0, 5_000.0), at_risk(10.0, 250.0)
    (3000.0, 225.0)
    """
    return mrr * (100.0 - score) / 100.0
