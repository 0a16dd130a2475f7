"""Sentences, and names that try to break them."""

from __future__ import annotations

import pytest

from alerts.lifecycle import words
from alerts.lifecycle.cases.call import link
from scoring.instants import HOUR_MS

NASTY = "acme\x1b[2J\u202e<!channel>\nltd" + "x" * 500


@pytest.mark.parametrize(
    "sentence",
    [
        words.tier_change(NASTY, "green", "red", is_worse=True),
        words.dropped(NASTY, 9_000, 7_000, 24 * HOUR_MS),
        words.nobody_acted(NASTY, "Health fell", 48 * HOUR_MS, is_open_hours=True),
        words.snooze_ended(NASTY, NASTY, ["a", "b", "c", "d"], 2),
        words.acted(NASTY, "Health fell", "acknowledged", NASTY),
        words.mrr_changed(NASTY, 10**30, 1e300, 24 * HOUR_MS),
    ],
)
def test_a_name_can_neither_break_the_line_nor_hide(sentence: str) -> None:
    assert "\n" not in sentence
    assert "\x1b" not in sentence
    assert "\u202e" not in sentence
    assert len(sentence) < 500


def test_open_hours_are_said() -> None:
    said = words.nobody_acted("acme", "MRR fell", 16 * HOUR_MS, is_open_hours=True)
    assert said == "acme: nobody acted in 16 open hours on MRR fell"


def test_a_moment_is_by_the_wall_clock_of_the_zone() -> None:
    assert words.moment(1_795_874_400_000, "Europe/Berlin") == "28 November 15:00 CET"


def test_what_a_summary_cannot_name_is_counted() -> None:
    assert words.snooze_ended("acme", "ann", ["a", "b", "c", "d"], 2).endswith("ended: a; b; c; 3 more")


def test_a_link_escapes_the_account() -> None:
    assert link("https://x.example/{account_id}", "../a?b\ud800", "r") == "https://x.example/..%2Fa%3Fb%3F"
