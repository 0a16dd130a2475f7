"""What other weights would have gained: learnt from earlier instants, tried on later ones, on other accounts."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from streams.backtest.estimate import Estimate, estimate, ratios
from streams.backtest.figures import riskiest
from streams.backtest.panel import Bools, Floats, Ints
from streams.backtest.probability import folds
from streams.backtest.resampling import DRAWS, Areas, Resampler
from streams.calibrate.data import CalibrationData
from streams.calibrate.weights import Fit, Likelihood, thinned

PENALTIES = (np.inf, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)
"""How much weights are held to the model's own, from wholly to hardly."""
LATER = 1 / 3
"""The share of the instants that weights are tried on."""
LEAST_FLAGGED = 0.01


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """The ROC-AUC, and the recall when `share_flagged` of the rows are flagged, under the model's own weights (`now`),
    under weights that had not seen them (`then`), and the difference. All over the later instants."""

    rows: int
    outcome_accounts: int
    penalty: float
    share_flagged: float
    auc_now: Estimate
    auc_then: Estimate
    auc_gain: Estimate
    recall_now: Estimate
    recall_then: Estimate
    recall_gain: Estimate

    @property
    def is_worth_it(self) -> bool:
        """Whether the whole interval of the gain in AUC lies above 0."""
        return self.auc_gain.low is not None and self.auc_gain.low > 0.0


def split(data: CalibrationData) -> tuple[Bools, Bools]:
    """Earlier rows, whose outcomes were all known by the first later instant, and later rows."""
    instants = data.instants_ms
    later = instants[-max(1, round(LATER * len(instants))) :]
    return data.instant_ms + data.horizon_ms <= later[0], data.instant_ms >= later[0]


def shrunk(data: CalibrationData, penalty: float) -> Fit:
    """The weights that all rows propose."""
    part, counts = thinned(data)
    return Likelihood(part, counts).fit(penalty)


def gain(data: CalibrationData, flagged_below: float, *, draws: int = DRAWS, seed: int = 0) -> Gain:
    """The gain of shrunk weights over the model's own. `flagged_below` is the bound whose share of flags is kept.

    The penalty is chosen on the earlier rows alone, by the log loss of accounts that the weights have not seen. There
    must be accounts with an outcome among the earlier rows.
    """
    earlier, later = (data.take(rows) for rows in split(data))
    parts = list(_parts(earlier, seed))
    losses = np.zeros(len(PENALTIES))
    fits: list[list[Fit]] = []
    for learn, held_out, _ in parts:
        part, counts = thinned(earlier.take(learn))
        likelihood = Likelihood(part, counts)
        fits.append([likelihood.fit(penalty) for penalty in PENALTIES])
        losses += [float(fit.loss(earlier.take(held_out)).sum()) for fit in fits[-1]]
    chosen = int(np.argmin(losses))
    then = later.score.copy()
    for (_, _, accounts), fitted in zip(parts, fits, strict=True):
        rows = np.isin(later.account, accounts)
        then[rows] = later.take(rows).computed(fitted[chosen].weights)
    return _compared(later, then, PENALTIES[chosen], flagged_below, draws, seed)


def _parts(earlier: CalibrationData, seed: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Rows to learn from, rows held out, and the accounts held out. An account without earlier rows is in no part, and
    keeps its score; there are few."""
    for learn, held_out in folds(earlier.account, earlier.has_outcome, seed):
        yield learn, held_out, np.unique(earlier.account[held_out])


def _compared(
    later: CalibrationData, then: Floats, penalty: float, flagged_below: float, draws: int, seed: int
) -> Gain:
    resampler = Resampler(later.account, draws, seed)
    outcome, now = later.has_outcome, later.score
    areas = [_area(resampler, score, outcome) for score in (now, then)]
    share = max(LEAST_FLAGGED, float((now < flagged_below).mean()))
    recalls = [_recall(resampler, riskiest(-score, share), outcome) for score in (now, then)]
    return Gain(
        rows=len(later),
        outcome_accounts=later.outcome_accounts,
        penalty=penalty,
        share_flagged=share,
        auc_now=estimate(*areas[0]),
        auc_then=estimate(*areas[1]),
        auc_gain=_difference(*areas),
        recall_now=estimate(*recalls[0]),
        recall_then=estimate(*recalls[1]),
        recall_gain=_difference(*recalls),
    )


def _area(resampler: Resampler, score: Floats, outcome: Bools) -> tuple[float, Floats]:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(outcome, -score)), Areas.of(resampler, -score, outcome).roc


def _recall(resampler: Resampler, flag: Floats, outcome: Bools) -> tuple[float, Floats]:
    drawn = ratios(resampler.sums(flag * outcome), resampler.sums(outcome))
    return float(flag[outcome].mean()), drawn


def _difference(now: tuple[float, Floats], then: tuple[float, Floats]) -> Estimate:
    return estimate(then[0] - now[0], then[1] - now[1])
