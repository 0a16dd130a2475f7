"""The models that ship, pinned by the rows of the texts that they come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from scoring.account import Account
from scoring.cohort import Cohort
from scoring.explain import contributions_of, drivers_of
from scoring.model import PRESETS, load_preset
from scoring.plan import Plan
from scoring.score_plan import Judged
from tests.builders import Sent, an_exception, at_ms, subscription, ticket, usage

NOW = at_ms("2026-03-01T12:00Z")
DAY = 86_400_000
Judgements = dict[str, float | None]


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


def cohort_of(preset: str, *events: tuple[Sent, int]) -> Cohort:
    """Accounts that saw each event so many times, judged now."""
    cohort = Cohort(Plan(load_preset(preset)))
    for sent, times in events:
        event = cohort.plan.decoder.decode(sent.topic, sent.value, 0, NOW)
        for _ in range(times):
            cohort.apply(event)
    cohort.advance(NOW)
    return cohort


def history_of(preset: str, *events: Sent) -> Cohort:
    """Accounts that saw each event once, in the order of time, judged now."""
    return cohort_of(preset, *((sent, 1) for sent in sorted(events, key=lambda sent: int(sent.body["timestamp"]))))


def judgements(cohort: Cohort, account: str = "acme") -> Judgements:
    """Every component's judgement by name."""
    live = cohort.plan.live
    judged = live.judge_all(cohort.accounts[account], cohort.norm())
    return dict(zip((component.name for component in live.components), judged, strict=True))


def the(cohort: Cohort, account: str = "acme") -> Judged:
    """The score of an account."""
    judged = cohort.plan.live.score(cohort.accounts[account], cohort.norm())
    assert judged is not None
    return judged


def tier(cohort: Cohort, account: str = "acme") -> str:
    return cohort.plan.live.tier_names[the(cohort, account).tier]


def each_day(days: Iterable[int], *, event: str = "login", account: str = "acme") -> list[Sent]:
    """One product event on each of these days before now."""
    return [usage(account, NOW - day * DAY, event=event) for day in days]


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
    assert [component.name for component in plan.live.components] == ["usage", "trend", "adoption", "support"]
    judged = plan.live.score_from([72.0, 45.0, 80.0, 65.0], {})
    assert judged is not None
    assert judged.value == pytest.approx(65.85, abs=1e-9)
    assert plan.live.tier_names[judged.tier] == "yellow"
    drivers = drivers_of(contributions_of(plan.live, Account(plan, NOW), {}, judged))
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


def solved(number: int, days: int, **fields: Any) -> Sent:
    return ticket("acme", NOW - days * DAY, event="ticket_resolved", ticket_id=f"t{number}", **fields)


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


# --- eight-components

CHURN = [usage("acme", NOW - 5 * DAY, event="churn_predicted", churn_probability=0.2)]
PROGRAMME = [
    usage("acme", NOW - 200 * DAY, event="account_updated", insider=1),
    usage("acme", NOW - 20 * DAY, event="insider_call"),
]
PIPELINE = [
    usage("acme", NOW - 100 * DAY, event="opportunity_opened", opportunity_id="o1"),
    usage("acme", NOW - 48 * DAY, event="opportunity_advanced", opportunity_id="o1"),
    usage("acme", NOW - 150 * DAY, event="opportunity_opened", opportunity_id="o2"),
    usage("acme", NOW - 60 * DAY, event="opportunity_won", opportunity_id="o2"),
]
ALWAYS = [
    subscription("acme", NOW - 730 * DAY, event="subscription_started", mrr=900),
    usage("acme", NOW - 725 * DAY, event="onboarding_kickoff"),
    usage("acme", NOW - 680 * DAY, event="onboarding_completed"),
    *each_day(range(1, 10)),
    usage("acme", NOW - 45 * DAY, event="health_check"),
    usage("acme", NOW - 120 * DAY, event="qbr"),
]


