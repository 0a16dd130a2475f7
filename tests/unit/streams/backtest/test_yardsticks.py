"""Plain facts beside a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring.model.model import Model
from streams.backtest.facts import FACTS, SEGMENT, facts_model, risks, table
from streams.backtest.panel import Floats, Panel
from streams.backtest.yardsticks import yardsticks
from tests.unit.streams.backtest.panels import simulated


def with_facts(panel: Panel, **given: Floats) -> Panel:
    """Facts that know nothing, but for those that are given."""
    blank = {name: np.full(len(panel), 5.0) for name in FACTS}
    return replace(panel, facts={**blank, **given})


def test_the_facts_are_signals_of_a_valid_model_whatever_the_segment_is_called() -> None:
    for by in ("plan", "", 'a "b" \\ c\n'):
        model = facts_model(by)
        assert isinstance(model, Model)
        assert {*FACTS, SEGMENT} <= set(model.signals)


def test_the_score_itself_as_a_fact_is_worth_what_the_score_is_and_so_is_a_regression_on_it() -> None:
    panel = simulated(skill=2.0)
    found = {each.name: each for each in yardsticks(with_facts(panel, usage_14d=panel.score), 60, draws=100)}
    assert (found["usage_14d"].roc_auc.value or 0) > 0.85
    assert found["logistic"].roc_auc.value == pytest.approx(found["usage_14d"].roc_auc.value, abs=0.03)
    assert found["usage_14d"].share_flagged.value == pytest.approx((panel.observed(60).tier == 0).mean())


def test_a_fact_that_is_the_same_for_all_says_nothing() -> None:
    found = {each.name: each for each in yardsticks(with_facts(simulated()), 60, draws=50)}
    assert found["tickets"].roc_auc.value is None


def test_more_silence_more_tickets_less_use_and_less_money_speak_for_churn() -> None:
    panel = simulated(60, months=2)
    rising = np.arange(len(panel), dtype=np.float64)
    facts = dict.fromkeys(("usage_14d", "silent_days", "tickets_30d", "mrr", "usage_before"), rising)
    found = risks(with_facts(panel, **facts))
    assert (np.diff(found["silent"]) > 0).all()
    assert (np.diff(found["tickets"]) > 0).all()
    assert (np.diff(found["usage_14d"]) < 0).all()
    assert (np.diff(found["mrr"]) < 0).all()


def test_what_is_unknown_leaves_no_hole() -> None:
    panel = simulated(60, months=2)
    unknown = with_facts(panel, **{name: np.full(len(panel), np.nan) for name in FACTS})
    assert np.isfinite(table(unknown.facts)).all()
    assert all(np.isfinite(risk).all() for risk in risks(unknown).values())
