"""How scores are spread over tiers and steps. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.values.model import TierLine
from scoring.model.model import Model

STEPS = 20
Column = NDArray[np.float64]


def histogram_of(scores: Column) -> tuple[int, ...]:
    """Scores in 20 steps of 5 points; 100 is in the last.

    >>> histogram_of(np.array([0.0, 4.9, 5.0, 100.0]))[:2], histogram_of(np.array([100.0]))[-1]
    ((2, 1), 1)
    """
    return tuple(int(number) for number in np.histogram(scores, bins=STEPS, range=(0.0, 100.0))[0])


def tier_lines(model: Model, scores: Column, mrr: Column) -> tuple[TierLine, ...]:
    """Each tier of a model, the worst first, with what is in it."""
    ranks = np.searchsorted([tier.lower for tier in model.tiers], scores, side="right") - 1
    accounts = np.bincount(ranks, minlength=len(model.tiers))
    money = np.bincount(ranks, weights=mrr, minlength=len(model.tiers))
    return tuple(
        TierLine(
            tier=tier.name,
            bound=tier.lower,
            accounts=int(accounts[number]),
            share=float(accounts[number] / len(scores)) if len(scores) else 0.0,
            mrr=float(money[number]),
        )
        for number, tier in enumerate(model.tiers)
    )
