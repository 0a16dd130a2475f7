"""Two models on the rows that both judge: is one better, or does it only look so?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from streams.backtest.estimate import NONE, Estimate, estimate
from streams.backtest.figures import is_too_few
from streams.backtest.panel import Bools, Ints, Panel
from streams.backtest.report import Comparison
from streams.backtest.resampling import Areas, Resampler


def comparisons(panels: list[Panel], horizons: Iterable[int], draws: int, seed: int) -> Iterator[Comparison]:
    """Every pair of models, at each horizon. With no common row there is no difference."""
    for left, right in combinations(panels, 2):
        ours, theirs = common(left, right)
        for days in horizons:
            first, second = left.take(ours).observed(days), right.take(theirs).observed(days)
            yield Comparison(
                model=left.model,
                other=right.model,
                days=days,
                rows=len(first),
                roc_auc_difference=_difference(first, second, days, draws, seed),
            )


def common(left: Panel, right: Panel) -> tuple[Bools, Bools]:
    """Of each panel, the rows of an account and instant that are in both; the same in number and order."""
    ours, theirs = _keys(left), _keys(right)
    return np.isin(ours, theirs), np.isin(theirs, ours)


def _keys(panel: Panel) -> Ints:
    return panel.at_ms * len(panel.accounts) + panel.account


def _difference(first: Panel, second: Panel, days: int, draws: int, seed: int) -> Estimate:
    churned = first.churned(days)
    resampler = Resampler(first.account, draws, seed)
    if is_too_few(resampler, churned):
        return NONE
    from sklearn.metrics import roc_auc_score

    value = roc_auc_score(churned, -first.score) - roc_auc_score(churned, -second.score)
    drawn = [Areas.of(resampler, -each.score, churned).roc for each in (first, second)]
    return estimate(float(value), drawn[0] - drawn[1])
