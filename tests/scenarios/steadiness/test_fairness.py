"""Accounts that live differently are judged by their own life: new ones, seasonal ones, small and large ones."""

from __future__ import annotations

import pytest

from scoring.plan.plan import Plan
from tests.support.worlds.lived import Lived, business, day_ms, moves

YEAR = 365


def tier_names(plan: Plan, scores: list[float]) -> list[str]:
    return [plan.primary.tier_names[plan.primary.tier_of(score)] for score in scores]


@pytest.mark.parametrize("weekly", [5, 20, 100, 1_000])
def test_a_new_account_is_no_better_than_neutral_in_its_first_weeks(plan: Plan, weekly: int) -> None:
    """Within a point: what little is known fades in. So it is not in the best tier, and no event moves it far."""
    account = Lived(lambda day: weekly / 7, 28)
    scores = account.scores(plan, range(21))
    assert max(scores) <= plan.model.header.neutral + 1
    steps, events = account.judged(plan, 0)
    assert max(map(abs, moves(steps, events))) <= 10


def test_a_new_account_that_falls_silent_is_not_red_at_once(plan: Plan) -> None:
    account = Lived(lambda day: 20 / 7 if day < 14 else 0.0, 28)
    assert "red" not in tier_names(plan, account.scores(plan, range(21)))


@pytest.mark.parametrize("a_day", [12.0, 60.0])
def test_a_holiday_of_half_the_people_is_not_red_and_is_soon_forgotten(plan: Plan, a_day: float) -> None:
    """
    use  ████████████▄▄▄▄██████
                 two weeks at a half
    """
    account = Lived(lambda day: business(a_day)(day) * (0.5 if 280 <= day < 294 else 1.0), 330)
    assert "red" not in tier_names(plan, account.scores(plan, range(280, 300)))
    assert set(tier_names(plan, account.scores(plan, range(308, 330)))) == {"green"}


def test_after_two_weeks_of_nothing_no_event_is_a_cliff_and_the_account_is_green_within_three(plan: Plan) -> None:
    account = Lived(lambda day: 0.0 if 280 <= day < 294 else business(12.0)(day), 330)
    steps, events = account.judged(plan, 280)
    assert max(map(abs, moves(steps, events))) <= 10
    assert set(tier_names(plan, account.scores(plan, range(315, 330)))) == {"green"}


def test_a_firm_that_is_closed_each_summer_is_not_red_for_it_in_its_second(plan: Plan) -> None:
    """
    use  ██████▁▁██████████▁▁████     closed for eight weeks from July on
         Jan   Jul     Jan   Jul
    """
    account = Lived(lambda day: 0.0 if 182 <= day % YEAR < 238 else business(12.0)(day), YEAR + 260)
    summer = tier_names(plan, account.scores(plan, range(YEAR + 175, YEAR + 259)))
    assert "red" not in summer


def test_one_that_is_closed_for_the_first_time_is_red(plan: Plan) -> None:
    """The last is no blank cheque."""
    account = Lived(lambda day: 0.0 if day >= YEAR + 182 else business(12.0)(day), YEAR + 238)
    assert tier_names(plan, account.scores(plan, [YEAR + 230])) == ["red"]


@pytest.mark.parametrize(
    "shape",
    [lambda day: 1.0, lambda day: 1.0 if day < 290 else 0.5, lambda day: max(0.1, 1.0 - max(0, day - 270) / 60)],
    ids=["steady", "halved", "decline"],
)
def test_size_makes_no_difference_to_accounts_of_one_shape(plan: Plan, shape: object) -> None:
    """20, 60 and 200 events a day, evenly: the same story, about the same score."""
    assert callable(shape)
    found = [
        Lived(lambda day, size=size: size * shape(day), 321, evenly=True).scores(plan, (295, 305, 320))  # type: ignore[misc]
        for size in (20, 60, 200)
    ]
    for at_one_time in zip(*found, strict=True):
        assert max(at_one_time) - min(at_one_time) <= 8


def test_days_are_counted_from_the_first() -> None:
    assert Lived(lambda day: 1.0, 2, evenly=True).events[-1].at_ms == day_ms(1)
