"""What became of cases after each action that people took."""

from __future__ import annotations

from typing import Any

from alerts.step import AlertStep
from scoring.instants import DAY_MS
from streams.alerting.actions import ActionOutcome, actions
from streams.backtest.outcomes import Outcomes
from tests.builders import an_alert_step

CALLED = "called the champion"


def at(day: float, **given: Any) -> AlertStep:
    return an_alert_step(sequence=int(day * 1_000), as_of_ms=round(day * DAY_MS), **given)


def called(day: float, **given: Any) -> AlertStep:
    return at(day, step="acknowledged", reason="action", by="mara", taken=CALLED, **given)


def became(*steps: AlertStep, churned: dict[str, float] | None = None, until: float = 200) -> list[ActionOutcome]:
    outcomes = Outcomes(
        kind="churn",
        definition="left",
        at_ms={name: round(day * DAY_MS) for name, day in (churned or {}).items()},
        observed_until_ms=round(until * DAY_MS),
    )
    return list(actions(steps, outcomes, round(until * DAY_MS)))


def counts(found: ActionOutcome) -> tuple[str, int, int, int, int]:
    return found.action, found.recovered, found.churned, found.nothing, found.open


def test_a_case_that_resolves_by_itself_after_the_action_has_recovered() -> None:
    (found,) = became(at(10), called(12), at(30, step="resolved", reason="resolved"))
    assert counts(found) == (CALLED, 1, 0, 0, 0)


def test_a_case_that_a_person_resolves_has_not_recovered() -> None:
    (found,) = became(at(10), called(12), at(30, step="resolved", reason="action", by="mara"))
    assert counts(found) == (CALLED, 0, 0, 1, 0)


def test_an_account_that_leaves_in_time_has_churned() -> None:
    (found,) = became(at(10), called(12), churned={"acme": 72})
    assert counts(found) == (CALLED, 0, 1, 0, 0)


def test_what_comes_later_than_that_is_nothing() -> None:
    (found,) = became(at(10), called(12), churned={"acme": 73})
    assert counts(found) == (CALLED, 0, 0, 1, 0)


def test_an_action_that_is_too_young_is_open() -> None:
    (found,) = became(at(10), called(12), until=71)
    assert counts(found) == (CALLED, 0, 0, 0, 1)
    assert found.recovered_rate is None


def test_a_case_without_an_action_is_what_others_are_compared_with() -> None:
    (found,) = became(at(10), at(15, step="acknowledged", reason="action", by="mara"))
    assert found.action == ""


def test_few_cases_are_marked() -> None:
    many = [each for number in range(20) for each in (at(10, case_id=f"{number}"), called(12, case_id=f"{number}"))]
    assert [each.too_few for each in became(*many)] == [False]
    assert [each.too_few for each in became(*many[:38])] == [True]


def test_good_news_needs_no_action() -> None:
    assert became(at(10, severity="good")) == []
