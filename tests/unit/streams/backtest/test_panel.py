"""The panel: who is left out, and what counts as an outcome within a horizon."""

from __future__ import annotations

from scoring.instants import DAY_MS
from streams.backtest.panel import GONE, NO_SCORE, STANDING, UNKNOWN, YOUNG, Panel
from tests.unit.streams.backtest.panels import judged, outcomes


def rows(panel: Panel) -> list[tuple[str, float]]:
    return [(panel.accounts[number], score) for number, score in zip(panel.account, panel.score, strict=True)]


def test_an_account_is_in_the_panel_until_its_outcome_and_never_at_its_instant() -> None:
    """day   0 ..... 30 ..... 60
    acme            left"""
    panel = Panel.of(judged({"acme": [80, 40, 30]}, [0, 30, 60]), outcomes({"acme": 30}), 0)
    assert rows(panel) == [("acme", 80.0)]
    assert panel.excluded[GONE].rows == 2
    assert panel.excluded[GONE].accounts == 1


def test_what_could_not_have_warned_is_excluded_for_the_first_reason_that_holds() -> None:
    scores: dict[str, list[float | None]] = {
        "gone": [1.0],
        "new": [2.0],
        "none": [None],
        "paused": [3.0],
        "fine": [4.0],
        "who": [5.0],
    }
    found = judged(scores, [0], first_days={"new": -29}, standings={"paused": [0]})
    panel = Panel.of(found, outcomes({"gone": -5}, unknown=frozenset({"who"})), 30 * DAY_MS)
    assert rows(panel) == [("fine", 4.0)]
    assert {reason: each.rows for reason, each in panel.excluded.items()} == {
        GONE: 1,
        YOUNG: 1,
        STANDING: 1,
        NO_SCORE: 1,
        UNKNOWN: 1,
    }


def test_an_account_of_exactly_the_least_age_counts() -> None:
    found = judged({"new": [2.0]}, [0], first_days={"new": -30})
    assert len(Panel.of(found, outcomes({}), 30 * DAY_MS)) == 1


def test_an_outcome_counts_within_the_horizon_and_on_its_last_instant() -> None:
    panel = Panel.of(judged({"on": [1.0], "past": [1.0], "stays": [1.0]}, [0]), outcomes({"on": 30, "past": 30.01}), 0)
    assert panel.churned(30).tolist() == [True, False, False]
    assert panel.churned(60).tolist() == [True, True, False]


def test_rows_whose_horizon_ends_after_the_data_are_censored_whatever_became_of_the_account() -> None:
    panel = Panel.of(judged({"acme": [1.0, 1.0], "left": [1.0, 1.0]}, [0, 40]), outcomes({"left": 45}, 90), 0)
    assert len(panel.observed(50)) == 4
    assert len(panel.observed(60)) == 2
    assert len(panel.observed(91)) == 0


def test_an_outcome_after_the_end_of_what_was_observed_is_none() -> None:
    panel = Panel.of(judged({"acme": [1.0]}, [0]), outcomes({"acme": 91}, until_day=90), 0)
    assert not panel.churned(365).any()