def test_an_account_with_all_eight_components() -> None:
    """Churn 0.2 is 80; nine days of use are 75; 45 days since a check due in 30 that lapses in 90 are 75; milestones
    of weight 1 and 2 of 5 are 60; one call is 60; 120 days since a review due in 90 that lapses in 180 are 66.7; a
    last step 48 days ago is 80; two years are 85."""
    cohort = history_of("eight-components", *CHURN, *PROGRAMME, *PIPELINE, *ALWAYS)
    hand = {
        "churn": 100 * (1 - 0.2),
        "usage": 75.0,
        "health_check": 100 * (90 - 45) / (90 - 30),
        "onboarding": 100 * (1 + 2) / (1 + 2 + 2),
        "insider": 60.0,
        "qbr": 100 * (180 - 120) / (180 - 90),
        "pipeline": 100 * (120 - 48) / (120 - 30),
        "tenure": 70 + (100 - 70) * (730 - 365) / (1095 - 365),
    }
    assert judgements(cohort) == pytest.approx(hand)
    score = 0.25 * 80 + 0.20 * 75 + 0.10 * 75 + 0.10 * 60 + 0.05 * 60 + 0.10 * 200 / 3 + 0.10 * 80 + 0.10 * 85
    assert score == pytest.approx(74.6667, abs=1e-4)
    judged = the(cohort)
    assert judged.value == pytest.approx(score)
    assert (tier(cohort), judged.coverage, judged.provisional) == ("watch", 1.0, False)


def test_an_account_with_three_of_the_eight_missing_is_judged_by_the_other_five() -> None:
    cohort = history_of("eight-components", *ALWAYS)
    got = judgements(cohort)
    assert [name for name, judgement in got.items() if judgement is None] == ["churn", "insider", "pipeline"]
    score = (20 * 75 + 10 * 75 + 10 * 60 + 10 * 200 / 3 + 10 * 85) / (100 - 25 - 5 - 10)
    assert score == pytest.approx(72.7778, abs=1e-4)
    judged = the(cohort)
    assert (judged.value, judged.coverage) == pytest.approx((score, 0.6))
    assert (tier(cohort), judged.provisional) == ("watch", False)


def test_the_weights_of_the_eight_sum_to_a_hundred_and_the_file_says_that_they_must() -> None:
    model = load_preset("eight-components")
    assert len(model.components) == 8
    assert model.header.weights_sum == 100 == sum(component.weight for component in model.components.values())


def test_what_a_customer_success_team_does_is_no_use_of_the_product() -> None:
    notes = ("health_check", "qbr", "insider_call", "churn_predicted", "opportunity_opened", "account_updated")
    sent = [usage("acme", NOW - DAY, event=name) for name in (*notes, "$exception", "training_completed")]
    cohort = history_of("eight-components", *sent)
    facts = cohort.plan.facts(cohort.accounts["acme"])
    assert (facts["active_days_30d"], facts["days_since_usage"]) == (0, None)
    assert judgements(cohort)["usage"] is None


@pytest.mark.parametrize(
    ("days", "judged"),
    [(range(15), 100.0), (range(14), 75.0), (range(8), 75.0), (range(3), 45.0), (range(1), 20.0), ([40], 0.0)],
)
def test_the_usage_tier_is_what_was_measured_and_what_was_sent_only_without_that(
    days: Iterable[int], judged: float
) -> None:
    sent = usage("acme", NOW - 50 * DAY, event="account_updated", usage_tier="medium")
    assert judgements(history_of("eight-components", sent))["usage"] == 60.0
    assert judgements(history_of("eight-components", sent, *each_day(days)))["usage"] == judged


@pytest.mark.parametrize(
    ("component", "days", "judged"),
    [("health_check", 59, None), ("health_check", 60, 0.0), ("qbr", 119, None), ("qbr", 120, 0.0)],
)
def test_an_account_that_nobody_ever_called_is_neglected_once_it_is_old_enough(
    component: str, days: int, judged: float | None
) -> None:
    assert judgements(history_of("eight-components", *each_day([days])))[component] == judged


def test_a_prediction_that_was_not_renewed_is_no_evidence_any_more() -> None:
    cohort = history_of("eight-components", *CHURN)
    judged = []
    for days in (39, 40):
        cohort.advance(NOW + days * DAY)
        judged.append(judgements(cohort)["churn"])
    assert judged == [80.0, None]


def test_an_account_that_left_the_programme_is_not_judged_by_it() -> None:
    left = usage("acme", NOW - DAY, event="insider_left")
    assert judgements(history_of("eight-components", *PROGRAMME))["insider"] == 60.0
    assert judgements(history_of("eight-components", *PROGRAMME, left))["insider"] is None


# --- health-index


