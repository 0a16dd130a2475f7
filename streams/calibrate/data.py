"""What calibration works on: judged rows (account × instant) with their outcomes, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from streams.backtest.panel import Bools, Floats, Ints


@dataclass(frozen=True)
class CalibrationData:
    """Rows in the order of the panel. All arrays have one entry a row; matrices one column a component.

    `score` is 0-100. `judgement` is 0-100, nan for none; `evidence` 0-1. `has_outcome` says whether the outcome came
    within `horizon_ms` after the row's instant. `account` is a number from 0. `at_most` is the floor that limits the
    row's score, infinite for none. `weights`, `neutral`, `neutral_weight` and `emphasis` are the model's own
    (docs/models).
    """

    components: tuple[str, ...]
    weights: Floats
    score: Floats
    judgement: Floats
    evidence: Floats
    has_outcome: Bools
    account: Ints
    instant_ms: Ints
    at_most: Floats
    horizon_ms: int
    neutral: float = 50.0
    neutral_weight: float = 0.0
    emphasis: float = 1.0

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.score)

    @cached_property
    def accounts(self) -> int:
        """The number of accounts with a row."""
        return len(np.unique(self.account))

    @cached_property
    def outcome_accounts(self) -> int:
        """The number of accounts with an outcome in some row: what statistics rest on, however often each is judged."""
        return len(np.unique(self.account[self.has_outcome]))

    @cached_property
    def instants_ms(self) -> Ints:
        """The instants, ascending."""
        return np.unique(self.instant_ms)

    @cached_property
    def shares(self) -> Floats:
        """What multiplies a weight: evidence × (emphasis − (emphasis − 1)·J/100); 0 without a judgement."""
        factor = self.emphasis - (self.emphasis - 1.0) * self._known / 100.0
        return np.where(np.isnan(self.judgement), 0.0, self.evidence) * factor

    @cached_property
    def _known(self) -> Floats:
        return np.nan_to_num(self.judgement)

    def computed(self, weights: Floats) -> Floats:
        """The score of each row under other weights, without profiles; `neutral` without any evidence."""
        taken = self.shares * weights
        total = (taken * self._known).sum(axis=1) + self.neutral_weight * self.neutral
        weight = taken.sum(axis=1) + self.neutral_weight
        score = np.where(weight > 0.0, total / np.where(weight > 0.0, weight, 1.0), self.neutral)
        return np.minimum(score, self.at_most)

    def slopes(self, weights: Floats) -> tuple[Floats, Floats]:
        """The scores under `weights`, and their derivative by each weight."""
        score = self.computed(weights)
        weight = self.shares @ weights + self.neutral_weight
        is_free = (weight > 0.0) & (score < self.at_most)
        slope = self.shares * (self._known - score[:, None]) / np.where(weight > 0.0, weight, 1.0)[:, None]
        return score, np.where(is_free[:, None], slope, 0.0)

    def take(self, rows: Bools | Ints) -> CalibrationData:
        """The same data with these rows alone; accounts keep their numbers."""
        return replace(
            self,
            score=self.score[rows],
            judgement=self.judgement[rows],
            evidence=self.evidence[rows],
            has_outcome=self.has_outcome[rows],
            account=self.account[rows],
            instant_ms=self.instant_ms[rows],
            at_most=self.at_most[rows],
        )
