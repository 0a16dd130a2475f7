"""Panels for tests: accounts judged monthly, some of which leave; the score knows of it as much as is asked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scoring.instants import DAY_MS, parse_instant
from streams.backtest.outcomes import Outcomes
from streams.backtest.panel import Judged, Panel

START_MS = parse_instant("2026-01-01T00:00:00Z")
TIERS = ("red", "yellow", "green")


def judged(
    scores: Mapping[str, list[float | None]],
    days: list[int],
    first_days: Mapping[str, int] | None = None,
    standings: Mapping[str, list[int]] | None = None,
) -> Judged:
    """Answers by account, one a day of `days` (since the start of 2026); None is no score."""
    names = tuple(sorted(scores))
    rows = [(number, index) for index in range(len(days)) for number in range(len(names))]
    score = np.array([np.nan if (s := scores[names[a]][i]) is None else s for a, i in rows], dtype=np.float64)
    bounds = np.array([45.0, 75.0])
    return Judged(
        model="by_hand",
        version=1,
        tiers=TIERS,
        accounts=names,
        first_event_ms=np.array([START_MS + (first_days or {}).get(name, -365) * DAY_MS for name in names]),
        instants_ms=np.array([START_MS + day * DAY_MS for day in days]),
        account=np.array([a for a, _ in rows]),
        instant=np.array([i for _, i in rows]),
        score=score,
        tier=np.where(np.isnan(score), -1, np.searchsorted(bounds, score, side="right")),
        provisional=np.zeros(len(rows), dtype=np.bool_),
        standing=np.array([(standings or {}).get(names[a], [-1] * len(days))[i] for a, i in rows]),
    )


def outcomes(days: Mapping[str, float], until_day: int = 365, unknown: frozenset[str] = frozenset()) -> Outcomes:
    """Outcomes by account, in days since the start of 2026."""
    return Outcomes(
        kind="churn",
        definition="by hand",
        at_ms={name: START_MS + int(day * DAY_MS) for name, day in days.items()},
        observed_until_ms=START_MS + until_day * DAY_MS,
        unknown=unknown,
    )


def simulated(
    accounts: int = 400, skill: float = 1.0, seed: int = 1, months: int = 8, rate: float = 0.04, shift_days: int = 0
) -> Panel:
    """A book: about `rate` of the accounts leave a month. The score falls in the 60 days before, by `skill` standard
    deviations; with 0 it is noise. Labels may be wrong by `shift_days`."""
    rng = np.random.default_rng(seed)
    days = [30 * month for month in range(months)]
    leaves = rng.exponential(30 / rate, accounts)
    found: dict[str, list[float | None]] = {}
    for number in range(accounts):
        away = np.array([leaves[number] - day for day in days])
        near = (away > 0) & (away <= 60)
        own = rng.normal(0, 0.6)
        score = 75 + 12 * (own + rng.normal(0, 0.8, months) - skill * near)
        found[f"a{number:04}"] = [float(each) for each in np.clip(score, 0, 100)]
    left = {f"a{number:04}": float(day) + shift_days for number, day in enumerate(leaves) if day < 30 * months}
    return Panel.of(judged(found, days), outcomes(left, until_day=30 * months), 30 * DAY_MS)
