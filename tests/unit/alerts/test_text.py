"""A notification in words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notification import Cause
from alerts.text import in_words, money, plain, points, signed
from tests.builders import a_notification


def test_a_fall_says_what_why_what_holds_it_down_and_what_is_at_stake() -> None:
    assert in_words(a_notification()) == (
        "acme fell from green to yellow: 78.4 ▸ 61.2 (−17.2). 412 events of 22 October left the 30-day window. "
        "Drivers: Usage (no login in 15 days). MRR 5,000."
    )


def test_a_rise_without_drivers_or_mrr_says_only_what_is_known() -> None:
    rise = a_notification(
        from_tier="red", to_tier="green", worse=False, before=44.99, after=75.0, change=30.01, drivers=(), mrr=None
    )
    assert in_words(rise) == (
        "acme rose from red to green: 44.99 ▸ 75 (+30.01). 412 events of 22 October left the 30-day window."
    )


def test_a_cause_that_ends_with_a_full_stop_does_not_get_a_second_one() -> None:
    words = in_words(a_notification(cause=Cause(kind="event", words="plan_changed arrived."), drivers=(), mrr=None))
    assert words.endswith("(−17.2). plan_changed arrived.")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.0, "0"), (-0.001, "0"), (100.0, "100"), (65.85, "65.85"), (61.2, "61.2")]
)
def test_points_have_two_decimals_at_most_and_no_negative_zero(value: float, text: str) -> None:
    assert points(value) == text


def test_a_change_always_shows_its_sign() -> None:
    assert [signed(value) for value in (-17.2, 17.2, 0.0)] == ["−17.2", "+17.2", "0"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [(5_000.0, "5,000"), (0.0, "0"), (999.99, "999.99"), (-1_200.5, "−1,200.50"), (1e308, "1.00e+308")],
)
def test_money_is_grouped_and_never_hundreds_of_digits(amount: float, text: str) -> None:
    assert money(amount) == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("acme\n\nPAID: everything is fine", "acme PAID: everything is fine"),
        ("\x1b[2J\x1b]0;owned\x07acme", "[2J ]0;owned acme"),
        ("\u202eemca", "emca"),
        ("a\u200bc\u2028me", "ac me"),
        ("\ud800acme", "acme"),
        (" \t ", "?"),
    ],
)
def test_a_hostile_name_cannot_leave_its_place(hostile: str, shown: str) -> None:
    assert plain(hostile, 80) == shown


@given(st.text(alphabet=st.characters()), st.integers(1, 50))
def test_plain_text_is_short_visible_and_on_one_line_whatever_comes_in(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert 1 <= len(shown) <= limit
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()


def test_one_name_of_five_thousand_characters_leaves_room_for_the_rest() -> None:
    words = in_words(a_notification(account_id="a" * 5_000))
    assert words.startswith("a" * 79 + "… fell from green to yellow")
    assert len(words) < 300
