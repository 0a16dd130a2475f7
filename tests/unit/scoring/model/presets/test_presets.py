"""The models that ship, pinned by the rows of the texts that they come from."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from scoring.explain.explanation import contributions_of, drivers_of
from scoring.explain.snapshot import component_scores
from scoring.model.loader import PRESETS, load_preset
from scoring.plan.plan import Plan
from scoring.plan.read_facts import facts_of
from scoring.state.account import Account
from tests.builders import Sent, an_exception, subscription, ticket, usage
from tests.support.presets import DAY, NOW, cohort_of, history_of, judgements, solved, the


class Row(NamedTuple):
    """One account of the recipe: what its table prints, and the score that the formula makes of it."""

    account: str
    usage_30d: int
    trend: int
    errors_30d: int
    score: float


RECIPE = (
    Row("megacorp", 4_200, -800, 89, 0.0),
    Row("globex", 6_800, -210, 22, 4.9),
    Row("tinyco", 120, 30, 2, 59.5),
    Row("acme", 18_400, 4_100, 4, 92.0),
    Row("innovate", 22_100, 2_200, 8, 97.3),
)


# --- usage-trend-friction


def row_as_events(row: Row, errors: int) -> list[tuple[Sent, int]]:
    """Usage of the last 14 days and of the 14 before that sums to the row's usage and differs by its trend."""
    last = (row.usage_30d + row.trend) // 2
    return [
        (usage(row.account, NOW - 20 * DAY), row.usage_30d - last),
        (usage(row.account, NOW - 3 * DAY), last),
        (an_exception(row.account, NOW - 2 * DAY), errors),
    ]


def test_the_five_rows_of_the_published_recipe() -> None:
    events = [event for row in RECIPE for event in row_as_events(row, row.errors_30d)]
    cohort = cohort_of("usage-trend-friction", *events)
    for row in RECIPE:
        facts = cohort.plan.facts(cohort.accounts[row.account])
        assert (facts["usage_30d"], facts["trend"], facts["errors_30d"]) == (row.usage_30d, row.trend, row.errors_30d)
    assert cohort.norm() == {"usage_30d": 22_100, "errors_30d": 89}
    got = {name: round(the(cohort, name).value, 1) for name in cohort.accounts}
    assert got == {row.account: row.score for row in RECIPE}


def test_where_nobody_had_an_error_friction_gives_its_thirty_points() -> None:
    cohort = cohort_of("usage-trend-friction", *(event for row in RECIPE for event in row_as_events(row, 0)))
    without_friction = {"megacorp": 7.6 - 30, "globex": 12.3 - 30, "tinyco": 0.2 + 30, "acme": 63.3, "innovate": 70.0}
    assert {name: round(the(cohort, name).value, 1) for name in cohort.accounts} == {
        name: max(0.0, round(points + 30, 1)) for name, points in without_friction.items()
    }


@pytest.mark.parametrize(("trend", "points"), [(-31, -30), (-30, -30), (-1, -1), (0, 0), (7, 7), (30, 30), (31, 30)])
def test_the_trend_is_worth_a_point_an_event_within_thirty(trend: int, points: int) -> None:
    cohort = cohort_of("usage-trend-friction", *row_as_events(Row("acme", 100 + trend % 2, trend, 0, 0.0), 0))
    assert list(judgements(cohort).values()) == pytest.approx([100.0, points / 0.3, 100.0])


def test_usage_is_no_errors_and_errors_are_exceptions_wherever_they_come() -> None:
    cohort = cohort_of(
        "usage-trend-friction",
        (usage("acme", NOW - DAY, event="$exception"), 2),
        (an_exception("acme", NOW - DAY), 3),
        (usage("acme", NOW - DAY), 1),
        (ticket("acme", NOW - DAY), 1),
        (ticket("acme", NOW - DAY, event="support_ticket_opened"), 1),
        (ticket("acme", NOW - DAY, event="ticket_closed"), 1),
        (usage("acme", NOW - DAY, event="support_ticket_opened"), 1),
    )
    facts = cohort.plan.facts(cohort.accounts["acme"])
    assert (facts["usage_30d"], facts["errors_30d"], facts["tickets_30d"]) == (2, 5, 3)


