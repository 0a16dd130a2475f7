"""What is usual, and what a stop is: by the same hours of the last week."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import Guard
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from streams.guard.rates import (
    FALLS,
    WATCHED,
    WINDOW_MS,
    Limits,
    Window,
    came,
    fall_threshold,
    fell,
    has_stopped,
    is_back,
    usual,
)
from tests.unit.streams.guard.week import LIMITS, MONDAY

FEED = "topic:billing"
NOW = MONDAY + 8 * DAY_MS + 12 * HOUR_MS  # a Tuesday, at noon


def days(*counts: int | None, feed: str = FEED) -> dict[int, Window]:
    """Windows of whole days, from seven days ago to today: the events in each; None for a day without workers."""
    windows: dict[int, Window] = {}
    for back, count in zip(range(7, -1, -1), counts, strict=True):
        for begin in range(NOW - back * DAY_MS - 12 * HOUR_MS, NOW - back * DAY_MS + 12 * HOUR_MS, WINDOW_MS):
            if count is not None and begin < NOW:
                windows[begin] = {feed: count, WATCHED: WINDOW_MS}
    return windows


def expected(windows: dict[int, Window], minutes: int = 20) -> float | None:
    return usual(lambda begin: windows.get(begin, {}), FEED, NOW - minutes * MINUTE_MS, NOW, 1, "UTC")


def test_of_windows_that_are_in_a_span_in_part_the_same_part_is_counted() -> None:
    windows: dict[int, Window] = {0: {FEED: 10}, WINDOW_MS: {FEED: 20}}
    read = lambda begin: windows.get(begin, {})  # noqa: E731
    assert came(read, FEED, 0, 2 * WINDOW_MS) == 30
    assert came(read, FEED, WINDOW_MS // 2, WINDOW_MS + WINDOW_MS // 4) == 10
    assert came(read, FEED, 0, 0) == 0


def test_usual_is_the_lesser_of_a_week_ago_and_the_median() -> None:
    assert expected(days(10, 10, 10, 10, 10, 10, 10, 0)) == 40
    assert expected(days(5, 10, 10, 10, 10, 10, 10, 0)) == 20, "a week ago was a holiday"
    assert expected(days(10, 10, 0, 0, 10, 10, 10, 0)) == 40, "two days of the week are quiet"
    assert expected(days(10, 2, 2, 2, 2, 10, 10, 0)) == 8


def test_a_new_deployment_has_no_usual() -> None:
    assert expected(days(None, 10, 10, 10, 10, 10, 10, 0)) is None
    assert expected({}) is None
    assert expected(days(10, None, None, None, None, 10, 10, 0)) is None, "too few days were watched"
    assert expected(days(10, None, None, None, 10, 10, 10, 0)) == 40


def test_time_counts_as_watched_only_when_all_partitions_reported() -> None:
    windows = days(10, 10, 10, 10, 10, 10, 10, 0)
    read = lambda begin: windows.get(begin, {})  # noqa: E731
    assert usual(read, FEED, NOW - HOUR_MS, NOW, 1, "UTC") == 120
    assert usual(read, FEED, NOW - HOUR_MS, NOW, 2, "UTC") is None


@pytest.mark.parametrize(
    ("count", "minutes", "stopped"),
    [(100, 14, False), (100, 15, True), (5, 15, False), (5, 19, False), (5, 20, True), (1, 95, False), (1, 100, True)],
)
def test_a_feed_has_stopped_when_as_many_events_are_missing_and_the_least_time_has_passed(
    count: int, minutes: int, stopped: bool
) -> None:
    windows = days(*[count] * 7, 0)
    since = NOW - minutes * MINUTE_MS
    assert has_stopped(lambda begin: windows.get(begin, {}), FEED, since, NOW, 1, LIMITS) is stopped


def test_a_feed_of_few_events_never_stops() -> None:
    """One event each five hours: twenty are four days, longer than the guard looks."""
    windows: dict[int, Window] = {}
    for number, begin in enumerate(range(NOW - 11 * DAY_MS, NOW, WINDOW_MS)):
        windows[begin] = {FEED: int(number % 60 == 0), WATCHED: WINDOW_MS}
    assert not has_stopped(lambda begin: windows.get(begin, {}), FEED, NOW - 10 * DAY_MS, NOW, 1, LIMITS)


def test_a_feed_is_back_at_half_its_usual_for_two_windows() -> None:
    windows = days(*[10] * 7, 0)
    read = lambda begin: windows.get(begin, {})  # noqa: E731
    assert not is_back(read, FEED, NOW, 1, "UTC")
    windows[NOW - WINDOW_MS] = {FEED: 30, WATCHED: WINDOW_MS}
    assert not is_back(read, FEED, NOW, 1, "UTC"), "only one window"
    windows[NOW - 2 * WINDOW_MS] = {FEED: 4, WATCHED: WINDOW_MS}
    assert not is_back(read, FEED, NOW, 1, "UTC"), "less than half in one of them"
    windows[NOW - 2 * WINDOW_MS] = {FEED: 5, WATCHED: WINDOW_MS}
    assert is_back(read, FEED, NOW, 1, "UTC")


def test_a_slow_feed_is_back_with_its_first_event() -> None:
    windows = days(*[1] * 7, 0)
    read = lambda begin: windows.get(begin, {})  # noqa: E731
    assert not is_back(read, FEED, NOW, 1, "UTC")
    windows[NOW - WINDOW_MS] = {FEED: 1, WATCHED: WINDOW_MS}
    assert is_back(read, FEED, NOW, 1, "UTC")


def test_the_threshold_of_falls_is_the_share_the_number_and_thrice_what_is_usual() -> None:
    def threshold(each: int, accounts: int) -> float | None:
        windows = days(*[each] * 7, 0, feed=FALLS)
        return fall_threshold(lambda begin: windows.get(begin, {}), NOW, accounts, 1, LIMITS)

    assert threshold(0, 1_000) == 50
    assert threshold(0, 100) == 10
    assert threshold(10, 1_000) == 120, "forty in twenty minutes are usual"
    assert threshold(0, 0) is None
    assert fall_threshold(lambda begin: {}, NOW, 1_000, 1, LIMITS) is None, "no day was watched"


def test_falls_are_counted_up_to_the_end_of_the_window_under_way() -> None:
    windows: dict[int, Window] = {NOW: {FALLS: 7}, NOW - WINDOW_MS: {FALLS: 3}, NOW - 3 * WINDOW_MS: {FALLS: 9}}
    assert fell(lambda begin: windows.get(begin, {}), NOW + 1, 2 * WINDOW_MS) == pytest.approx(10, abs=0.01)


def test_limits_are_those_of_the_rules() -> None:
    assert Limits.of(Guard(), "UTC") == LIMITS
