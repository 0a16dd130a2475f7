"""Flags that hold, and falls of tier as alerts; day by day."""

from __future__ import annotations

import pytest

from scoring.instants import DAY_MS
from streams.backtest.report import AlertPrecision
from streams.backtest.tier_grid import TierGrid
from tests.unit.streams.backtest.panels import judged, outcomes

R, Y, G = 20.0, 60.0, 90.0


def grid(scores: dict[str, list[float | None]], left: dict[str, float], until: int = 200) -> TierGrid:
    """One score a day, from day 0."""
    days = list(range(len(next(iter(scores.values())))))
    return TierGrid.of(judged(scores, days), outcomes(left, until), 0)


def alerts(found: TierGrid, days: int = 30) -> dict[str, AlertPrecision]:
    return {each.rule: each for each in found.alert_precision(days, draws=50)}


def test_lead_time_is_from_the_first_flag_that_held() -> None:
    """day    0 1 2 3 4 5 6
    acme      G R G R R R left at 6: red since day 3"""
    found = grid({"acme": [G, R, G, R, R, R, R]}, {"acme": 6}).lead_time(1)
    assert (found.churned, found.caught, found.p50.value) == (1, 1, 3.0)


def test_a_flag_that_was_taken_back_catches_nobody() -> None:
    found = grid({"acme": [G, R, R, G, G]}, {"acme": 4}).lead_time(1)
    assert (found.churned, found.caught) == (1, 0)
    assert found.p50.value is None


def test_how_many_were_flagged_so_many_days_ahead_is_told_of_all_that_churned() -> None:
    """slow is red since day 1 and leaves at 5; sudden is red on its last day; missed never."""
    scores: dict[str, list[float | None]] = {
        "slow": [G, R, R, R, R],
        "sudden": [G, G, G, G, R],
        "missed": [G, G, G, G, G],
    }
    found = grid(scores, dict.fromkeys(scores, 5.0)).lead_time(1, (1, 2, 4, 5), draws=20)
    assert [(each.days, each.share.value) for each in found.ahead] == [(1, 2 / 3), (2, 1 / 3), (4, 1 / 3), (5, 0.0)]


def test_what_comes_after_the_outcome_does_not_count() -> None:
    found = grid({"acme": [G, G, G, R, R, R]}, {"acme": 3}).lead_time(1)
    assert found.caught == 0


def test_the_worst_two_tiers_flag_earlier() -> None:
    found = grid({"acme": [G, Y, Y, R, R]}, {"acme": 4.5})
    assert found.lead_time(1).p50.value == 1.5
    assert found.lead_time(2).p50.value == 3.5


def test_an_account_flagged_from_its_first_day_on_has_the_time_since_then() -> None:
    assert grid({"acme": [R, R, R]}, {"acme": 2.5}).lead_time(1).p50.value == 2.5


def test_an_account_without_a_score_for_a_day_keeps_its_tier() -> None:
    found = grid({"acme": [G, R, None, R]}, {"acme": 3.5})
    assert found.lead_time(1).p50.value == 2.5
    assert alerts(found)["every fall of tier"].alerts == 1


def test_alerts_are_counted_by_rule_and_only_what_followed_in_time_counts() -> None:
    """good falls to red on day 2 and leaves on day 20; noisy blinks; slow falls to yellow and stays."""
    found = grid(
        {
            "good": [G, Y, R, R, R, R, R],
            "noisy": [G, R, G, R, G, G, G],
            "slow": [G, G, Y, Y, Y, Y, Y],
        },
        {"good": 20},
    )
    told = alerts(found)
    assert {rule: (each.alerts, each.followed) for rule, each in told.items()} == {
        "every fall of tier": (5, 2),
        "falls to red": (3, 1),
        "every fall that lasted 3 days": (3, 2),
        "falls to red that lasted 3 days": (1, 1),
    }
    assert told["falls to red"].precision.value == pytest.approx(1 / 3)
    assert told["every fall of tier"].per_account_month.value == pytest.approx(5 / (21 / 30))


def test_an_alert_whose_horizon_was_not_observed_is_left_out() -> None:
    found = grid({"acme": [G, R, R, R]}, {}, until=30)
    assert alerts(found, days=30)["every fall of tier"].alerts == 0
    assert alerts(found, days=29)["every fall of tier"].alerts == 1


def test_an_outcome_after_the_horizon_did_not_follow() -> None:
    found = grid({"acme": [G, R, R, R]}, {"acme": 31.5})
    assert alerts(found, days=30)["every fall of tier"].followed == 0
    assert alerts(found, days=31)["every fall of tier"].followed == 1


def test_an_alert_on_an_account_that_is_gone_or_too_young_is_none() -> None:
    days = list(range(4))
    young = TierGrid.of(judged({"new": [G, R, R, R]}, days, first_days={"new": -28}), outcomes({}), 30 * DAY_MS)
    assert alerts(young)["every fall of tier"].alerts == 0
    assert alerts(grid({"gone": [G, G, R, R]}, {"gone": 1}))["every fall of tier"].alerts == 0


def test_a_standing_is_no_fall() -> None:
    days = list(range(4))
    found = judged({"off": [G, R, R, R]}, days, standings={"off": [-1, 0, 0, 0]})
    assert alerts(TierGrid.of(found, outcomes({}), 0))["every fall of tier"].alerts == 0
