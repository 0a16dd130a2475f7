"""What a score snapshot says for the forecast."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from scoring.instants import DAY_MS, parse_instant
from scoring.model import schema
from scoring.model.loader import load_model
from scoring.result import Override, ScoreSnapshot
from streams.accuracy.looks import look_of

MODEL = load_model("""
[model]
name = "ours"

[signals.use]
kind = "count"
topics = ["analytics"]
window = "30d"

[signals.renewal]
kind = "last"
topics = ["billing"]
property = "renewal_date"
type = "text"

[components.use]
shape = "linear"
signal = "use"
points = [[0, 0], [10, 100]]
weight = 1

[calibrations.churn]
within = "30d"
points = [[0, 0.5, 0.4, 0.6], [100, 0.1, 0.0, 0.2]]
""")


def snapshot(score: float | None = 50.0, tier: str = "yellow", **more: Any) -> ScoreSnapshot:
    facts = more.pop("facts", {})
    return ScoreSnapshot(
        account_id="acme",
        score=score,
        tier=tier,
        model="ours",
        model_version=1,
        coverage=1.0,
        components={},
        facts=facts,
        mrr=None,
        plan=None,
        as_of="2026-03-01T00:00:00Z",
        as_of_ms=0,
        generation=1,
        version=1,
        **more,
    )


def test_the_probability_is_that_of_the_curve_at_the_score() -> None:
    look = look_of(snapshot(), MODEL)
    assert look.probability == pytest.approx(0.3)
    assert (look.within_days, look.is_flagged, look.has_left) == (30, False, False)
    assert look_of(snapshot(10.0, "red"), MODEL).is_flagged


def test_without_a_curve_a_score_or_a_model_there_is_no_probability() -> None:
    bare = msgspec.structs.replace(MODEL, calibrations={})
    assert look_of(snapshot(), bare).probability is None
    assert look_of(snapshot(None, ""), MODEL).probability is None
    unknown = look_of(snapshot(), None)
    assert (unknown.probability, unknown.is_flagged, unknown.renewal_day) == (None, False, -1)


def test_an_override_leaves_the_probability_that_of_the_models_own_score() -> None:
    by_hand = Override(score=5.0, reason="", author="ada", set_ms=0, until_ms=1)
    look = look_of(snapshot(5.0, "red", override=by_hand, beneath=100.0), MODEL)
    assert look.probability == pytest.approx(0.1)
    assert look.is_flagged


def test_an_account_in_a_standing_has_left() -> None:
    assert look_of(snapshot(None, "", standing="churned"), MODEL).has_left


@pytest.mark.parametrize("written", ["2026-12-31", "2026-12-31T10:00:00Z", 1_798_675_200])
def test_the_renewal_date_is_read_from_the_trait(written: str | int) -> None:
    look = look_of(snapshot(facts={"renewal": written}), MODEL)
    assert look.renewal_day == parse_instant("2026-12-31T00:00:00Z") // DAY_MS


@pytest.mark.parametrize("written", [None, "", "soon", 0])
def test_what_is_no_date_is_no_renewal_date(written: str | int | None) -> None:
    assert look_of(snapshot(facts={"renewal": written}), MODEL).renewal_day == -1
    assert isinstance(MODEL.signals["renewal"], schema.Last)
