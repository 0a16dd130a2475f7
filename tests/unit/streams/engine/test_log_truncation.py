"""A log that ends before its applied offset is detected, and the text says what to do."""

from __future__ import annotations

import pytest

from streams.engine.log_truncation import truncation_error


@pytest.mark.parametrize("end", [10, 11, 5_000])
def test_a_log_that_holds_all_that_was_applied_is_as_it_should_be(end: int) -> None:
    assert truncation_error(3, {"analytics": 9}, {"analytics": end}) is None


@pytest.mark.parametrize("end", [0, 1, 9])
def test_a_log_that_ends_before_what_was_applied_was_made_anew_or_cut_short(end: int) -> None:
    words = truncation_error(3, {"billing": -1, "p-analytics": 9}, {"billing": 0, "p-analytics": end})
    assert words is not None
    assert words.startswith(f"the topic p-analytics, partition 3, ends at offset {end}, and 9 was applied already")
    assert words.endswith("set a new VITALS_GROUP, under which the state is rebuilt from what the topics hold.")


def test_nothing_applied_of_an_empty_log_is_as_it_should_be() -> None:
    assert truncation_error(0, {"analytics": -1}, {"analytics": 0}) is None


def test_of_a_log_whose_end_is_not_known_nothing_is_said() -> None:
    assert truncation_error(0, {"analytics": 9}, {}) is None
