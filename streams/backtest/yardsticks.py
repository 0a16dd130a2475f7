"""Plain yardsticks beside a model, on its own rows: single facts, and a logistic regression on all of them."""

from __future__ import annotations

from streams.backtest.estimate import NONE
from streams.backtest.facts import PLAIN, risks, table
from streams.backtest.figures import areas, flagged, is_too_few, riskiest
from streams.backtest.panel import Bools, Floats, Panel
from streams.backtest.probability import out_of_fold
from streams.backtest.report import Yardstick
from streams.backtest.resampling import DRAWS, Resampler

LOGISTIC = "logistic"
LOGISTIC_LABEL = "logistic regression on the same facts"


def yardsticks(panel: Panel, days: int, *, draws: int = DRAWS, seed: int = 0) -> list[Yardstick]:
    """What plain facts are worth at a horizon, on the rows of a panel whose `facts` are those of `FACTS`.

    The recall is that at the share of rows that the model's worst tier flags.
    """
    seen = panel.observed(days)
    churned = seen.churned(days)
    resampler = Resampler(seen.account, draws, seed)
    part = float((seen.tier == 0).mean()) if len(seen) else 0.0
    ranked = [(name, PLAIN[name], risk) for name, risk in risks(seen).items()]
    if not is_too_few(resampler, churned):
        ranked.append((LOGISTIC, LOGISTIC_LABEL, logistic(seen, churned, seed)))
    return [_yardstick(name, label, days, risk, churned, resampler, part) for name, label, risk in ranked]


def logistic(panel: Panel, churned: Bools, seed: int) -> Floats:
    """The probability of churn by row, from the facts alone, by a regression that has not seen the account."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=2_000))
    return out_of_fold(model, table(panel.facts), panel.account, churned, seed)


def _yardstick(
    name: str, label: str, days: int, risk: Floats, churned: Bools, resampler: Resampler, part: float
) -> Yardstick:
    is_known = len(risk) > 0 and risk.min() < risk.max()
    roc, precision = areas(resampler, risk, churned) if is_known else (NONE, NONE)
    caught = flagged(resampler, name, riskiest(risk, part), churned)
    return Yardstick(
        name=name,
        label=label,
        days=days,
        rows=len(risk),
        roc_auc=roc,
        pr_auc=precision,
        share_flagged=caught.share_flagged,
        recall=caught.recall if is_known else NONE,
    )
