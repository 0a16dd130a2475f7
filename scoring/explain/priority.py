"""Which account to look at first: health weighed with money."""

from __future__ import annotations


def at_risk(score: float, mrr: float) -> float:
    """The value at risk: the share of an account's revenue that its health leaves open, `mrr` × (100 - `score`) / 100.

    `score` is 0-100, `mrr` 0 or more in the currency's own unit (not cents), and so is the result, which is at most
    `mrr`. A large account in fair health may so come before a small one in bad health.

    >>> at_risk(40.0, 5_000.0), at_risk(10.0, 250.0)
    (3000.0, 225.0)
    """
    return mrr * (100.0 - score) / 100.0