# --- four-inputs


def test_72_45_80_and_65_make_65_85_which_is_yellow_and_held_down_by_the_trend() -> None:
    plan = Plan(load_preset("four-inputs"))
    assert [component.name for component in plan.primary.components] == ["usage", "trend", "adoption", "support"]
    judged = plan.primary.score_from([72.0, 45.0, 80.0, 65.0], {"days_since_usage": 0})
    assert judged is not None
    assert judged.value == pytest.approx(65.85, abs=1e-9)
    assert plan.primary.tier_names[judged.tier] == "yellow"
    facts = facts_of(plan.primary, Account(plan.sizes, NOW), {})
    drivers = drivers_of(contributions_of(plan.primary, facts, component_scores(plan.primary, judged), ""))
    assert [driver.component for driver in drivers] == ["trend", "usage", "support"]
    assert [driver.lost for driver in drivers] == pytest.approx([13.75, 8.4, 7.0])
    assert judged.coverage == 1.0


def test_four_inputs_through_events() -> None:
    """54 events against a best of 75 is 72; a fall of 2 % is 45; 16 features of 20 are 80; 5 tickets are 60."""
    cohort = cohort_of(
        "four-inputs",
        (usage("acme", NOW - 90 * DAY), 75),
        (usage("acme", NOW - 40 * DAY), 45),
        (usage("acme", NOW - 29 * DAY), 5),
        (usage("acme", NOW - 3 * DAY), 33),
        *((usage("acme", NOW - 3 * DAY, event=f"feature {number}"), 1) for number in range(15)),
        (usage("acme", NOW - DAY, event="login"), 1),
        (ticket("acme", NOW - DAY), 5),
    )
    assert list(judgements(cohort).values()) == pytest.approx([72.0, 45.0, 80.0, 60.0])
    assert the(cohort).value == pytest.approx(0.30 * 72 + 0.25 * 45 + 0.25 * 80 + 0.20 * 60)


def test_a_key_feature_that_is_no_longer_used_costs_twice_what_another_does() -> None:
    """10 features of 20, two of them key and used: (10 + 2) / (20 + 2); one of the two dropped: (9 + 1) / (20 + 2)."""
    others = [usage("acme", NOW - DAY, event=f"feature {number}") for number in range(8)]
    key = [usage("acme", NOW - DAY, event=f"key {number}", key_feature=True) for number in range(2)]
    dropped = usage("acme", NOW - 40 * DAY, event="key 1", key_feature=True)
    assert judgements(history_of("four-inputs", *others, *key))["adoption"] == pytest.approx(100 * 12 / 22)
    assert judgements(history_of("four-inputs", *others, key[0], dropped))["adoption"] == pytest.approx(100 * 10 / 22)


def test_a_silent_account_of_four_inputs_gets_half_of_its_support_not_all_of_it() -> None:
    cohort = cohort_of("four-inputs", (usage("acme", NOW), 1))
    judged = []
    for days in (13, 14):
        cohort.advance(NOW + days * DAY)
        judged.append(judgements(cohort)["support"])
    assert judged == [100.0, 50.0]


def severe(number: int, days: int, **fields: Any) -> Sent:
    return ticket("acme", NOW - days * DAY, ticket_id=f"t{number}", severity="urgent", **fields)


SPIKE = [severe(number, 3) for number in range(3)] + [ticket("acme", NOW - DAY) for _ in range(3)]


