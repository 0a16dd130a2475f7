"""The trajectory: closes, today, pins, marks of models."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from dashboard.queries.account.timeline import timeline_of
from dashboard.queries.account.trajectory import trajectory_of
from dashboard.values.account import ForecastStep
from scoring.instants import DAY_MS
from streams.read_model.account_values import History
from tests.support.dashboard.kept_account import START, KeptAccount, kept_account, trouble_at, use_until


@pytest.fixture(scope="module")
def troubled() -> KeptAccount:
    return kept_account([*use_until(60), *trouble_at(62)], 68)


def test_it_has_the_closes_of_the_span_and_today(troubled: KeptAccount) -> None:
    found = trajectory_of(troubled.kept, troubled.plan, 4, troubled.now_ms, ())
    assert len(found.days) == 4 * 7 + 1
    assert found.days[-1].day == "2026-11-08"
    assert found.days[-1].score == troubled.kept.answer.score
    assert found.days[-2].score == troubled.kept.history.days[-1].score
    assert found.bounds == (("red", 0.0), ("yellow", 68.0), ("green", 72.0))
    assert len(found.days[0].points) == len(found.components) == 15


def test_an_account_younger_than_the_span_has_the_days_that_there_are(troubled: KeptAccount) -> None:
    found = trajectory_of(troubled.kept, troubled.plan, 52, troubled.now_ms, ())
    assert found.days[0].day == "2026-09-01"
    assert len(found.days) == 69


def test_days_of_silence_since_the_last_answer_keep_its_score(troubled: KeptAccount) -> None:
    later = troubled.now_ms + 5 * DAY_MS
    found = trajectory_of(troubled.kept, troubled.plan, 4, later, ())
    assert len(found.days) == 29
    assert {round(day.score or 0, 2) for day in found.days[-6:]} == {round(troubled.kept.answer.score or 0, 2)}


def test_pins_are_those_of_the_timeline(troubled: KeptAccount) -> None:
    pins = trajectory_of(troubled.kept, troubled.plan, 8, troubled.now_ms, ()).pins
    lines = {each.pin: each for each in timeline_of(troubled.kept, troubled.plan, 8, troubled.now_ms) if each.pin}
    assert [pin.number for pin in pins] == [1, 2, 3]
    assert all(lines[pin.number].at_ms == pin.at_ms and pin.words in lines[pin.number].words for pin in pins)


def test_another_model_is_marked_on_the_day_on_which_it_came(troubled: KeptAccount) -> None:
    days = tuple(
        msgspec.structs.replace(day, model="default@3") if day.day < START // DAY_MS + 50 else day
        for day in troubled.kept.history.days
    )
    kept = replace(troubled.kept, history=History(components=troubled.kept.history.components, days=days))
    marks = trajectory_of(kept, troubled.plan, 8, troubled.now_ms, ()).models
    assert [(mark.at_ms, mark.words) for mark in marks] == [(START + 50 * DAY_MS, "default v4 replaced default v3")]


def test_what_silence_brings_is_passed_on_and_an_account_without_history_is_one_day(troubled: KeptAccount) -> None:
    step = ForecastStep(at_ms=1, score=1.0, tier="red", words="")
    kept = replace(troubled.kept, history=History(), movements=())
    found = trajectory_of(kept, None, 8, troubled.now_ms, (step,))
    assert (len(found.days), found.pins, found.models, found.bounds) == (1, (), (), ())
    assert found.ahead == (step,)
