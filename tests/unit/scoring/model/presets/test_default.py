"""The model `default`: an account against its own usual, what is no evidence, and who has no score."""

from __future__ import annotations

import pytest

from scoring.explain.explanation import explain
from scoring.fold.cohort import Cohort
from scoring.model.loader import load_preset
from tests.builders import Sent, an_exception, subscription, ticket, usage
from tests.support.explained import snapshot_at
from tests.support.presets import DAY, NOW, each_day, history_of, judgements, the, tier

STEADY = each_day(range(300))
MILESTONES = ("signed_up", "setup_completed", "member_invited", "core_action_completed")


def milestones(number: int, days_ago: float = 25) -> list[Sent]:
    return [usage("acme", NOW - round(days_ago * DAY), event=name) for name in MILESTONES[:number]]


def reading_of(cohort: Cohort) -> tuple[float | None, str, str, bool]:
    """Score, tier, standing and whether it is provisional."""
    snapshot = snapshot_at(cohort.plan, cohort.accounts["acme"])
    return snapshot.score, snapshot.tier, snapshot.standing, snapshot.provisional


# --- use against the account's own


def test_an_account_that_lives_as_it_always_did_is_green_and_known() -> None:
    judged = the(history_of("default", *STEADY))
    assert judged.value > 80
    assert not judged.provisional
    assert judged.coverage > load_preset("default").header.provisional_below


@pytest.mark.parametrize("every", [1, 7, 30], ids=["daily", "weekly", "monthly"])
def test_each_rhythm_is_its_own_measure(every: int) -> None:
    got = judgements(history_of("default", *each_day(range(0, 300, every))))
    assert got["usage"] == got["days"] == 100
    assert got["recency"] == 100


# used daily for 250 days │ nothing for 50 days │ now
def test_an_account_that_stopped_falls_through_its_tiers_within_two_weeks_and_stays_red() -> None:
    cohort = history_of("default", *STEADY)
    tiers: list[str] = []
    for hours in range(0, 24 * 50, 6):
        cohort.advance(NOW + hours * 3_600_000)
        if tier(cohort) not in tiers[-1:]:
            tiers.append(tier(cohort))
        if hours == 24 * 14:
            assert tiers[-1] == "red"
    assert tiers == ["green", "yellow", "red"]
    assert the(cohort).flags == ("silent",)


@pytest.mark.parametrize("history", [60, 120, 300])
def test_no_score_rises_while_nobody_comes(history: int) -> None:
    cohort = history_of("default", *each_day(range(history)))
    scores = []
    for days in range(0, 200, 3):
        cohort.advance(NOW + days * DAY)
        scores.append(the(cohort).value)
    lowest = scores[0]
    for score in scores:
        assert score < lowest + 4  # what is usual, and what is known of it, change while it is silent
        lowest = min(lowest, score)


@pytest.mark.parametrize("days", [100, 160, 250, 390])
def test_an_account_that_nobody_has_used_for_long_does_not_come_back_to_neutral(days: int) -> None:
    """The silence of a hundred days has become usual for all that is measured by the half year before."""
    cohort = history_of("default", *STEADY)
    cohort.advance(NOW + days * DAY)
    assert tier(cohort) == "red"


@pytest.mark.parametrize(("days", "expected"), [(20, "yellow"), (40, "red"), (84, "red"), (390, "red")])
def test_an_account_that_was_seen_once_and_never_again_is_red_after_a_month(days: int, expected: str) -> None:
    cohort = history_of("default", usage("acme", NOW))
    cohort.advance(NOW + days * DAY)
    assert tier(cohort) == expected


# --- what is no evidence


def test_a_new_account_is_neutral_and_provisional() -> None:
    score, tier_name, standing, provisional = reading_of(history_of("default", usage("acme", NOW)))
    assert score == load_preset("default").header.neutral
    assert (tier_name, standing, provisional) == ("yellow", "", True)


def test_a_source_that_never_sent_anything_changes_nothing_and_is_called_so() -> None:
    cohort = history_of("default", *STEADY)
    contributions = explain(cohort.plan, snapshot_at(cohort.plan, cohort.accounts["acme"])).contributions
    words = {each.component: each.words for each in contributions}
    for name in ("support", "friction", "billing", "sentiment", "csat"):
        assert judgements(cohort)[name] is None
        assert words[name].startswith("no account ever sent ")


