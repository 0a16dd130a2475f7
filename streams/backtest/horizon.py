"""A model at one horizon: all its figures together."""

from __future__ import annotations

import numpy as np

from streams.backtest.estimate import share
from streams.backtest.figures import areas, flagged, tier_flags, verdict
from streams.backtest.panel import Panel
from streams.backtest.probability import probability
from streams.backtest.report import Horizon
from streams.backtest.resampling import DRAWS, Resampler


def horizon(panel: Panel, days: int, *, draws: int = DRAWS, seed: int = 0, probabilities: bool = True) -> Horizon:
    """The figures of a panel at `days` ahead, over the rows whose horizon was observed to its end."""
    seen = panel.observed(days)
    churned = seen.churned(days)
    resampler = Resampler(seen.account, draws, seed)
    roc, precision = areas(resampler, -seen.score, churned)
    churners, ones = resampler.accounts_with(churned), np.ones(len(seen))
    return Horizon(
        days=days,
        accounts=resampler.size,
        rows=len(seen),
        censored=len(panel) - len(seen),
        churned_accounts=churners,
        churned_rows=int(churned.sum()),
        verdict=verdict(roc),
        base_rate=share(float(churned.sum()), len(seen), resampler.sums(churned), resampler.sums(ones), resampler.size),
        roc_auc=roc,
        pr_auc=precision,
        flagged=tuple(flagged(resampler, name, flag, churned) for name, flag in tier_flags(seen)),
        probability=probability(seen, churned, resampler, seed) if probabilities else None,
    )
