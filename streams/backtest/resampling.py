"""The bootstrap over accounts: all rows of an account are drawn together, as often as the account is.

A draw is a vector of weights by account. Sums by account make most figures a product of matrices; areas under curves
are products with sums by account and distinct score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from streams.backtest.estimate import ratios
from streams.backtest.panel import Bools, Floats, Ints

DRAWS = 1_000
_CELLS = 4_000_000
"""How many numbers are held at once while areas are computed."""


class Resampler:
    """The weights of accounts in each draw. `rows` are the accounts' numbers by row; others are not drawn."""

    def __init__(self, account: Ints, draws: int = DRAWS, seed: int = 0) -> None:
        self.accounts, found = np.unique(account, return_inverse=True)
        self.row: Ints = found.astype(np.int64)
        self.size = len(self.accounts)
        self.draws = draws
        rng = np.random.default_rng(seed)
        self.weights: NDArray[np.float32] = np.zeros((draws, self.size), dtype=np.float32)
        for draw in range(draws if self.size else 0):
            drawn = rng.integers(0, self.size, self.size)
            self.weights[draw] = np.bincount(drawn, minlength=self.size)

    def by_account(self, values: Floats | Bools) -> Floats:
        """The sum of `values`, one a row, by account."""
        return np.bincount(self.row, weights=values, minlength=self.size).astype(np.float64)

    def sums(self, values: Floats | Bools) -> Floats:
        """The sum of `values`, one a row, in each draw."""
        return np.asarray(self.weights @ self.by_account(values), dtype=np.float64)

    def accounts_with(self, rows: Bools) -> int:
        """How many accounts have such a row."""
        return int((self.by_account(rows) > 0).sum())


@dataclass(frozen=True, slots=True)
class Areas:
    """ROC-AUC and the average precision in each draw; nan where only one class was drawn."""

    roc: Floats
    precision: Floats

    @classmethod
    def of(cls, resampler: Resampler, risk: Floats, churned: Bools) -> Self:
        """Areas when rows are ranked by `risk`, the greatest first; equal risks share a rank."""
        values, group = np.unique(-risk, return_inverse=True)
        shape = (resampler.size, len(values))
        positive = _sums(resampler.row[churned], group[churned], shape)
        negative = _sums(resampler.row[~churned], group[~churned], shape)
        roc, precision = [], []
        for weights in _chunks(resampler.weights, len(values)):
            found, others = np.asarray(weights @ positive), np.asarray(weights @ negative)
            above, before = np.cumsum(found, axis=1), np.cumsum(others, axis=1)
            churners, rest = above[:, -1], before[:, -1]
            roc.append(ratios((found * (rest[:, None] - before + others / 2)).sum(axis=1), churners * rest))
            precision.append(ratios((found * ratios(above, above + before)).sum(axis=1, where=found > 0), churners))
        return cls(_joined(roc), _joined(precision))


def _sums(row: Ints, column: Ints, shape: tuple[int, int]) -> csr_matrix:
    return csr_matrix((np.ones(len(row)), (row, column)), shape=shape)


def _chunks(weights: NDArray[np.float32], width: int) -> Iterator[Floats]:
    step = max(1, _CELLS // max(width, 1))
    for start in range(0, len(weights), step):
        yield weights[start : start + step].astype(np.float64)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.empty(0)
