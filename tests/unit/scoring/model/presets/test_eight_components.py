"""The model `eight-components`, worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from scoring.model.loader import load_preset
from tests.builders import subscription, usage
from tests.support.presets import DAY, NOW, each_day, history_of, judgements, the, tier

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