def test_a_ticket_of_an_account_that_opens_some_is_no_news_and_a_run_of_them_is() -> None:
    usual = [ticket("acme", NOW - day * DAY, ticket_id=f"old{day}") for day in range(35, 200, 10)]
    few = [ticket("acme", NOW - day * DAY, ticket_id=f"new{day}") for day in (3, 12, 22)]
    many = [ticket("acme", NOW - day * DAY, ticket_id=f"new{day}") for day in range(12)]
    calm, storm = history_of("default", *STEADY, *usual, *few), history_of("default", *STEADY, *usual, *many)
    assert (judgements(calm)["support"] or 0.0) > 75
    assert judgements(storm)["support"] == 0
    assert the(calm).value - the(storm).value > 8


@pytest.mark.parametrize(("failures", "least"), [(1, 3.0), (2, 9.0), (3, 15.0)])
def test_each_failed_payment_costs_more(failures: int, least: float) -> None:
    failed = [subscription("acme", NOW - day * DAY, event="invoice_payment_failed") for day in range(failures)]
    paid = history_of("default", *STEADY)
    assert the(paid).value - the(history_of("default", *STEADY, *failed)).value > least


def test_errors_count_by_their_share_of_use() -> None:
    fine = history_of("default", *STEADY, an_exception("acme", NOW - DAY))
    storm = history_of("default", *STEADY, *(an_exception("acme", NOW - hours * 3_600_000) for hours in range(40)))
    per_100 = 100 * (1 + 0.5) / (14 + 25)
    assert judgements(fine)["friction"] == pytest.approx(85 * (20 - per_100) / (20 - 3))
    assert judgements(storm)["friction"] == 0
    assert the(fine).value - the(storm).value > 8


# --- the first 90 days


def test_milestones_count_against_an_account_from_the_day_on_which_they_are_due() -> None:
    cohort = history_of("default", *milestones(2, 0))
    seen = []
    for days in (0, 13, 14, 30):
        cohort.advance(NOW + days * DAY)
        seen.append(judgements(cohort)["onboarding"])
    # Signed up and set up; on day 14 the team was to be invited, on day 30 the first value found, which weighs 2.
    assert seen == pytest.approx([100.0, 100.0, 100 * 2 / 3, 100 * 2 / 5])


def test_in_the_first_90_days_milestones_weigh_beside_all_else_and_scores_are_provisional() -> None:
    model = load_preset("default")
    own = {name: component.weight for name, component in model.components.items() if component.weight}
    assert model.profiles["onboarding"].weights == {"onboarding": 30, **own}
    young = the(history_of("default", *milestones(2, 89), *each_day(range(60))))
    assert (young.profile, young.provisional) == ("onboarding", True)
    grown = the(history_of("default", *milestones(2, 91), *each_day(range(60))))
    assert grown.profile == ""


def test_an_account_of_which_no_milestone_was_ever_heard_has_its_ordinary_weights() -> None:
    assert the(history_of("default", *each_day(range(60)))).profile == ""


# --- who has no score


def test_a_cancelled_account_is_churned_and_comes_back_with_a_new_subscription() -> None:
    began = subscription("acme", NOW - 200 * DAY, mrr=100, plan="pro")
    ended = subscription("acme", NOW - 10 * DAY, event="subscription_canceled")
    gone = history_of("default", *STEADY, began, ended)
    assert reading_of(gone)[:3] == (None, "", "churned")
    back = history_of("default", *STEADY, began, ended, subscription("acme", NOW - DAY, mrr=100, plan="pro"))
    assert reading_of(back)[1:3] == ("green", "")


def test_an_account_of_tickets_alone_has_no_score_but_its_flags_and_a_reason() -> None:
    cohort = history_of("default", *(ticket("acme", NOW - day * DAY, ticket_id=f"t{day}") for day in range(1, 30, 4)))
    snapshot = snapshot_at(cohort.plan, cohort.accounts["acme"])
    assert (snapshot.score, snapshot.standing, snapshot.flags) == (None, "unused", ("unresolved",))
    assert cohort.plan.model.standings["unused"].label == "No product use was ever seen"
