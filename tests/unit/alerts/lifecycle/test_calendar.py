"""Open hours by the wall clock: weekends, holidays, gaps and folds."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.lifecycle.calendar import OpenHours
from alerts.lifecycle.schema import Calendar, Weekday
from scoring.instants import DAY_MS, FAR, HOUR_MS, MINUTE_MS, parse_instant, rfc3339
from tests.support.examples import examples

BERLIN = Calendar(zone="Europe/Berlin")
ALWAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def added(calendar: Calendar, start: str, hours: float) -> str:
    return rfc3339(OpenHours(calendar, "UTC").add(parse_instant(start), round(hours * HOUR_MS)))


def test_hours_count_only_while_it_is_open() -> None:
    """Friday 16:00 in Berlin plus three hours: one on Friday, two on Monday."""
    assert added(BERLIN, "2026-01-09T15:00:00Z", 3) == "2026-01-12T10:00:00Z"


def test_what_ends_with_the_day_ends_then() -> None:
    assert added(BERLIN, "2026-01-09T15:00:00Z", 1) == "2026-01-09T16:00:00Z"


def test_holidays_are_closed() -> None:
    calendar = Calendar(zone="Europe/Berlin", holidays=("2026-01-12",))
    assert added(calendar, "2026-01-09T15:00:00Z", 3) == "2026-01-13T10:00:00Z"


def test_the_wall_clock_counts_across_a_change_of_the_clocks() -> None:
    """Clocks go forward on Sunday 29 March 2026, so Monday 10:00 is an hour earlier in UTC; back on 25 October."""
    assert added(BERLIN, "2026-03-27T15:00:00Z", 2) == "2026-03-30T08:00:00Z"
    assert added(BERLIN, "2026-10-23T14:00:00Z", 2) == "2026-10-26T09:00:00Z"


def test_a_day_of_23_hours_and_one_of_25() -> None:
    calendar = Calendar(zone="Europe/Berlin", days=ALWAYS, from_="00:00", to="24:00")
    assert added(calendar, "2026-03-28T23:00:00Z", 23) == "2026-03-29T22:00:00Z"
    hours = OpenHours(calendar, "UTC")
    assert hours.day_ms == DAY_MS
    assert hours.add(parse_instant("2026-10-24T22:00:00Z"), 25 * HOUR_MS) == parse_instant("2026-10-25T23:00:00Z")


def test_hours_in_a_gap_do_not_exist_and_hours_in_a_fold_come_twice() -> None:
    night = Calendar(zone="Europe/Berlin", days=("sun",), from_="02:00", to="04:00")
    hours = OpenHours(night, "UTC")
    assert hours.is_open(parse_instant("2026-03-29T01:00:00Z"))
    assert not hours.is_open(parse_instant("2026-03-29T00:59:59.999Z"))
    assert not hours.is_open(parse_instant("2026-03-29T02:00:00Z"))
    assert added(night, "2026-03-28T12:00:00Z", 1) == "2026-03-29T02:00:00Z"
    assert added(night, "2026-10-24T12:00:00Z", 3) == "2026-10-25T03:00:00Z"


def test_hours_may_end_on_the_next_day() -> None:
    late = Calendar(zone="UTC", days=("fri",), from_="22:00", to="02:00")
    assert added(late, "2026-01-09T21:00:00Z", 3) == "2026-01-10T01:00:00Z"
    assert added(late, "2026-01-10T01:00:00Z", 2) == "2026-01-16T23:00:00Z"


def test_a_calendar_that_never_opens_says_never() -> None:
    assert OpenHours(Calendar(days=()), "UTC").add(0, 1) == FAR


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
@examples(12)
@given(
    start=st.integers(0, 365 * 24 * 4).map(
        lambda count: parse_instant("2026-01-01T00:00:00Z") + count * 15 * MINUTE_MS
    ),
    quarters=st.integers(1, 60),
    opens=st.integers(0, 22),
    length=st.integers(1, 24),
)
def test_a_clock_that_is_read_every_quarter_of_an_hour_agrees(
    zone: str, start: int, quarters: int, opens: int, length: int
) -> None:
    closes = min(24, opens + length)
    calendar = Calendar(zone=zone, from_=f"{opens:02d}:00", to=f"{closes:02d}:00", holidays=("2026-03-30",))
    left, at_ms = quarters, start
    while left:
        local = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(zone))
        is_open = local.weekday() < 5 and opens <= local.hour < closes and str(local.date()) != "2026-03-30"
        left -= is_open
        at_ms += 15 * MINUTE_MS
    assert rfc3339(OpenHours(calendar, "UTC").add(start, quarters * 15 * MINUTE_MS)) == rfc3339(at_ms)
