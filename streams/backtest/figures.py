"""The figures of one way to rank accounts, at one horizon: areas, and what each way to flag catches."""

from __future__ import annotations

import numpy as np

from streams.backtest.estimate import NONE, Estimate, estimate, ratio, ratios, share
from streams.backtest.panel import Bools, Floats, Panel
from streams.backtest.report import Flagged, Verdict
from streams.backtest.resampling import Areas, Resampler

FEWEST_CHURNED = 5
"""With fewer accounts that churned, or that stayed, areas have no interval: the bootstrap would flatter it."""
LOWEST_TENTH = "lowest tenth"


def areas(resampler: Resampler, risk: Floats, churned: Bools) -> tuple[Estimate, Estimate]:
    """The ROC-AUC and the average precision (PR-AUC), with intervals; without a value where there is only one class."""
    if not churned.any() or churned.all():
        return NONE, NONE
    from sklearn.metrics import average_precision_score, roc_auc_score

    roc, precision = float(roc_auc_score(churned, risk)), float(average_precision_score(churned, risk))
    if is_too_few(resampler, churned):
        return Estimate(roc), Estimate(precision)
    draws = Areas.of(resampler, risk, churned)
    return estimate(roc, draws.roc), estimate(precision, draws.precision)


def is_too_few(resampler: Resampler, churned: Bools) -> bool:
    """Whether too few accounts churned, or stayed, to say anything."""
    return min(resampler.accounts_with(churned), resampler.accounts_with(~churned)) < FEWEST_CHURNED


def verdict(roc_auc: Estimate) -> Verdict:
    """What the interval of the ROC-AUC says.

    >>> verdict(Estimate(0.7, 0.6, 0.8)), verdict(Estimate(0.6, 0.45, 0.7)), verdict(Estimate(0.9))
    ('skill', 'no skill', 'too few outcomes')
    """
    if roc_auc.low is None or roc_auc.high is None:
        return "too few outcomes"
    if roc_auc.holds(0.5):
        return "no skill"
    return "skill" if roc_auc.low > 0.5 else "worse than chance"


def flagged(resampler: Resampler, name: str, flag: Floats, churned: Bools) -> Flagged:
    """What a flag catches. `flag` is 0-1 by row: rows that share a rank at the edge are flagged in part."""
    rows, churners = len(flag), float(churned.sum())
    hit, hits = float(flag[churned].sum()), resampler.sums(flag * churned)
    flags, flags_drawn = float(flag.sum()), resampler.sums(flag)
    all_drawn, churners_drawn = resampler.sums(np.ones(rows)), resampler.sums(churned)
    precision = share(hit, flags, hits, flags_drawn, resampler.accounts_with(flag > 0))
    base = ratio(churners, rows)
    lift = estimate(
        ratio(ratio(hit, flags), base), ratios(ratios(hits, flags_drawn), ratios(churners_drawn, all_drawn))
    )
    if base > 0 and lift.low == lift.high and precision.low is not None and precision.high is not None:
        # No draw differs: by the exact interval.
        lift = Estimate(lift.value, precision.low / base, precision.high / base)
    return Flagged(
        flag=name,
        share_flagged=share(flags, rows, flags_drawn, all_drawn, resampler.size),
        recall=share(hit, churners, hits, churners_drawn, resampler.accounts_with(churned)),
        precision=precision,
        lift=lift,
    )


def riskiest(risk: Floats, part: float) -> Floats:
    """A flag for the riskiest `part` (0-1) of the rows; rows of one risk at the edge share what is left.

    >>> riskiest(np.array([3.0, 1.0, 1.0, 2.0]), 0.75).tolist()
    [1.0, 0.5, 0.5, 1.0]
    """
    wanted = part * len(risk)
    _, group, counts = np.unique(-risk, return_inverse=True, return_counts=True)
    before = np.cumsum(counts) - counts
    flag: Floats = np.clip((wanted - before) / counts, 0.0, 1.0)[group]
    return flag


def tier_flags(panel: Panel) -> list[tuple[str, Floats]]:
    """The ways to flag by tier: the worst, and the worst two where there are three or more; and the lowest tenth."""
    found = [(panel.tiers[0], (panel.tier == 0).astype(np.float64))] if panel.tiers else []
    if len(panel.tiers) > 2:
        found.append((" or ".join(panel.tiers[:2]), (panel.tier <= 1).astype(np.float64)))
    return [*found, (LOWEST_TENTH, riskiest(-panel.score, 0.1))]
