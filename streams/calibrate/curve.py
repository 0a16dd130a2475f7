"""The probability of an outcome by score: a curve that only falls (or only rises), with honest bounds.

The estimate is centred isotonic regression (Oron and Flournoy, 2017): the rates of isotonic regression at the centre of
each flat stretch, with straight lines between. The bounds use nothing but that the curve is monotone: the probability
at a score is at most the rate of the accounts from there on down, and at least that of the accounts from there on up.
Each bound is that of the exact interval (`streams.calibrate.rates`) over the nearest rows that hold enough outcomes. So
there is no shape to be wrong about: a logistic curve with a bootstrap held the truth in 0 to 95 % of simulated panels,
depending on the shape of the truth, these bounds in 93 % or more of each.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from scipy.sparse import csr_matrix

from streams.backtest.panel import Bools, Floats, Ints
from streams.calibrate.rates import bounds, clustering

GRID: Floats = np.linspace(0.0, 100.0, 21)
FEWEST_IN_WINDOW = 8
_WIDTH = 0.5
_BINS = int(100 / _WIDTH)


class CurvePoint(msgspec.Struct, frozen=True, array_like=True):
    """The probability (0-1) at a score (0-100), and the bounds of its 95 % interval."""

    score: float
    probability: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A monotone curve by points of ascending score; straight between them, flat beyond."""

    points: tuple[CurvePoint, ...]

    def at(self, score: Floats) -> tuple[Floats, Floats, Floats]:
        """Probability, low and high at each score."""
        table = np.array([(each.score, each.probability, each.low, each.high) for each in self.points])
        middle, low, high = (np.interp(score, table[:, 0], table[:, column]) for column in (1, 2, 3))
        return middle, low, high


def fit_curve(score: Floats, has_outcome: Bools, account: Ints, *, rises: bool = False) -> Curve:
    """The curve of rows with these scores (0-100). It falls as scores rise, unless it `rises`."""
    seen = 100.0 - score if rises else score
    low, high = _bounds(seen, has_outcome, account)
    middle = np.clip(_estimate(seen, has_outcome, account), low, high)
    if rises:
        middle, low, high = middle[::-1], low[::-1], high[::-1]
    rounded = (np.round(each, 4).tolist() for each in (GRID, middle, low, high))
    return Curve(tuple(CurvePoint(*each) for each in zip(*rounded, strict=True)))


def _estimate(score: Floats, has_outcome: Bools, account: Ints) -> Floats:
    """At most the rate of the worst accounts that have enough outcomes together, and never 0: one account at an end
    would be 100 or 0 %."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(increasing=False).fit_transform(score, has_outcome)
    levels, block = np.unique(-fitted, return_inverse=True)
    rows = np.bincount(block)
    middles = np.bincount(block, weights=score) / rows
    _, row = np.unique(account, return_inverse=True)
    effect = clustering(np.bincount(row, weights=has_outcome).astype(np.float64))
    outcomes = np.cumsum(has_outcome[np.argsort(score, kind="stable")])
    worst = min(int(np.searchsorted(outcomes, FEWEST_IN_WINDOW * effect)), len(score) - 1)
    rates = np.clip(-levels, 0.5 * effect / rows, max(float(outcomes[worst]) / (worst + 1), float(has_outcome.mean())))
    return np.asarray(np.interp(GRID, middles, np.minimum.accumulate(rates)))


def _bounds(score: Floats, has_outcome: Bools, account: Ints) -> tuple[Floats, Floats]:
    accounts, row = np.unique(account, return_inverse=True)
    column = np.minimum((score / _WIDTH).astype(np.int64), _BINS - 1)
    shape = (len(accounts), _BINS)
    rows = csr_matrix((np.ones(len(score)), (row, column)), shape=shape).tocsc()
    hits = csr_matrix((has_outcome.astype(np.float64), (row, column)), shape=shape).tocsc()
    by_bin = np.concatenate([[0.0], np.cumsum(np.asarray(hits.sum(axis=0)).ravel())])
    by_account = np.asarray(hits.sum(axis=1)).ravel()
    effect = clustering(by_account)
    needed = effect * max(FEWEST_IN_WINDOW, 0.7 * float((by_account > 0).sum()) ** (2 / 3))
    low, high = np.zeros(len(GRID)), np.ones(len(GRID))
    for number, at in enumerate(np.minimum((GRID / _WIDTH).astype(np.int64), _BINS - 1)):
        # Half-open windows of whole bins: from `first` up to and with the score's bin, and from it up to `last`.
        first = max(0, int(np.searchsorted(by_bin, by_bin[at + 1] - needed, side="right")) - 1)
        last = min(_BINS, int(np.searchsorted(by_bin, by_bin[at] + needed, side="left")))
        high[number] = _window(hits, rows, first, at + 1, effect)[1]
        low[number] = _window(hits, rows, at, last, effect)[0]
    # A monotone truth inside the bounds is also inside them once sorted (Chernozhukov and others, 2009).
    return np.sort(low)[::-1], np.sort(high)[::-1]


def _window(hits: csr_matrix, rows: csr_matrix, first: int, last: int, effect: float) -> tuple[float, float]:
    found, all_of = (np.asarray(each[:, first:last].sum(axis=1)).ravel() for each in (hits, rows))
    return bounds(found, all_of, effect)
