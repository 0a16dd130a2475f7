"""The models that ship, pinned by the rows of the texts that they come from."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from scoring.account import Account
from scoring.cohort import Cohort
from scoring.explain import score_of
from scoring.model import PRESETS, load_preset
from scoring.plan import Plan
from tests.builders import Sent, an_exception, at_ms, subscription, ticket, usage

NOW = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000


class Row(NamedTuple):
    """One account of seed 000: what its table prints, and the score that the formula makes of it."""

    account: str
    usage_30d: int
    trend: int
    errors_30d: int
    score: float


SEED_000 = (
    Row("megacorp", 4_200, -800, 89, 0.0),
    Row("globex", 6_800, -210, 22, 4.9),
    Row("tinyco", 120, 30, 2, 59.5),
    Row("acme", 18_400, 4_100, 4, 92.0),
    Row("innovate", 22_100, 2_200, 8, 97.3),
)


def cohort_of(preset: str, *events: tuple[Sent, int]) -> Cohort:
    """Accounts that saw each event so many times, judged now."""
    cohort = Cohort(Plan(load_preset(preset)))
    for sent, times in events:
        event = cohort.plan.decoder.decode(sent.topic, sent.value, 0, NOW)
        for _ in range(times):
            cohort.apply(event)
    cohort.advance(NOW)
    return cohort


def row_as_events(row: Row, errors: int) -> list[tuple[Sent, int]]:
    """Usage of the last 14 days and of the 14 before that sums to the row's usage and differs by its trend."""
    last = (row.usage_30d + row.trend) // 2
    return [
        (usage(row.account, NOW - 20 * DAY), row.usage_30d - last),
        (usage(row.account, NOW - 3 * DAY), last),
        (an_exception(row.account, NOW - 2 * DAY), errors),
    ]


def scores(cohort: Cohort) -> dict[str, float | None]:
    norm = cohort.norm()
    return {name: cohort.plan.value(cohort.plan.judge(each, norm)) for name, each in cohort.accounts.items()}


def test_the_five_rows_of_seed_000() -> None:
    events = [event for row in SEED_000 for event in row_as_events(row, row.errors_30d)]
    cohort = cohort_of("usage-trend-friction", *events)
    for row in SEED_000:
        facts = cohort.plan.facts(cohort.accounts[row.account])
        assert (facts["usage_30d"], facts["trend"], facts["errors_30d"]) == (row.usage_30d, row.trend, row.errors_30d)
    got = scores(cohort)
    assert cohort.norm() == {"usage_30d": 22_100, "errors_30d": 89}
    assert {name: round(score or 0.0, 1) for name, score in got.items()} == {row.account: row.score for row in SEED_000}


def test_where_nobody_had_an_error_friction_gives_its_thirty_points() -> None:
    cohort = cohort_of("usage-trend-friction", *(event for row in SEED_000 for event in row_as_events(row, 0)))
    without_friction = {"megacorp": 7.6 - 30, "globex": 12.3 - 30, "tinyco": 0.2 + 30, "acme": 63.3, "innovate": 70.0}
    assert {name: round(score or 0.0, 1) for name, score in scores(cohort).items()} == {
        name: max(0.0, round(points + 30, 1)) for name, points in without_friction.items()
    }


@pytest.mark.parametrize(("trend", "points"), [(-31, -30), (-30, -30), (-1, -1), (0, 0), (7, 7), (30, 30), (31, 30)])
def test_the_trend_is_worth_a_point_an_event_within_thirty(trend: int, points: int) -> None:
    cohort = cohort_of("usage-trend-friction", *row_as_events(Row("acme", 100 + trend % 2, trend, 0, 0.0), 0))
    judgements = cohort.plan.judge(cohort.accounts["acme"], cohort.norm())
    assert judgements == pytest.approx([100.0, points / 0.3, 100.0])


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


def test_seed_003_72_45_80_and_65_make_65_85_which_is_yellow_and_held_down_by_the_trend() -> None:
    plan = Plan(load_preset("four-inputs"))
    assert [component.name for component in plan.components] == ["usage", "trend", "adoption", "support"]
    score = score_of(plan, [72.0, 45.0, 80.0, 65.0], ["", "", "", ""])
    assert score is not None
    assert score.value == pytest.approx(65.85, abs=1e-9)
    assert score.tier == "yellow"
    assert [driver.component for driver in score.drivers] == ["trend", "usage", "support"]
    assert [driver.lost for driver in score.drivers] == pytest.approx([13.75, 8.4, 7.0])
    assert score.coverage == 1.0


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
    plan, account = cohort.plan, cohort.accounts["acme"]
    judgements = plan.judge(account, {})
    assert judgements == pytest.approx([72.0, 45.0, 80.0, 60.0])
    assert plan.value(judgements) == pytest.approx(0.30 * 72 + 0.25 * 45 + 0.25 * 80 + 0.20 * 60)


def test_a_silent_account_of_four_inputs_gets_half_of_its_support_not_all_of_it() -> None:
    cohort = cohort_of("four-inputs", (usage("acme", NOW), 1))
    plan, account = cohort.plan, cohort.accounts["acme"]
    judged = []
    for days in (13, 14):
        account.advance(plan, NOW + days * DAY)
        judged.append(plan.judge(account, {})[3])
    assert judged == [100.0, 50.0]


@pytest.mark.parametrize("preset", PRESETS)
def test_an_account_that_never_did_anything_breaks_nothing(preset: str) -> None:
    plan = Plan(load_preset(preset))
    judgements = plan.judge(Account(plan, NOW), {})
    value = plan.value(judgements)
    assert value is None or 0 <= value <= 100


@pytest.mark.parametrize("preset", PRESETS)
def test_the_tiers_are_half_open_on_the_unrounded_score(preset: str) -> None:
    plan = Plan(load_preset(preset))
    values = [0.0, 44.999, 45.0, 74.9999999, 75.0, 100.0]
    names = [plan.tier_names[plan.tier_of(value)] for value in values]
    assert names == ["red", "red", "yellow", "yellow", "green", "green"]


def test_a_silent_account_of_the_default_model_falls_through_its_tiers() -> None:
    cohort = cohort_of("default", *((usage("acme", NOW - days * DAY), 10) for days in range(60, -1, -1)))
    plan, account = cohort.plan, cohort.accounts["acme"]
    tiers: list[str] = []
    for hours in range(24 * 40):
        account.advance(plan, NOW + hours * 3_600_000)
        value = plan.value(plan.judge(account, {}))
        assert value is not None
        tier = plan.tier_names[plan.tier_of(value)]
        if tier not in tiers[-1:]:
            tiers.append(tier)
    assert tiers == ["green", "yellow", "red"]
