"""Why a score is what it is: points that add up, drivers, and words that name counts and days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.cause import Points, cause_of, cause_text
from scoring.explain.explainer import Explainer
from scoring.explain.explanation import contributions_of, drivers_by, drivers_of, explain, explain_by_name
from scoring.explain.forecast import forecast_of
from scoring.explain.snapshot import component_scores
from scoring.fold.cohort import Cohort
from scoring.fold.fold import advance
from scoring.model.loader import PRESETS, load_preset
from scoring.model.model import Model
from scoring.model.model_json import encode_model
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of
from scoring.plan.score_cache import ScoreCache
from scoring.plan.score_plan import Evaluation
from scoring.result import Contribution, Driver, ScoreSnapshot
from scoring.state.account import Account
from tests.builders import Sent, Tables, a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.explained import snapshot_at

NOON = at_ms("2026-10-22T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
COUNT = {"kind": "count", "window": "30d", "label": "product events"}
RATIO = {"shape": "ratio", "signal": "usage", "of": 10}


def parts(*weights: float, **header: Any) -> Plan:
    components = {f"part{number}": RATIO | {"weight": weight} for number, weight in enumerate(weights)}
    return Plan(a_model({"usage": COUNT}, components, **header))


class Scored(NamedTuple):
    """A score, explained."""

    judged: Evaluation
    contributions: tuple[Contribution, ...]
    drivers: tuple[Driver, ...]


def scored(plan: Plan, *judgements: float | None) -> Scored:
    """The score of these judgements; the words are those of an account without events."""
    judged = plan.primary.score_from(judgements, {})
    assert judged is not None
    facts, scores = facts_of(plan.primary, Account(plan.sizes, NOON), {}), component_scores(plan.primary, judged)
    contributions = contributions_of(plan.primary, facts, scores, "")
    drivers = drivers_of(contributions)
    assert drivers_by(plan.primary, facts, scores) == drivers
    return Scored(judged, contributions, drivers)


def points_of(plan: Plan, account: Account, norm: Mapping[str, float] | None = None) -> Points:
    judged = plan.primary.score(account, norm or {})
    assert judged is not None
    return plan.primary.points(judged)


def cohort_of(model: Model, *events: Sent) -> Cohort:
    cohort = Cohort(Plan(model))
    for sent in events:
        cohort.apply(cohort.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50))
    return cohort


def test_points_earned_sum_to_the_score_and_points_possible_to_a_hundred() -> None:
    score = scored(parts(50, 30, 20), 100.0, 50.0, 0.0)
    assert [each.points for each in score.contributions] == pytest.approx([50, 15, 0])
    assert [each.possible for each in score.contributions] == pytest.approx([50, 30, 20])
    assert score.judged.value == pytest.approx(65)
    assert [each.words for each in score.contributions] == ["0 product events in 30 days, of 10"] * 3


def test_what_has_no_evidence_is_left_out_and_the_others_share_its_weight() -> None:
    score = scored(parts(50, 30, 20, share_max=1.0), 100.0, None, 0.0)
    assert [each.possible for each in score.contributions] == pytest.approx([500 / 7, 0, 200 / 7])
    assert score.contributions[1].judgement is None
    assert score.judged.value == pytest.approx(500 / 7)
    assert score.judged.coverage == pytest.approx(0.7)
    assert [driver.component for driver in score.drivers] == ["part2"]


def test_no_component_takes_on_more_than_its_limit_and_what_is_then_nobodys_counts_as_neutral() -> None:
    plan = parts(50, 30, 20, share_max=0.6, neutral=40.0)
    score = scored(plan, 100.0, None, None)
    assert [each.possible for each in score.contributions] == pytest.approx([60, 0, 0])
    assert score.judged.value == pytest.approx(60 + 0.4 * 40)
    assert plan.primary.points(score.judged)["neutral"] == pytest.approx(16)


@pytest.mark.parametrize(("plan", "judgements"), [(parts(50, 50), [None, None]), (parts(0, 1), [80.0, None])])
def test_without_any_evidence_that_weighs_there_is_no_score(plan: Plan, judgements: list[float | None]) -> None:
    assert plan.primary.score_from(judgements, {}) is None


def test_a_model_that_adds_up_wants_all_its_parts() -> None:
    assert parts(40, 60, combine="sum").primary.score_from([100.0, None], {}) is None


def test_in_a_model_that_adds_up_points_may_be_lost_below_nothing() -> None:
    plan = Plan(load_preset("usage-trend-friction"))
    score = scored(plan, 10.0, -100.0, 50.0)
    assert [each.points for each in score.contributions] == pytest.approx([4, -30, 15])
    assert [each.possible for each in score.contributions] == pytest.approx([40, 30, 30])
    assert (score.judged.value, plan.primary.tier_names[score.judged.tier]) == (0.0, "red")
    assert [driver.component for driver in score.drivers] == ["trend", "usage", "friction"]


def test_the_three_drivers_are_what_loses_most_worst_first_and_nothing_that_loses_nothing() -> None:
    score = scored(parts(10, 40, 20, 30), 0.0, 90.0, 50.0, 80.0)
    assert [driver.component for driver in score.drivers] == ["part0", "part2", "part3"]
    assert [driver.lost for driver in score.drivers] == pytest.approx([10, 10, 6])
    assert scored(parts(1, 1), 100.0, 100.0).drivers == ()


@given(st.lists(st.tuples(st.floats(0, 1_000), st.none() | st.floats(0, 100)), min_size=1, max_size=8))
def test_whatever_the_weights_the_points_sum_to_the_score(drawn: list[tuple[float, float | None]]) -> None:
    weights, judgements = [weight for weight, _ in drawn], [judgement for _, judgement in drawn]
    if sum(weights) <= 0:
        weights[0] = 1.0
    plan = parts(*weights)
    judged = plan.primary.score_from(judgements, {})
    if judged is None:
        assert not any(weight for weight, judgement in zip(weights, judgements, strict=True) if judgement is not None)
        return
    assert sum(plan.primary.points(judged).values()) == pytest.approx(judged.value, abs=1e-6)
    assert 0 <= judged.value <= 100


# --- words


def expired(model: Model, hours: int, *events: Sent) -> str:
    """What is said when the account, idle since its last event, reaches so many hours after noon."""
    cohort = cohort_of(model, *events)
    plan, account = cohort.plan, cohort.accounts["acme"]
    before = points_of(plan, account)
    advance(plan, account, NOON + hours * HOUR)
    judged, after = plan.primary.score(account, {}), points_of(plan, account)
    return cause_text(plan, cause_of(plan, account, judged, {}, "expiry", before, after))


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
    signals: Tables = {"usage": COUNT, "errors": COUNT | {"topics": ["exceptions"], "label": "errors", "window": "1d"}}
    fall = [[0, 100], [10, 0]]
    components = {
        "usage": RATIO | {"weight": 1},
        "friction": {"shape": "linear", "signal": "errors", "points": fall, "weight": 1},
    }
    words = expired(a_model(signals, components), 24, usage(at=NOON), an_exception(at=NOON))
    assert words == "1 error of 22 October left the 1-day window"


def test_an_event_is_told_with_what_it_did_to_the_component_that_it_moved_most() -> None:
    tickets = {"kind": "count", "window": "14d", "topics": ["tickets"], "label": "support tickets"}
    components = {
        "usage": RATIO | {"weight": 1},
        "support": {"shape": "linear", "signal": "tickets", "points": [[0, 100], [10, 0]], "weight": 1},
    }
    cohort = cohort_of(a_model({"usage": COUNT, "tickets": tickets}, components), usage(at=NOON))
    plan, account = cohort.plan, cohort.accounts["acme"]
    before = points_of(plan, account)
    for _ in range(5):
        cohort.apply(plan.decoder.decode("tickets", ticket(at=NOON).value, 0, NOON))
    judged, after = plan.primary.score(account, {}), points_of(plan, account)
    cause = cause_of(plan, account, judged, {}, "event", before, after)
    words = cause_text(plan, msgspec.structs.replace(cause, event="ticket_opened"))
    assert words == "ticket_opened: 5 support tickets in 14 days"


def test_a_norm_that_moved_is_told_as_such() -> None:
    cohort = cohort_of(load_preset("usage-trend-friction"), usage(at=NOON))
    plan, account = cohort.plan, cohort.accounts["acme"]
    norms = [{"usage_30d": most, "errors_30d": 0.0} for most in (1.0, 4_000.0)]
    before = points_of(plan, account, norms[0])
    after = points_of(plan, account, norms[1])
    judged = plan.primary.score(account, norms[1])
    words = cause_text(plan, cause_of(plan, account, judged, norms[1], "norm", before, after))
    assert words == "the cohort moved: 1 product event in 30 days; the most of any account is 4,000"


def test_every_component_of_every_preset_says_something_whatever_it_knows() -> None:
    for preset in PRESETS:
        cohort = cohort_of(load_preset(preset), subscription(at=NOON, mrr=100, seats=5))
        plan, account = cohort.plan, cohort.accounts["acme"]
        for norm in ({}, cohort.norm()):
            judged, facts = plan.primary.evaluate(account, norm), facts_of(plan.primary, account, norm)
            assert all(component.shape.text(facts, judged.judgements) for component in plan.primary.components)


def test_what_is_not_known_of_a_model_is_shown_by_name() -> None:
    cohort = cohort_of(load_preset("four-inputs"), usage(at=NOON))
    snapshot = snapshot_at(cohort.plan, cohort.accounts["acme"])
    by_name = explain_by_name(snapshot)
    assert [each.component for each in by_name.contributions] == list(snapshot.components)
    assert [each.label for each in by_name.contributions] == list(snapshot.components)
    assert [driver.component for driver in by_name.drivers] == [
        driver.component for driver in explain(cohort.plan, snapshot).drivers
    ]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_snapshot_is_the_same_in_words_when_it_was_json_and_so_was_its_model(preset: str) -> None:
    """What a reader makes of the two topics is what the worker that wrote them would say."""
    events = [usage(at=NOON, event="report_viewed"), subscription(at=NOON, mrr=99.5, plan="pro"), ticket(at=NOON)]
    cohort = cohort_of(load_preset(preset), *events)
    cohort.advance(NOON + 40 * DAY)
    plan, account, norm = cohort.plan, cohort.accounts["acme"], cohort.norm()
    forecast = forecast_of(plan, account, ScoreCache(plan.score_plans), norm)
    snapshot = snapshot_at(plan, account, norm, forecast=forecast)
    judged = plan.primary.score(account, norm)
    there = msgspec.json.decode(msgspec.json.encode(snapshot), type=ScoreSnapshot)
    assert there == snapshot
    explainer = Explainer({f"{plan.model.name}@{plan.model.version}": encode_model(plan.model)})
    explanation = explainer.explain(there)
    assert explanation == explain(plan, snapshot)
    facts = facts_of(plan.primary, account, norm)
    assert drivers_by(plan.primary, facts, snapshot.components) == explanation.drivers
    texts = {each.name: each.shape.text(facts, judged.judgements) for each in plan.primary.components if judged}
    words = {each.component: each.words for each in explanation.contributions if each.component in texts}
    assert words.keys() == texts.keys()
    assert all(words[name].startswith(text) for name, text in texts.items())  # a note on little evidence follows
    assert Explainer({}).explain(there) is None


# --- the snapshot


def test_a_snapshot_holds_the_score_what_it_is_made_of_and_all_facts() -> None:
    cohort = cohort_of(load_preset("four-inputs"), usage(at=NOON), subscription(at=NOON, mrr=99.5, plan="pro"))
    cohort.advance(NOON + 1)
    plan, account = cohort.plan, cohort.accounts["acme"]
    judged = plan.primary.score(account, {})
    assert judged is not None
    snapshot = snapshot_at(plan, account)
    assert (snapshot.score, snapshot.tier, snapshot.coverage) == (
        judged.value,
        plan.primary.tier_names[judged.tier],
        judged.coverage,
    )
    assert [each.judgement for each in snapshot.components.values()] == list(judged.judgements)
    points = plan.primary.points(judged)
    assert {name: each.points for name, each in snapshot.components.items()} == {
        name: points[name] for name in snapshot.components
    }
    assert (snapshot.as_of, snapshot.as_of_ms) == ("2026-10-22T12:00:00.001Z", NOON + 1)
    assert (snapshot.mrr, snapshot.plan) == (99.5, "pro")
    assert list(snapshot.facts) == list(plan.model.signals)


def test_a_snapshot_without_a_score_says_so_and_still_holds_the_facts() -> None:
    cohort = cohort_of(load_preset("usage-trend-friction"), usage(at=NOON))
    snapshot = snapshot_at(cohort.plan, cohort.accounts["acme"])
    assert (snapshot.score, snapshot.tier, snapshot.coverage, snapshot.components) == (None, "", 0.0, {})
    assert snapshot.facts["usage_30d"] == 1
    assert explain(cohort.plan, snapshot).contributions == ()
