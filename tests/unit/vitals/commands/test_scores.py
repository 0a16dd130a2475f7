"""The orders of `vitals scores`: by health, by the money at stake, and by both."""

from __future__ import annotations

import pytest

from scoring.explain.priority import at_risk
from scoring.result import ScoreSnapshot
from tests.builders import a_snapshot
from vitals.commands.scores import By, ordered

WORST_FIRST = [
    a_snapshot("small and lost", score=10.0, tier="red", mrr=250.0),  # 225 at risk
    a_snapshot("large and low", score=40.0, tier="red", mrr=5_000.0),  # 3,000
    a_snapshot("giant and fair", score=70.0, tier="yellow", mrr=20_000.0),  # 6,000
    a_snapshot("no money known", score=72.0, tier="yellow", mrr=None),
    a_snapshot("perfect", score=100.0, tier="green", mrr=9_000.0),  # 0
    a_snapshot("unjudged", score=None, tier="", mrr=8_000.0),
]


def names(answers: list[ScoreSnapshot]) -> list[str]:
    return [answer.account_id for answer in answers]


def test_by_score_the_order_of_health_is_kept() -> None:
    assert ordered(WORST_FIRST, By.SCORE) == WORST_FIRST


def test_by_value_the_most_revenue_at_risk_comes_first_and_what_has_none_last() -> None:
    assert names(ordered(WORST_FIRST, By.VALUE)) == [
        "giant and fair",
        "large and low",
        "small and lost",
        "no money known",
        "perfect",
        "unjudged",
    ]


def test_by_risk_a_worse_tier_comes_first_and_within_it_the_most_revenue_at_risk() -> None:
    assert names(ordered(WORST_FIRST, By.RISK)) == [
        "large and low",
        "small and lost",
        "giant and fair",
        "no money known",
        "perfect",
        "unjudged",
    ]


@pytest.mark.parametrize("by", list(By))
def test_no_accounts_are_no_accounts_in_any_order(by: By) -> None:
    assert ordered([], by) == []


@pytest.mark.parametrize(("score", "value"), [(0.0, 5_000.0), (65.85, 1_707.5), (100.0, 0.0)])
def test_the_value_at_risk_is_the_share_of_revenue_that_health_leaves_open(score: float, value: float) -> None:
    assert at_risk(score, 5_000.0) == pytest.approx(value)
