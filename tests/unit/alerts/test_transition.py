"""A change of tier and the notification it becomes: above all, numbers that add up."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notification import Cause, Notification
from alerts.transition import AccountNow, notification_id, notification_of
from scoring.plan.plan import Plan
from scoring.result import Baseline, Driver
from tests.builders import Tables, a_model
from tests.support.examples import examples

CAUSE = Cause(kind="expiry", words="412 events of 22 October left the 30-day window")
DRIVER = Driver(component="usage", label="Usage", lost=20.5, words="no login in 15 days")
Judgements = list[float | None]


def plan_of(weights: list[float], combine: str = "mean", **header: Any) -> Plan:
    signals: Tables = {
        "usage": {"kind": "count", "window": "1d"},
        "before": {"kind": "count", "window": "1d", "prior": True},
        "change": {"kind": "difference", "of": "usage", "minus": "before"},
    }
    capped = {"shape": "capped", "signal": "change", "cap": 10}
    ratio = {"shape": "ratio", "signal": "usage", "of": 10}
    shape = capped if combine == "sum" else ratio
    components = {f"part{number}": shape | {"weight": weight} for number, weight in enumerate(weights)}
    return Plan(a_model(signals, components, combine=combine, **header))


def stood(plan: Plan, judgements: Judgements) -> Baseline | None:
    """The baseline of these judgements; None when they make no score."""
    judged = plan.primary.score_from(judgements, {})
    if judged is None:
        return None
    return Baseline(judged.value, plan.primary.tier_names[judged.tier], plan.primary.points(judged))


def told(compiled: Plan, before: Judgements, after: Judgements, **answer: Any) -> Notification:
    """The notification of a move between two sets of judgements; tiers as they fall."""
    was, became = stood(compiled, before), stood(compiled, after)
    assert was is not None
    assert became is not None
    now = AccountNow(account_id="acme", as_of_ms=1, drivers=(DRIVER,), mrr=5.0, plan="scale")
    now = msgspec.structs.replace(now, **answer)
    return notification_of(compiled, now, 3, was, became, CAUSE)


def cents(points: float) -> int:
    return round(points * 100)


def test_an_id_is_a_hash_of_account_and_sequence_and_the_same_for_ever() -> None:
    assert notification_id("acme", 1) == sha256(b"acme\x001").hexdigest()[:32]
    assert notification_id("acme", 1) == "71e54c5547d3bdd4feb69e4898ed054e"
    ids = {notification_id(account, sequence) for account in ("a", "a1", "1", "") for sequence in (1, 11, 111)}
    assert len(ids) == 12


def test_a_notification_says_from_to_both_scores_and_what_each_component_did() -> None:
    notification = told(plan_of([50, 30, 20]), [100.0, 80.0, 50.0], [60.0, 80.0, 0.0])
    assert (notification.from_tier, notification.to_tier, notification.worse) == ("green", "yellow", True)
    assert (notification.before, notification.after, notification.change) == (84.0, 54.0, -30.0)
    assert [(each.component, each.label, each.points) for each in notification.deltas] == [
        ("part0", "part0", -20.0),
        ("part2", "part2", -10.0),
    ]


@pytest.mark.parametrize(
    ("before", "after", "worse"), [(30, 60, False), (60, 80, False), (80, 60, True), (60, 30, True)]
)
def test_worse_is_a_lower_tier_and_nothing_else(before: float, after: float, worse: bool) -> None:
    assert told(plan_of([1]), [before], [after]).worse is worse


def test_a_rise_is_not_worse() -> None:
    notification = told(plan_of([1]), [30.0], [90.0])
    assert (notification.from_tier, notification.to_tier, notification.worse) == ("red", "green", False)
    assert notification.change == 60.0


def test_what_the_answer_knows_goes_with_it() -> None:
    notification = told(plan_of([1]), [90.0], [30.0], account_id="globex", mrr=None, plan=None, as_of_ms=17)
    assert (notification.account_id, notification.sequence) == ("globex", 3)
    assert (notification.mrr, notification.plan, notification.as_of_ms) == (None, None, 17)
    assert notification.id == notification_id("globex", 3)
    assert notification.cause == CAUSE
    assert notification.drivers == (DRIVER,)


def test_what_the_bounds_took_away_is_a_part_of_its_own() -> None:
    """60 + 40 fall to 0 - 40: a hundred points and forty more, of which the bounds give forty back."""
    notification = told(plan_of([60, 40], "sum"), [100.0, 100.0], [0.0, -100.0])
    assert [(each.component, each.points) for each in notification.deltas] == [
        ("part0", -60.0),
        ("part1", -80.0),
        ("bounds", 40.0),
    ]
    assert notification.change == -100.0


def test_evidence_that_goes_moves_the_other_components_as_well() -> None:
    notification = told(plan_of([50, 50], share_max=1.0), [100.0, 60.0], [None, 60.0])
    assert [(each.component, each.points) for each in notification.deltas] == [("part0", -50.0), ("part1", 30.0)]
    assert notification.change == -20.0


def test_what_counts_as_neutral_for_want_of_evidence_is_a_part_of_its_own() -> None:
    """The other one takes on six tenths of the score, no more: the rest counts as 50."""
    notification = told(plan_of([50, 50], share_max=0.6), [100.0, 60.0], [None, 60.0])
    assert [(each.component, each.points) for each in notification.deltas] == [
        ("part0", -50.0),
        ("part1", 6.0),
        ("neutral", 20.0),
    ]
    assert notification.change == -24.0


@pytest.mark.parametrize(("before", "after"), [(2 / 3 * 100, 1 / 3 * 100), (74.995, 75.0), (44.994999, 45.005)])
def test_rounding_is_shared_out_so_that_the_parts_still_sum_to_the_change(before: float, after: float) -> None:
    notification = told(plan_of([1, 1, 1]), [before] * 3, [after] * 3)
    assert sum(cents(each.points) for each in notification.deltas) == cents(notification.change)
    assert cents(notification.change) == cents(notification.after) - cents(notification.before)


JUDGEMENT = st.none() | st.floats(0, 100) | st.sampled_from([0.0, 100.0, 33.333333, 66.666667, 0.005, 99.995])
SIDES = st.lists(st.tuples(st.sampled_from([0, 1, 20, 33.3, 1_000]), JUDGEMENT, JUDGEMENT), min_size=1, max_size=9)


@examples(400)
@given(SIDES, st.sampled_from(["mean", "sum"]))
def test_the_parts_sum_to_the_change_to_the_cent_and_each_is_what_its_component_did(
    sides: list[tuple[float, float | None, float | None]], combine: str
) -> None:
    weights = [weight for weight, _, _ in sides]
    plan = plan_of(weights if sum(weights) else [1.0, *weights[1:]], combine)
    before, after = [judgement for _, judgement, _ in sides], [judgement for _, _, judgement in sides]
    was, became = stood(plan, before), stood(plan, after)
    if was is None or became is None:
        return
    notification = told(plan, before, after)
    assert sum(cents(each.points) for each in notification.deltas) == cents(notification.change)
    assert cents(notification.change) == cents(notification.after) - cents(notification.before)
    assert all(each.points == cents(each.points) / 100 and each.points for each in notification.deltas)
    points = {each.component: each.points for each in notification.deltas}
    for name in was.points:
        assert points.get(name, 0.0) == pytest.approx(became.points[name] - was.points[name], abs=0.0201)
