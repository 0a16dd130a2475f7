"""Why a score is what it is: points that add up, drivers, and words that name counts and days."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.cohort import Cohort
from scoring.explain import answer_of, earned, event_words, expiry_words, health_score, norm_words, score_of
from scoring.health import HealthScore
from scoring.model import Model, load_preset
from scoring.plan import Plan
from tests.builders import Sent, a_model, an_exception, at_ms, subscription, ticket, usage

NOON = at_ms("2026-10-22T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
COUNT = {"kind": "count", "window": "30d", "label": "product events"}
RATIO = {"shape": "ratio", "signal": "usage", "of": 10}


def parts(*weights: float, combine: str = "mean") -> Plan:
    components = {f"part{number}": RATIO | {"weight": weight} for number, weight in enumerate(weights)}
    return Plan(a_model({"usage": COUNT}, components, combine=combine))


def scored(plan: Plan, *judgements: float | None) -> HealthScore:
    score = score_of(plan, list(judgements), [f"words {number}" for number in range(len(judgements))])
    assert score is not None
    return score


def cohort_of(model: Model, *events: Sent) -> Cohort:
    cohort = Cohort(Plan(model))
    for sent in events:
        cohort.apply(cohort.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50))
    return cohort


def test_points_earned_sum_to_the_score_and_points_possible_to_a_hundred() -> None:
    score = scored(parts(50, 30, 20), 100.0, 50.0, 0.0)
    assert [each.points for each in score.contributions] == pytest.approx([50, 15, 0])
    assert [each.possible for each in score.contributions] == pytest.approx([50, 30, 20])
    assert score.value == pytest.approx(65)
    assert [each.words for each in score.contributions] == ["words 0", "words 1", "words 2"]


def test_what_has_no_evidence_is_left_out_and_the_others_share_its_weight() -> None:
    score = scored(parts(50, 30, 20), 100.0, None, 0.0)
    assert [each.possible for each in score.contributions] == pytest.approx([500 / 7, 0, 200 / 7])
    assert score.contributions[1].judgement is None
    assert score.value == pytest.approx(500 / 7)
    assert score.coverage == pytest.approx(0.7)
    assert [driver.component for driver in score.drivers] == ["part2"]


@pytest.mark.parametrize(("plan", "judgements"), [(parts(50, 50), [None, None]), (parts(0, 1), [80.0, None])])
def test_without_any_evidence_that_weighs_there_is_no_score(plan: Plan, judgements: list[float | None]) -> None:
    assert score_of(plan, judgements, ["", ""]) is None


def test_a_model_that_adds_up_wants_all_its_parts() -> None:
    assert score_of(parts(40, 60, combine="sum"), [100.0, None], ["", ""]) is None


def test_in_a_model_that_adds_up_points_may_be_lost_below_nothing() -> None:
    plan = Plan(load_preset("usage-trend-friction"))
    score = scored(plan, 10.0, -100.0, 50.0)
    assert [each.points for each in score.contributions] == pytest.approx([4, -30, 15])
    assert [each.possible for each in score.contributions] == pytest.approx([40, 30, 30])
    assert (score.value, score.tier) == (0.0, "red")
    assert [driver.component for driver in score.drivers] == ["trend", "usage", "friction"]


def test_the_three_drivers_are_what_loses_most_worst_first_and_nothing_that_loses_nothing() -> None:
    score = scored(parts(10, 40, 20, 30), 0.0, 90.0, 50.0, 80.0)
    assert [driver.component for driver in score.drivers] == ["part0", "part2", "part3"]
    assert [driver.lost for driver in score.drivers] == pytest.approx([10, 10, 6])
    assert scored(parts(1, 1), 100.0, 100.0).drivers == ()


@settings(deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 1_000), st.none() | st.floats(0, 100)), min_size=1, max_size=8))
def test_whatever_the_weights_the_points_sum_to_the_score(drawn: list[tuple[float, float | None]]) -> None:
    weights, judgements = [weight for weight, _ in drawn], [judgement for _, judgement in drawn]
    if sum(weights) <= 0:
        weights[0] = 1.0
    plan = parts(*weights)
    value = plan.value(judgements)
    assert sum(earned(plan, judgements)) == pytest.approx(value or 0.0, abs=1e-6)
    assert value is None or 0 <= value <= 100


# --- words


def expired(model: Model, hours: int, *events: Sent) -> str:
    """What is said when the account, idle since its last event, reaches so many hours after noon."""
    cohort = cohort_of(model, *events)
    plan, account = cohort.plan, cohort.accounts["acme"]
    before = plan.judge(account, {})
    account.advance(plan, NOON + hours * HOUR)
    return expiry_words(plan, account, {}, before, plan.judge(account, {}))


def one_signal(**signal: Any) -> Model:
    return a_model({"usage": COUNT | signal}, {"usage": RATIO | {"weight": 1}})


def test_an_expiry_names_how_many_of_which_day_left_which_window() -> None:
    words = expired(one_signal(), 30 * 24, *[usage(at=NOON)] * 412, usage(at=NOON + HOUR))
    assert words == "412 product events of 22 October left the 30-day window"


def test_an_expiry_of_many_days_names_the_two_latest_and_sums_the_others() -> None:
    events = [usage(at=NOON + day * DAY) for day in range(4) for _ in range(day + 1)]
    words = expired(one_signal(), 33 * 24, *events)
    assert (
        words == "3 product events of 24 October and 4 product events of 25 October and 3 older left the 30-day window"
    )


def test_silence_is_said_in_days() -> None:
    model = a_model(
        {"silence": {"kind": "since_last", "label": "login"}},
        {"recency": {"shape": "linear", "signal": "silence", "points": [[0, 100], [30, 0]], "weight": 1}},
    )
    assert expired(model, 24, usage(at=NOON)) == "no login in 1 day"
    assert expired(model, 15 * 24, usage(at=NOON)) == "no login in 15 days"


def test_what_has_nothing_to_do_with_the_component_that_moved_is_not_told() -> None:
    signals = {"usage": COUNT, "errors": COUNT | {"topics": ["exceptions"], "label": "errors", "window": "1d"}}
    fall = [[0, 100], [10, 0]]
    components = {
        "usage": RATIO | {"weight": 1},
        "friction": {"shape": "linear", "signal": "errors", "points": fall, "weight": 1},
    }
    words = expired(a_model(signals, components), 24, usage(at=NOON), an_exception(at=NOON))
    assert words == "1 errors of 22 October left the 1-day window"


def test_an_event_is_told_with_what_it_did_to_the_component_that_it_moved_most() -> None:
    cohort = cohort_of(load_preset("default"), *(usage(at=NOON - day * DAY) for day in range(40, -1, -1)))
    plan, account = cohort.plan, cohort.accounts["acme"]
    before = plan.judge(account, {})
    for _ in range(5):
        cohort.apply(plan.decoder.decode("tickets", ticket(at=NOON).value, 0, NOON))
    words = event_words(plan, account, {}, "ticket_opened", before, plan.judge(account, {}))
    assert words == "ticket_opened: 5 support tickets in 14 days"


def test_a_norm_that_moved_is_told_as_such() -> None:
    cohort = cohort_of(load_preset("usage-trend-friction"), usage(at=NOON))
    plan, account = cohort.plan, cohort.accounts["acme"]
    norms = [{"usage_30d": most, "errors_30d": 0.0} for most in (1.0, 4_000.0)]
    before, after = (plan.judge(account, norm) for norm in norms)
    words = norm_words(plan, account, norms[1], before, after)
    assert words == "the cohort moved: 1 product events in 30 days; the most of any account is 4,000"


def test_every_component_of_every_preset_says_something_whatever_it_knows() -> None:
    for preset in ("default", "usage-trend-friction", "four-inputs"):
        cohort = cohort_of(load_preset(preset), subscription(at=NOON, mrr=100, seats=5))
        plan, account = cohort.plan, cohort.accounts["acme"]
        for norm in ({}, cohort.norm()):
            assert all(component.shape.words(account, norm) for component in plan.components)


# --- the answer


def test_the_answer_holds_the_score_its_reasons_and_all_facts() -> None:
    cohort = cohort_of(load_preset("four-inputs"), usage(at=NOON), subscription(at=NOON, mrr=99.5, plan="pro"))
    cohort.advance(NOON + 1)
    answer = answer_of(cohort.plan, "acme", cohort.accounts["acme"], {}, generation=3, version=7)
    score = health_score(cohort.plan, cohort.accounts["acme"], {})
    assert score is not None
    assert (answer.score, answer.tier, answer.coverage) == (score.value, score.tier, score.coverage)
    assert (answer.drivers, answer.contributions) == (score.drivers, score.contributions)
    assert (answer.as_of, answer.as_of_ms) == ("2026-10-22T12:00:00.001Z", NOON + 1)
    assert (answer.generation, answer.version) == (3, 7)
    assert (answer.mrr, answer.plan) == (99.5, "pro")
    assert list(answer.facts) == list(cohort.plan.model.signals)


def test_an_answer_without_a_score_says_so_and_still_holds_the_facts() -> None:
    cohort = cohort_of(load_preset("usage-trend-friction"), usage(at=NOON))
    answer = answer_of(cohort.plan, "acme", cohort.accounts["acme"], {}, generation=1, version=1)
    assert (answer.score, answer.tier, answer.coverage, answer.drivers, answer.contributions) == (None, "", 0.0, (), ())
    assert answer.facts["usage_30d"] == 1
