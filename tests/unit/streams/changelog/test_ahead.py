"""Records that a torn flush wrote ahead of an account's head."""

from __future__ import annotations

from streams.changelog.ahead import Ahead


def test_records_are_forgotten_once_the_account_is_as_far() -> None:
    ahead = Ahead([3, 0])
    ahead.note_tile(7, [5, 0])
    ahead.note_totals(0, [4, 1])
    assert ahead.holds(7, 0, 5) == (True, False)
    assert ahead.holds(7, 0, 4) == (True, True)
    ahead.forget_passed([4, 1])
    assert (ahead.is_empty, ahead.holds(7, 0, 4)) == (False, (True, False))
    ahead.forget_passed([5, 0])
    assert (ahead.is_empty, ahead.holds(7, 0, 5)) == (True, (False, False))


def test_records_that_are_no_further_than_the_head_are_not_noted() -> None:
    ahead = Ahead([3, 0])
    ahead.note_tile(7, [3, 0])
    assert ahead.is_empty
