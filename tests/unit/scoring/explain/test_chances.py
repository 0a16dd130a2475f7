"""Probabilities of outcomes beside a score."""

from __future__ import annotations

import msgspec
import pytest

from scoring.explain.chances import chances_of
from scoring.model import schema
from scoring.model.loader import load_preset
from scoring.result import Override
from tests.builders import a_snapshot

FALLS = schema.Calibration(within="60d", points=((0, 0.5, 0.4, 0.7), (100, 0.1, 0.0, 0.2)))
RISES = schema.Calibration(within="90d", points=((0, 0.0, 0.0, 0.1), (100, 0.4, 0.2, 0.6)))
MODEL = msgspec.structs.replace(load_preset("default"), calibrations={"churn": FALLS, "expansion": RISES})


def test_churn_is_shown_as_renewal_and_expansion_as_readiness() -> None:
    renewal, readiness = chances_of(MODEL, a_snapshot(score=50.0))
    assert (renewal.outcome, renewal.within_days) == ("renewal", 60.0)
    assert (renewal.probability, renewal.low, renewal.high) == pytest.approx((0.7, 0.55, 0.8))
    assert renewal.words == "Renewal probability within 60 days: 70 % (55 to 80)"
    assert readiness.words == "Upsell readiness within 90 days: 20 % (10 to 35)"


def test_without_a_curve_or_a_score_there_is_none() -> None:
    assert chances_of(load_preset("default"), a_snapshot()) == ()
    assert chances_of(MODEL, a_snapshot(score=None, tier="")) == ()


def test_an_override_leaves_the_probability_that_of_the_models_own_score() -> None:
    by_hand = Override(score=5.0, reason="", author="ada", set_ms=0, until_ms=1)
    renewal, _ = chances_of(MODEL, a_snapshot(score=5.0, override=by_hand, beneath=100.0))
    assert renewal.probability == pytest.approx(0.9)
