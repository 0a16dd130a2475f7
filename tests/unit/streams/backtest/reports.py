"""A whole report for tests, without a book of events: a simulated panel with all its figures."""

from __future__ import annotations

from functools import cache

from streams.backtest.comparison import comparisons
from streams.backtest.estimate import Estimate
from streams.backtest.horizon import horizon
from streams.backtest.outcomes import Note
from streams.backtest.panel import REASONS
from streams.backtest.reading import reading
from streams.backtest.report import AlertPrecision, Excluded, LeadTime, ModelReport, Report, Segment, Yardstick
from tests.unit.streams.backtest.panels import simulated

DAYS = (30, 60)
_FIGURE = Estimate(0.5, 0.4, 0.6)


@cache
def a_report(name: str = "default", skill: float = 2.0) -> Report:
    """Two models on one book, the second without skill; one segment has no name."""
    panels = [simulated(200, skill=skill), simulated(200, skill=0.0)]
    models = []
    for index, panel in enumerate(panels):
        horizons = tuple(horizon(panel, days, draws=50) for days in DAYS)
        lead = LeadTime(
            flag="red",
            churned=9,
            caught=6,
            share_caught=_FIGURE,
            p25=Estimate(3.0),
            p50=Estimate(12.0, 8.0, 19.0),
            p75=Estimate(30.0),
        )
        alert = AlertPrecision(
            rule="falls to red", days=60, alerts=20, followed=10, precision=_FIGURE, per_account_month=Estimate(0.1)
        )
        models.append(
            ModelReport(
                model=(name, "noise")[index],
                version=1,
                tiers={"red": 0.1, "yellow": 0.2, "green": 0.7},
                excluded=tuple(Excluded(reason=key, words=words, rows=3, accounts=2) for key, words in REASONS.items()),
                horizons=horizons,
                lead_times=(lead,),
                alerts=(alert,),
                segments=(Segment(segment="", horizons=horizons), Segment(segment="<b>pro", horizons=horizons)),
            )
        )
    plain = Yardstick(
        name="mrr", label="MRR", days=60, rows=9, roc_auc=_FIGURE, pr_auc=_FIGURE, share_flagged=_FIGURE, recall=_FIGURE
    )
    report = Report(
        says="",
        outcome="churn",
        definition="an account churned when its last subscription was cancelled",
        arrival="an event counts from when it happened",
        first_event="2026-01-01T00:00:00Z",
        observed_until="2026-08-29T00:00:00Z",
        instants=("2026-02-01T00:00:00Z",),
        alerts_every_days=1,
        min_age_days=30,
        draws=50,
        seed=0,
        accounts=200,
        churned=60,
        models=tuple(models),
        yardsticks=(plain,),
        comparisons=tuple(comparisons(panels, DAYS, 50, 0)),
        notes=(Note(code="x", count=9, words="9 accounts of the labels without any event", accounts=("<i>a", "b")),),
    )
    return reading(report)
