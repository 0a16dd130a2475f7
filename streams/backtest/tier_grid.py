"""Tiers day by day: how early a flag came that held, and what falls of tier were worth as alerts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from scoring.instants import DAY_MS, FAR
from streams.backtest.estimate import NONE, Estimate, estimate, share
from streams.backtest.figures import FEWEST_CHURNED
from streams.backtest.outcomes import Outcomes
from streams.backtest.panel import Bools, Floats, Ints, Judged, outcome_by_account
from streams.backtest.report import Ahead, AlertPrecision, LeadTime
from streams.backtest.resampling import DRAWS, Resampler

DWELL_MS = 3 * DAY_MS
MONTH_MS = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class TierGrid:
    """The tier of each account (row) at each instant (column): 0 is the worst, -1 not judged yet. An account that
    cannot be judged keeps its last tier. `alive` says whether it was old enough, and its outcome still to come."""

    tiers: tuple[str, ...]
    instants_ms: Ints
    tier: NDArray[np.int8]
    alive: Bools
    outcome_ms: Ints
    observed_until_ms: int

    @classmethod
    def of(cls, judged: Judged, outcomes: Outcomes, min_age_ms: int) -> Self:
        """The grid of answers at even steps."""
        shape = len(judged.accounts), len(judged.instants_ms)
        tier = np.full(shape, -1, dtype=np.int8)
        tier[judged.account, judged.instant] = np.where(judged.standing >= 0, -1, judged.tier)
        known = np.maximum.accumulate(np.where(tier >= 0, np.arange(shape[1]), -1), axis=1)
        tier = np.where(known >= 0, np.take_along_axis(tier, np.maximum(known, 0), axis=1), np.int8(-1))
        outcome_ms = outcome_by_account(judged.accounts, outcomes)
        at_ms = judged.instants_ms[None, :]
        left_ms = np.array([outcomes.left_ms.get(name, FAR) for name in judged.accounts], dtype=np.int64)
        alive = (np.minimum(outcome_ms, left_ms)[:, None] > at_ms) & (
            at_ms - judged.first_event_ms[:, None] >= min_age_ms
        )
        alive &= np.array([name not in outcomes.unknown for name in judged.accounts], dtype=np.bool_)[:, None]
        return cls(judged.tiers, judged.instants_ms, tier, alive, outcome_ms, outcomes.observed_until_ms)

    @property
    def step_ms(self) -> int:
        """The greatest time between two instants."""
        return int(np.diff(self.instants_ms).max()) if len(self.instants_ms) > 1 else 0

    def lead_time(self, tiers: int, horizons: Sequence[int] = (), draws: int = DRAWS, seed: int = 0) -> LeadTime:
        """How early accounts that churned fell into the worst `tiers` for good, as far as that was seen."""
        churned = np.flatnonzero((self.outcome_ms < FAR) & self.alive.any(axis=1))
        last = np.searchsorted(self.instants_ms, self.outcome_ms[churned], side="left") - 1
        flag = (self.tier[churned] >= 0) & (self.tier[churned] < tiers)
        columns = np.arange(flag.shape[1])
        clear = np.where(~flag & (columns <= last[:, None]), columns, -1).max(axis=1, initial=-1)
        caught = clear < last
        days = (self.outcome_ms[churned] - self.instants_ms[np.minimum(clear + 1, last)])[caught] / DAY_MS
        resampler = Resampler(np.arange(len(churned)), draws, seed)
        early = np.zeros(len(churned))
        early[caught] = days
        all_drawn = resampler.sums(np.ones(len(churned)))

        def part(rows: Bools) -> Estimate:
            return share(float(rows.sum()), len(churned), resampler.sums(rows), all_drawn, len(churned))

        p25, p50, p75 = (_quantile(days, each, draws, seed) for each in (0.25, 0.5, 0.75))
        return LeadTime(
            flag=" or ".join(self.tiers[:tiers]),
            churned=len(churned),
            caught=int(caught.sum()),
            share_caught=part(caught),
            p25=p25,
            p50=p50,
            p75=p75,
            ahead=tuple(Ahead(days=each, share=part(early >= each)) for each in horizons),
        )

    def alert_precision(self, days: int, draws: int = DRAWS, seed: int = 0) -> list[AlertPrecision]:
        """What each rule of alerts was worth at a horizon of `days`."""
        worst = self.tiers[0]
        rules = (
            ("every fall of tier", False, 0),
            (f"falls to {worst}", True, 0),
            ("every fall that lasted 3 days", False, DWELL_MS),
            (f"falls to {worst} that lasted 3 days", True, DWELL_MS),
        )
        seen = self.alive & (self.instants_ms + days * DAY_MS <= self.observed_until_ms)[None, :]
        account = np.flatnonzero(seen.any(axis=1))
        resampler = Resampler(account, draws, seed)
        months = seen[account].sum(axis=1) * (self.step_ms / MONTH_MS)
        months_drawn = resampler.sums(months)
        found = []
        for rule, to_worst, dwell_ms in rules:
            alert = self._alerts(to_worst=to_worst, dwell_ms=dwell_ms) & seen
            followed = alert & (self.outcome_ms[:, None] - self.instants_ms[None, :] <= days * DAY_MS)
            alerts, hits = alert[account].sum(axis=1).astype(float), followed[account].sum(axis=1).astype(float)
            drawn, hits_drawn = resampler.sums(alerts), resampler.sums(hits)
            found.append(
                AlertPrecision(
                    rule=rule,
                    days=days,
                    alerts=int(alerts.sum()),
                    followed=int(hits.sum()),
                    precision=share(hits.sum(), alerts.sum(), hits_drawn, drawn, int((alerts > 0).sum())),
                    per_account_month=_rate(alerts, months, drawn, months_drawn),
                )
            )
        return found

    def _alerts(self, *, to_worst: bool, dwell_ms: int) -> Bools:
        """Where an alert is raised: at a fall, or when it has lasted `dwell_ms`."""
        before, after = self.tier[:, :-1], self.tier[:, 1:]
        fall = np.zeros(self.tier.shape, dtype=np.bool_)
        fall[:, 1:] = (after >= 0) & (after < before) & ((after == 0) | (not to_worst))
        wait = -(-dwell_ms // self.step_ms) if self.step_ms else 0
        if not wait:
            return fall
        raised = np.zeros(self.tier.shape, dtype=np.bool_)
        for account, column in zip(*np.nonzero(fall), strict=True):
            end = column + wait
            limit = 1 if to_worst else self.tier[account, column - 1]
            if end < self.tier.shape[1] and (self.tier[account, column : end + 1] < limit).all():
                raised[account, end] = True
        return raised


def _quantile(days: Floats, part: float, draws: int, seed: int) -> Estimate:
    if not len(days):
        return NONE
    value = float(np.quantile(days, part))
    if len(days) < FEWEST_CHURNED:
        return Estimate(value)
    rng = np.random.default_rng(seed)
    drawn = np.quantile(rng.choice(days, (draws, len(days))), part, axis=1)
    return estimate(value, drawn)


def _rate(alerts: Floats, months: Floats, drawn: Floats, months_drawn: Floats) -> Estimate:
    whole = float(months.sum())
    return estimate(float(alerts.sum()) / whole, drawn / months_drawn) if whole else NONE
