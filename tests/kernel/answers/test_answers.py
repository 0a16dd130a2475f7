"""An answer read from the kernel is that of the reference, byte by byte."""

from __future__ import annotations

import random
from functools import cache

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.model.frozen import Frozen
from scoring.model.loader import PRESETS, load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreContent
from streams.kernel.kernel import is_built
from tests.builders import at_ms, ticket, usage
from tests.kernel.answers.answered import AnsweredFlood, answer_all, compare_answers, others
from tests.kernel.both import Both, BothCohort, Difference
from tests.oracle import DAY_MS
from tests.properties.strategies import History, histories
from tests.support.examples import examples

FUTURE_MS = at_ms("2100-01-01T00:00Z")
SEEDS = 20
PASSED_ON = {"account_id", "last_transition", "forecast", "cases", "profile"}
"""Parts of an answer that are passed on as they are given, and seldom in a flood."""
ELSEWHERE = {"past_bounds", "signs"}
"""Those that have tests of their own."""
pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")


@cache
def answers_of(seed: int) -> list[ScoreContent]:
    """The answers of a flood, compared."""
    flood = AnsweredFlood(seed)
    flood.run(60)
    return [msgspec.json.decode(answer, type=ScoreContent) for answer in flood.answers]


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_flood(seed: int) -> None:
    assert answers_of(seed)


def test_floods_have_something_of_each_part() -> None:
    """Else equal answers would say little."""
    every = [answer for seed in range(SEEDS) for answer in answers_of(seed)]
    for field in set(ScoreContent.__struct_fields__) - PASSED_ON - ELSEWHERE:
        assert len({repr(getattr(answer, field)) for answer in every}) > 1, field
    assert {answer.unscored for answer in every} >= {"", "evidence", "norm"}
    keys = {key for answer in every for detail in answer.details.values() for key in detail}
    assert keys >= {"count", "oldest_days", "day0", "due"}


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_from_before_the_first_event(name: str) -> None:
    cohort, luck = BothCohort(Plan(load_preset(name))), random.Random(name)
    begins_ms = at_ms("2026-05-10T10:20:30Z")
    fresh = Both(cohort.kernel, begins_ms)
    compare_answers(fresh, {})
    for day in range(0, 120, 7):
        for sent in (usage("acme", at=begins_ms + day * DAY_MS), ticket("acme", at=begins_ms + day * DAY_MS + 1)):
            event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
            both = cohort.apply(event, event.occurred_at_ms, looks=False)
            compare_answers(both, others(both, luck))
        if day == 70:
            cohort.set_norm(cohort.kernel.plan.norm_part(both.account))
    both.advance_by_timers(both.account.as_of_ms + 100 * DAY_MS, 5)
    compare_answers(both, {})


@examples(60)
@given(histories(), st.randoms(use_true_random=False))
def test_a_history_with_and_without_a_norm(history: History, luck: random.Random) -> None:
    plan = Plan(history.model)
    cohort = BothCohort(plan)
    for sent in history.arrivals:
        event = plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        both = cohort.apply(event, event.occurred_at_ms, looks=False)
        if luck.random() < 0.3:
            cohort.set_norm(plan.norm_part(both.account))
        if luck.random() < 0.3:
            both.freeze(Frozen({each.name: (None, 1.0) for each in plan.primary.components[::2]}))
        compare_answers(both, others(both, luck))
    for both in cohort.accounts.values():
        both.advance_by_timers(history.end_ms + luck.randrange(60 * DAY_MS), 3)
    answer_all(cohort)


def test_a_difference_is_seen() -> None:
    """The comparison itself: an event that only the kernel has."""
    cohort = BothCohort(Plan(load_preset("default")))
    sent = usage("acme", at="2026-05-10T10:20:30Z")
    event = cohort.kernel.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
    both = cohort.apply(event, event.occurred_at_ms)
    compare_answers(both, {})
    cohort.kernel.apply(both.number, msgspec.structs.replace(event, event_id=""), event.occurred_at_ms)
    with pytest.raises(Difference):
        compare_answers(both, {})