def test_the_health_index_of_an_account_worked_out_by_hand() -> None:
    """A quarter of its best; tickets of weight 6; CSAT 2 and NPS 4; use down by more than half, one failed payment."""
    cohort = cohort_of(
        "health-index",
        (subscription("acme", NOW - 400 * DAY, mrr=5_200), 1),
        (usage("acme", NOW - 100 * DAY), 600),
        (usage("acme", NOW - 29 * DAY), 10),
        (usage("acme", NOW - 20 * DAY), 100),
        (usage("acme", NOW - 3 * DAY), 40),
        (ticket("acme", NOW - 2 * DAY, ticket_id="a", severity="high"), 1),
        (ticket("acme", NOW - 2 * DAY, ticket_id="b", severity="urgent"), 1),
        (ticket("acme", NOW - 2 * DAY, event="survey_answered", nps=4, csat=2.0), 1),
        (subscription("acme", NOW - DAY, event="payment_failed"), 1),
    )
    sentiment, risk = (2 * 20 + 2 * 4 * 40 / 6) / 4, (3 * 0 + 2 * 40 + 1 * 100) / 6
    got = judgements(cohort)
    assert got.pop("tone") is None
    assert got == pytest.approx(
        {"usage": 25.0, "support": 35.0, "sentiment": sentiment, "risk": risk}
        | {"csat": 20.0, "nps": 160 / 6, "usage_drop": 0.0, "payments": 40.0, "errors": 100.0}
    )
    assert the(cohort).value == pytest.approx(0.35 * 25 + 0.20 * 35 + 0.20 * sentiment + 0.25 * risk)
    assert (tier(cohort), the(cohort).flags) == ("critical", ("payment_failed",))


def test_three_failed_payments_hold_the_index_of_an_otherwise_perfect_account_at_39() -> None:
    well = [*each_day(range(60)), subscription("acme", NOW - 50 * DAY, mrr=100)]
    failed = [subscription("acme", NOW - day * DAY, event="payment_failed") for day in (1, 5, 9)]
    assert the(history_of("health-index", *well)).value > 80
    assert the(history_of("health-index", *well, *failed[:2])).value > 60
    cohort = history_of("health-index", *well, *failed)
    assert (the(cohort).value, tier(cohort)) == (39.0, "critical")
    assert the(cohort).flags == ("unpaid", "payment_failed")


@pytest.mark.parametrize(
    ("events", "flags"),
    [
        (each_day([*range(10), *range(14, 28)]), ("usage_drop",)),  # 10 days of use after 14
        (each_day([*range(11), *range(14, 28)]), ()),
        ([*each_day(range(28)), ticket("acme", NOW - 7 * DAY, ticket_id="t")], ("unresolved",)),
        ([*each_day(range(28)), ticket("acme", NOW - 6 * DAY, ticket_id="t")], ()),
        (
            [*each_day(range(28)), *(usage("acme", NOW - d * DAY, csat=c) for d, c in ((1, 3), (40, 4)))],
            ("sentiment_drop",),
        ),
        ([*each_day(range(28)), *(usage("acme", NOW - d * DAY, csat=c) for d, c in ((1, 3.5), (40, 4)))], ()),
        ([*each_day(range(28)), subscription("acme", NOW - DAY, event="payment_failed")], ("payment_failed",)),
    ],
)
def test_early_warnings_are_red_flags_of_the_health_index(events: list[Sent], flags: tuple[str, ...]) -> None:
    assert the(history_of("health-index", *events)).flags == flags


# --- default


def test_support_of_the_default_model_blends_volume_severity_and_satisfaction() -> None:
    """Three tickets are 60; the severe one that is still open weighs 2, which is 70; CSAT 4 is 70."""
    opened = [ticket("acme", NOW - 3 * DAY, ticket_id="t0", severity="high")]
    opened += [ticket("acme", NOW - 2 * DAY, ticket_id=f"t{number}") for number in (1, 2)]
    cohort = history_of("default", usage("acme", NOW), *opened, *(solved(number, 1, csat=4) for number in (1, 2)))
    got = judgements(cohort)
    assert (got["ticket_volume"], got["open_tickets"], got["csat"]) == pytest.approx((60.0, 70.0, 70.0))
    assert got["support"] == pytest.approx((3 * 60 + 2 * 70 + 1 * 70) / 6)


@pytest.mark.parametrize(
    ("now", "before", "support"), [(5, 0, None), (6, 0, 0.0), (7, 1, 0.0), (6, 1, None), (0, 4, 50.0), (0, 3, 100.0)]
)
def test_a_spike_of_tickets_is_the_worst_and_a_sudden_silence_half_of_support(
    now: int, before: int, support: float | None
) -> None:
    sent = [ticket("acme", NOW - DAY) for _ in range(now)] + [ticket("acme", NOW - 20 * DAY) for _ in range(before)]
    got = judgements(history_of("default", usage("acme", NOW), *sent))
    blended = (3 * (got["ticket_volume"] or 0.0) + 2 * (got["open_tickets"] or 0.0)) / 5
    assert got["support"] == pytest.approx(blended if support is None else support)