@pytest.mark.parametrize(
    ("events", "support"),
    [
        ([], 100.0),
        ([ticket("acme", NOW - DAY) for _ in range(6)], 54.0),  # many, and none of them severe: their number
        (SPIKE, 20.0),
        ([*SPIKE, solved(0, 1, csat=3)], 0.0),
        ([*SPIKE, *(ticket("acme", NOW - 40 * DAY) for _ in range(6))], 54.0),  # as many as in the month before
        ([solved(0, 1, csat=2)], 30.0),
        ([solved(0, 1, csat=4)], 100.0),
        ([ticket("acme", NOW - DAY, event="ticket_commented", sentiment="adversarial")], 35.0),
        ([ticket("acme", NOW - DAY, event="ticket_commented", sentiment="positive")], 100.0),
        ([severe(0, 14)], 40.0),
        ([severe(0, 13)], 100.0),
        ([severe(0, 14), solved(0, 1)], 100.0),
        ([ticket("acme", NOW - 40 * DAY) for _ in range(5)], 50.0),  # it used to ask, and stopped
        ([ticket("acme", NOW - 40 * DAY) for _ in range(4)], 100.0),
        ([ticket("acme", NOW - DAY) for _ in range(15)] + [severe(0, 14)], 0.0),  # the number alone says less
    ],
)
def test_support_of_four_inputs_is_the_worst_of_volume_severity_satisfaction_tone_and_delay(
    events: list[Sent], support: float
) -> None:
    assert judgements(history_of("four-inputs", usage("acme", NOW - DAY), *events))["support"] == pytest.approx(support)


# --- all of them


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("canceled", ["subscription_canceled", "subscription_cancelled"])
def test_mrr_and_plan_are_those_of_the_latest_subscription_and_a_cancellation_is_0(preset: str, canceled: str) -> None:
    cohort = cohort_of(
        preset,
        (subscription("acme", NOW - 9 * DAY, event="subscription_started", mrr=100, plan="pro"), 1),
        (subscription("acme", NOW - 8 * DAY, event="plan_changed", mrr=200, plan="scale"), 1),
        (subscription("acme", NOW - 7 * DAY, event="seat_count_set", mrr=250), 1),
        (subscription("acme", NOW - 6 * DAY, event="invoice_paid", mrr=999, plan="none"), 1),
        (subscription("globex", NOW - 5 * DAY, event="subscription_started", mrr=100, plan="pro"), 1),
        (subscription("globex", NOW - 4 * DAY, event=canceled), 1),
    )
    facts = [cohort.plan.facts(cohort.accounts[name]) for name in ("acme", "globex")]
    assert [(each["mrr"], each["plan"]) for each in facts] == [(250, "scale"), (0, "pro")]


@pytest.mark.parametrize("preset", PRESETS)
def test_an_account_that_never_did_anything_breaks_nothing(preset: str) -> None:
    plan = Plan(load_preset(preset))
    judged = plan.primary.score(Account(plan.sizes, NOW), {})
    assert judged is None or 0 <= judged.value <= 100


@pytest.mark.parametrize("preset", PRESETS)
def test_the_tiers_are_half_open_on_the_unrounded_score(preset: str) -> None:
    live = Plan(load_preset(preset)).primary
    for number, each in enumerate(live.model.tiers):
        assert live.tier_of(each.lower) == number
        assert number == 0 or live.tier_of(each.lower - 1e-9) == number - 1
    assert (live.tier_of(0.0), live.tier_of(100.0)) == (0, len(live.tier_names) - 1)


def test_each_preset_names_its_tiers() -> None:
    classic = {"red": 0, "yellow": 45, "green": 75}
    assert {name: {tier.name: tier.lower for tier in load_preset(name).tiers} for name in PRESETS} == {
        "default": {"red": 0, "yellow": 68, "green": 72},
        "usage-trend-friction": classic,
        "four-inputs": classic,
        "eight-components": {"at-risk": 0, "watch": 45, "healthy": 75},
        "health-index": {"critical": 0, "high": 40, "medium": 60, "low": 80},
    }
