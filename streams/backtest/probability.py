"""Probabilities from scores, calibrated out of fold, and what they are worth: Brier and reliability."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from streams.backtest.estimate import Estimate, estimate, share
from streams.backtest.figures import is_too_few
from streams.backtest.panel import Bools, Floats, Ints, Panel
from streams.backtest.report import Decile, Probability
from streams.backtest.resampling import Resampler

FOLDS = 5
ISOTONIC_FROM = 200
"""The number of churned accounts from which a curve of any shape is fitted; with fewer, a logistic curve."""
DRAWS_FOR_ONE = 5
"""A decomposition fits a curve: one is made for this many draws."""
_ROWS_DECOMPOSED = 20_000_000
"""How many rows are decomposed at most, over all draws."""


def folds(account: Ints, churned: Bools, seed: int) -> list[tuple[Ints, Ints]]:
    """Rows to learn from and rows to predict, by account: no account is on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    parts = min(FOLDS, len(np.unique(account[churned])), len(np.unique(account[~churned])))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # few members of a class: as even as it goes
        return list(splitter.split(np.zeros(len(account)), churned, account))


def out_of_fold(model: Any, facts: Floats, account: Ints, churned: Bools, seed: int) -> Floats:
    """The probability of churn by row, by a model of scikit-learn that has not seen the account."""
    from sklearn.base import clone

    found = np.full(len(account), churned.mean())
    for learn, predict in folds(account, churned, seed):
        if churned[learn].any() and not churned[learn].all():
            fitted = clone(model).fit(facts[learn], churned[learn])
            found[predict] = fitted.predict_proba(facts[predict])[:, 1]
    return found


def calibrated(panel: Panel, churned: Bools, seed: int) -> tuple[Floats, str]:
    """The probability of churn by row from the score alone, and how it was found."""
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(panel.account[churned])) < ISOTONIC_FROM:
        model = LogisticRegression(C=1e4, max_iter=1_000)
        found = out_of_fold(model, (panel.score[:, None] - 50) / 25, panel.account, churned, seed)
        return found, "logistic, out of fold by account"
    found = np.full(len(panel), churned.mean())
    for learn, predict in folds(panel.account, churned, seed):
        curve = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(panel.score[learn], churned[learn])
        found[predict] = curve.predict(panel.score[predict])
    return found, "isotonic, out of fold by account"


def probability(panel: Panel, churned: Bools, resampler: Resampler, seed: int) -> Probability | None:
    """What calibrated probabilities are worth; None where too few accounts churned or stayed."""
    if is_too_few(resampler, churned):
        return None
    given, how = calibrated(panel, churned, seed)
    parts = _decomposed(churned, given, None)
    draws = min(resampler.draws // DRAWS_FOR_ONE, max(20, _ROWS_DECOMPOSED // max(len(panel), 1)))
    drawn = {name: np.full(draws, np.nan) for name in parts}
    for draw in range(draws):
        weights = resampler.weights[draw][resampler.row].astype(np.float64)
        present = weights > 0
        for name, value in _decomposed(churned[present], given[present], weights[present]).items():
            drawn[name][draw] = value
    return Probability(
        calibration=how,
        brier=_brier(resampler, given, churned, parts["score"]),
        miscalibration=_unbiased(parts["miscalibration"], drawn["miscalibration"]),
        discrimination=_unbiased(parts["discrimination"], drawn["discrimination"]),
        uncertainty=estimate(parts["uncertainty"], drawn["uncertainty"]),
        skill=estimate(1 - parts["score"] / parts["uncertainty"], 1 - drawn["score"] / drawn["uncertainty"]),
        reliability=_deciles(panel, given, churned, resampler),
    )


def _unbiased(value: float, draws: Floats) -> Estimate:
    """The interval of a figure that rests on a fitted curve: a curve fits draws with repeated rows too well, so their
    mean is moved to the figure."""
    return estimate(value, np.maximum(draws - np.nanmean(draws) + value, 0.0))


def _brier(resampler: Resampler, given: Floats, churned: Bools, value: float) -> Estimate:
    loss = (given - churned) ** 2
    return estimate(value, resampler.sums(loss) / resampler.sums(np.ones(len(loss))))


def _decomposed(churned: Bools, given: Floats, weights: Floats | None) -> dict[str, float]:
    """Miscalibration, discrimination, uncertainty and their sum, the Brier score."""
    from model_diagnostics.scoring import SquaredError, decompose

    if not churned.any() or churned.all():
        return dict.fromkeys(("miscalibration", "discrimination", "uncertainty", "score"), np.nan)
    found = decompose(churned.astype(np.float64), given, weights, scoring_function=SquaredError())
    return {name: float(found[name][0]) for name in ("miscalibration", "discrimination", "uncertainty", "score")}


def _deciles(panel: Panel, given: Floats, churned: Bools, resampler: Resampler) -> tuple[Decile, ...]:
    edges = np.unique(np.quantile(panel.score, np.linspace(0, 1, 11)))
    tenth = np.clip(np.searchsorted(edges, panel.score, side="right") - 1, 0, max(len(edges) - 2, 0))
    found = []
    for number in np.unique(tenth):
        rows = tenth == number
        counted, left = float(rows.sum()), float(churned[rows].sum())
        drawn, drawn_left = resampler.sums(rows), resampler.sums(rows & churned)
        found.append(
            Decile(
                rows=int(counted),
                score_from=float(panel.score[rows].min()),
                score_to=float(panel.score[rows].max()),
                predicted=float(given[rows].mean()),
                observed=share(left, counted, drawn_left, drawn, resampler.accounts_with(rows)),
            )
        )
    return tuple(found)