ONBOARDED = [
    usage("acme", NOW, event=name)
    for name in ("signed_up", "setup_completed", "member_invited", "core_action_completed")
]


def test_milestones_count_against_an_account_from_the_day_on_which_they_are_due() -> None:
    cohort = history_of("default", *ONBOARDED[:2])
    seen = []
    for days in (0, 13, 14, 30):
        cohort.advance(NOW + days * DAY)
        seen.append(judgements(cohort)["onboarding"])
    # Signed up and set up; on day 14 the team was to be invited, on day 30 the first value found, which weighs 2.
    assert seen == pytest.approx([100.0, 100.0, 100 * 2 / 3, 100 * 2 / 5])


def test_in_the_first_90_days_an_account_is_judged_by_milestones_and_provisional_and_then_no_more() -> None:
    signed_up = usage("acme", NOW - 89 * DAY, event="signed_up")
    cohort = history_of("default", signed_up, *each_day(range(60)))
    young = the(cohort)
    assert (young.profile, young.provisional) == ("onboarding", True)
    assert young.coverage == pytest.approx(0.9)
    # One of five by weight; the rest is at 100, but for a flat trend. Nothing is known of seats, MRR and NPS.
    assert young.value == pytest.approx((100 * 20 + (25 + 15 + 15 + 10) * 100 + 15 * 50) / 180)
    cohort.advance(NOW + DAY - 1)
    assert the(cohort) == young
    cohort.advance(NOW + DAY)
    grown = the(cohort)
    assert (grown.profile, grown.provisional) == ("", False)
    assert grown.coverage == pytest.approx(0.8)
    assert grown.value > young.value + 30


def test_milestones_are_half_of_the_score_and_all_else_weighs_what_it_always_does() -> None:
    model = load_preset("default")
    own = {name: component.weight for name, component in model.components.items() if component.weight}
    assert model.profiles["onboarding"].weights == {"onboarding": 100, **own}
    assert sum(own.values()) == 100


def test_an_account_of_which_no_milestone_was_ever_heard_is_judged_by_the_rest() -> None:
    cohort = history_of("default", *each_day(range(60)))
    got, judged = judgements(cohort), the(cohort)
    assert (got["onboarding"], judged.profile, judged.provisional) == (None, "onboarding", True)
    own = {name: component.weight for name, component in load_preset("default").components.items()}
    said = {name: judgement for name, judgement in got.items() if judgement is not None and own[name]}
    assert judged.value == pytest.approx(
        sum(own[name] * judgement for name, judgement in said.items()) / sum(own[name] for name in said)
    )


def test_a_well_onboarded_account_that_has_not_been_seen_in_30_days_is_held_at_40() -> None:
    cohort = history_of("default", *ONBOARDED)
    seen = []
    for days in (29, 30):
        cohort.advance(NOW + days * DAY)
        seen.append((the(cohort).value, the(cohort).flags))
    assert seen[0][0] > 70
    assert seen == [(seen[0][0], ()), (40.0, ("silent",))]


def test_a_silent_account_of_the_default_model_falls_through_its_tiers() -> None:
    cohort = history_of("default", *each_day(range(60)))
    tiers: list[str] = []
    for hours in range(24 * 40):
        cohort.advance(NOW + hours * 3_600_000)
        if tier(cohort) not in tiers[-1:]:
            tiers.append(tier(cohort))
    assert tiers == ["green", "yellow", "red"]


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
    judged = plan.live.score(Account(plan, NOW), {})
    assert judged is None or 0 <= judged.value <= 100


@pytest.mark.parametrize("preset", PRESETS)
def test_the_tiers_are_half_open_on_the_unrounded_score(preset: str) -> None:
    live = Plan(load_preset(preset)).live
    for number, each in enumerate(live.model.tiers):
        assert live.tier_of(each.lower) == number
        assert number == 0 or live.tier_of(each.lower - 1e-9) == number - 1
    assert (live.tier_of(0.0), live.tier_of(100.0)) == (0, len(live.tier_names) - 1)


def test_each_preset_names_its_tiers() -> None:
    classic = {"red": 0, "yellow": 45, "green": 75}
    assert {name: {tier.name: tier.lower for tier in load_preset(name).tiers} for name in PRESETS} == {
        "default": classic,
        "usage-trend-friction": classic,
        "four-inputs": classic,
        "eight-components": {"at-risk": 0, "watch": 45, "healthy": 75},
        "health-index": {"critical": 0, "high": 40, "medium": 60, "low": 80},
    }
