"""The warning about tiers that are filled unlike the usual."""

from __future__ import annotations

import pytest

from vitals.commands.tier_shares import ACCOUNTS_LEAST, tier_shares_note


@pytest.mark.parametrize(
    ("red", "yellow", "green", "said"),
    [
        (8, 25, 67, ""),
        (5, 25, 70, ""),
        (1, 4, 95, "95 % green"),
        (30, 30, 40, "30 % red"),
        (5, 45, 50, "50 % green"),
    ],
)
def test_unusual_shares_are_told_and_usual_ones_are_not(red: int, yellow: int, green: int, said: str) -> None:
    note = tier_shares_note([("red", red), ("yellow", yellow), ("green", green)])
    assert note.startswith(said)
    assert bool(note) is bool(said)


def test_little_is_said_of_few_accounts_and_nothing_of_a_model_with_other_tiers() -> None:
    assert tier_shares_note([("red", 0), ("yellow", 0), ("green", ACCOUNTS_LEAST - 1)]) == ""
    assert tier_shares_note([("critical", 1), ("high", 2), ("medium", 3), ("low", 94)]) == ""
