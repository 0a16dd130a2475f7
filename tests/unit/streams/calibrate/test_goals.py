"""Goals as people write them."""

from __future__ import annotations

import pytest

from streams.calibrate.goals import Goal, parse_goal
from streams.errors import UserError

TIERS = ("red", "yellow", "green")


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("red catches 80%", Goal(tier="red", what="catches", share=0.8)),
        ("red catches at least 80 %", Goal(tier="red", what="catches", share=0.8)),
        (" yellow  flags at most 12.5%", Goal(tier="yellow", what="flags", share=0.125)),
    ],
)
def test_goals_are_read_as_people_write_them(text: str, goal: Goal) -> None:
    assert parse_goal(text, TIERS) == goal
    assert parse_goal(goal.words, TIERS) == goal


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("catch them all", "write it as"),
        ("green catches 80%", "take one of red, yellow"),
        ("blue catches 80%", "take one of red, yellow"),
        ("red catches 0%", "above 0%"),
        ("red catches 100%", "below 100%"),
    ],
)
def test_what_is_no_goal_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_goal(text, TIERS)
