"""What was said of an account, day by day."""

from __future__ import annotations

import random

import msgspec

from streams.accuracy.series import DAYS_MAX, Look, Series, is_over, with_look, with_renewal


def look(
    probability: float | None = 0.1, *, is_flagged: bool = False, has_left: bool = False, renewal: int = -1
) -> Look:
    return Look("acme", probability, 60, is_flagged, has_left, renewal)


def recorded(*days: int, series: Series | None = None) -> Series:
    for day in days:
        series = with_look(series, look(), day)
    assert series is not None
    return series


def test_a_day_is_written_once() -> None:
    series = recorded(100, 101)
    assert with_look(series, look(0.9, is_flagged=True), 101) == series
    assert with_look(series, look(0.9), 50) == series


def test_days_that_were_missed_are_known_as_such() -> None:
    series = with_look(recorded(100), look(0.123456, is_flagged=True), 103)
    assert series is not None
    assert series.flags == "0--1"
    assert series.probabilities == (0.1, None, None, 0.1235)
    assert [series.recorded(day, 0) for day in (99, 100, 102, 103, 900)] == [-1, 0, 0, 3, 3]
    assert series.recorded(102, 101) == -1


def test_only_the_last_days_are_kept_and_a_series_without_any_can_go() -> None:
    series = recorded(*range(100, 100 + DAYS_MAX + 5))
    assert (series.first_day, len(series.flags), len(series.probabilities)) == (105, DAYS_MAX, DAYS_MAX)
    assert not is_over(series, series.last_day + DAYS_MAX - 1)
    assert is_over(series, series.last_day + DAYS_MAX)
    late = with_look(recorded(100), look(), 100 + 3 * DAYS_MAX)
    assert late is not None
    assert late.first_day == 101 + 2 * DAYS_MAX


def test_leaving_is_a_day_and_nothing_is_recorded_after_it_until_it_comes_back() -> None:
    left = with_look(recorded(100), look(has_left=True), 101)
    assert left is not None
    assert (left.left_day, left.flags, left.probabilities) == (101, "0-", (0.1, None))
    assert with_look(left, look(has_left=True), 102) == left
    back = with_look(left, look(), 110)
    assert back is not None
    assert back.left_day == -1
    assert back.flags == "0" + "-" * 9 + "0"


def test_an_account_that_had_left_before_it_was_known_has_no_series() -> None:
    assert with_look(None, look(has_left=True), 100) is None


def test_renewal_dates_are_kept_as_they_move_on() -> None:
    series = with_look(None, look(renewal=200), 100)
    for day, renewal in ((101, 200), (102, -1), (103, 565)):
        series = with_look(series, look(renewal=renewal), day)
    assert series is not None
    assert series.renewals == (200, 565)


def test_a_date_that_was_corrected_is_replaced_and_an_early_renewal_is_none() -> None:
    assert with_renewal((200,), 230, 100) == (230,)
    assert with_renewal((200,), 170, 100) == (170,)
    assert with_renewal((200,), 565, 100) == (200, 565)
    assert with_renewal((200,), 230, 190) == (200, 230)
    assert with_renewal((200,), 200, 100) == with_renewal((200,), -1, 100) == (200,)
    assert len(with_renewal(tuple(range(0, 800, 100)), 900, 850)) == 8


def test_probabilities_of_another_horizon_are_not_mixed_in() -> None:
    series = with_look(recorded(100), Look("acme", 0.4, 30, False, False), 101)
    assert series is not None
    assert (series.within_days, series.probabilities, series.flags) == (30, (None, 0.4), "00")


def test_repeated_runs_write_the_same_bytes() -> None:
    chosen = random.Random(1)
    days = sorted(chosen.choices(range(1_000), k=700))
    once = recorded(*sorted(set(days)))
    again = recorded(*days)
    assert msgspec.json.encode(once) == msgspec.json.encode(again)
    assert len(msgspec.json.encode(recorded(*range(20_000, 20_500)))) < 3_500
