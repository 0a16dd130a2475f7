"""Panels whose truth is known: accounts with judgements, and outcomes drawn with a chance that weights decide."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scoring.instants import DAY_MS
from streams.backtest.panel import Bools, Floats
from streams.calibrate.data import CalibrationData

TRUE_WEIGHTS = (40.0, 10.0, 25.0, 0.0, 25.0)
OWN_WEIGHTS = (20.0, 20.0, 20.0, 20.0, 20.0)


@dataclass(frozen=True)
class World:
    """Accounts of mean judgement 65 (standard deviation 22 between accounts and components, 18 from instant to
    instant), a tenth of the components without evidence. At each instant the outcome comes with probability
    1 / (1 + exp(slope × (score under the true weights − middle))), 6 % for all with a slope of 0; after it the
    account is gone."""

    accounts: int = 400
    instants: int = 6
    weights: tuple[float, ...] = TRUE_WEIGHTS
    own: tuple[float, ...] = OWN_WEIGHTS
    slope: float = 0.12
    middle: float = 45.0
    neutral: float = 69.0
    neutral_weight: float = 0.0
    emphasis: float = 1.0

    def chance(self, score: Floats) -> Floats:
        """The probability of the outcome by the score under the true weights."""
        if not self.slope:
            return np.full(len(score), 0.06)
        return np.asarray(1.0 / (1.0 + np.exp(self.slope * (score - self.middle))))

    def data(self, seed: int) -> CalibrationData:
        """One drawing, scored under the model's own weights."""
        random, kinds = np.random.default_rng(seed), len(self.weights)
        usual = random.normal(65.0, 22.0, (self.accounts, kinds))
        shape = (self.accounts, self.instants, kinds)
        judgement = np.clip(usual[:, None, :] + random.normal(0.0, 18.0, shape), 0.0, 100.0)
        known = np.where(random.random((self.accounts, kinds)) < 0.1, 0.0, random.uniform(0.3, 1.0, usual.shape))
        rows = self.accounts * self.instants
        bare = CalibrationData(
            components=tuple(f"part{number}" for number in range(kinds)),
            weights=np.array(self.own),
            score=np.zeros(rows),
            judgement=judgement.reshape(rows, kinds),
            evidence=np.broadcast_to(known[:, None, :], shape).reshape(rows, kinds).copy(),
            has_outcome=np.zeros(rows, dtype=np.bool_),
            account=np.repeat(np.arange(self.accounts), self.instants),
            instant_ms=np.tile(np.arange(self.instants) * 30 * DAY_MS, self.accounts),
            at_most=np.full(rows, np.inf),
            horizon_ms=30 * DAY_MS,
            neutral=self.neutral,
            neutral_weight=self.neutral_weight,
            emphasis=self.emphasis,
        )
        drawn = random.random(rows) < self.chance(bare.computed(np.array(self.weights)))
        by_account = drawn.reshape(self.accounts, self.instants)
        is_there: Bools = (np.cumsum(by_account, axis=1) - by_account == 0).reshape(rows)
        return replace(bare, score=bare.computed(bare.weights), has_outcome=drawn).take(is_there)

    def under_the_truth(self, seed: int) -> CalibrationData:
        """The same drawing, of a model that has the true weights."""
        data = self.data(seed)
        weights = np.array(self.weights)
        return replace(data, weights=weights, score=data.computed(weights))


NOISE = World(slope=0.0)
