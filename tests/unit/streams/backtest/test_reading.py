"""The report read aloud."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.backtest.estimate import NONE, Estimate
from streams.backtest.figures import verdict
from streams.backtest.reading import first_line, headline, reading
from streams.backtest.report import Comparison, Flagged, Horizon, ModelReport, Report, Yardstick

SKILL, NOTHING = Estimate(0.9, 0.85, 0.95), Estimate(0.52, 0.44, 0.61)


def a_horizon(days: int, roc_auc: Estimate, churned: int = 80) -> Horizon:
    half = Estimate(0.5, 0.4, 0.6)
    flag = Flagged(flag="red", share_flagged=half, recall=half, precision=half, lift=half)
    return Horizon(
        days=days,
        accounts=200,
        rows=1_000,
        censored=0,
        churned_accounts=churned,
        churned_rows=churned,
        verdict=verdict(roc_auc),
        base_rate=half,
        roc_auc=roc_auc,
        pr_auc=half,
        flagged=(flag,),
    )


def a_model(name: str = "default", churned: int = 80, **by_days: Estimate) -> ModelReport:
    areas = {14: NONE, 30: SKILL, 60: SKILL, 90: SKILL, **{int(key.strip("d")): each for key, each in by_days.items()}}
    horizons = tuple(a_horizon(days, area, churned) for days, area in areas.items())
    return ModelReport(model=name, version=1, tiers={}, excluded=(), horizons=horizons)


def a_report(*models: ModelReport, **fields: Any) -> Report:
    report = Report(
        says="",
        outcome="churn",
        definition="by hand",
        arrival="",
        first_event="",
        observed_until="",
        instants=(),
        alerts_every_days=1,
        min_age_days=30,
        draws=100,
        seed=0,
        accounts=200,
        churned=80,
        models=models,
    )
    return reading(msgspec.structs.replace(report, **fields))


def test_the_first_line_begins_with_no_skill_when_the_interval_holds_one_half() -> None:
    line = first_line(a_report(a_model(d60=NOTHING)))
    assert line == (
        "no skill: default at 60 days ahead (ROC-AUC 0.52, 0.44 to 0.61; 80 accounts churned), skill at 30 and 90 days."
    )


def test_a_horizon_without_skill_is_in_the_first_line_too() -> None:
    assert first_line(a_report(a_model(d90=NOTHING))).endswith("80 accounts churned), no skill at 90 days.")


def test_of_several_models_those_without_skill_come_first() -> None:
    line = first_line(a_report(a_model("good"), a_model("bad", d60=NOTHING)))
    assert line.startswith("no skill: bad")
    assert "; skill: good at 60 days ahead" in line


def test_the_headline_is_the_longest_horizon_up_to_60_days_that_can_be_measured() -> None:
    assert headline(a_model()).days == 60
    assert headline(a_model(d60=NONE)).days == 30
    assert headline(a_model(d60=NONE, d30=NONE)).days == 90


def test_a_model_without_skill_is_not_to_be_acted_on_and_nothing_of_its_flags_is_concluded() -> None:
    (sentence,) = a_report(a_model(d60=NOTHING)).may
    assert sentence.endswith("Do not act on it.")


def test_few_outcomes_are_a_warning() -> None:
    assert any(
        "17 accounts churned, and the intervals are wide" in each for each in a_report(a_model(churned=17)).may_not
    )
    assert not any("intervals are wide" in each for each in a_report(a_model(churned=200)).may_not)


def test_models_are_told_apart_only_beyond_the_interval_and_not_without_common_rows() -> None:
    def compared(rows: int, difference: Estimate) -> str:
        each = Comparison(model="a", other="b", days=60, rows=rows, roc_auc_difference=difference)
        return a_report(a_model("a"), a_model("b"), comparisons=(each,)).may[-1]

    assert compared(9, Estimate(0.1, -0.1, 0.3)).startswith("a and b cannot be told apart at 60 days")
    assert compared(9, Estimate(-0.2, -0.3, -0.1)).startswith("b ranks better than a at 60 days")
    assert compared(0, NONE).startswith("a and b have no account and instant in common")


def test_a_better_yardstick_is_told() -> None:
    best = Estimate(0.97, 0.9, 0.99)
    plain = Yardstick(
        name="usage_14d",
        label="use of 14 days",
        days=60,
        rows=9,
        roc_auc=best,
        pr_auc=best,
        share_flagged=best,
        recall=best,
    )
    sentence = a_report(a_model(), yardsticks=(plain,)).may[-1]
    assert "use of 14 days: ROC-AUC 0.97, 0.90 to 0.99. The score is 0.07 below it." in sentence
