"""Instants and durations, to the millisecond."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import (
    DAY_MS,
    day_words,
    duration_words,
    instant_of,
    parse_duration,
    parse_instant,
    plain_instant,
    rfc3339,
)

UNTIL_9999 = st.integers(0, 253_402_300_799_999)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1s", 1_000), ("90s", 90_000), ("15m", 900_000), ("1h", 3_600_000), ("30d", 30 * DAY_MS)],
)
def test_a_duration_is_a_whole_number_and_a_unit(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "0d", "01d", "-1d", "1.5d", "30", "d", "30 d", "30D", "1w", "1d1h", "٣d", "9" * 10 + "d"]
)
def test_anything_else_is_no_duration_and_the_error_shows_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="like '30d'"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (DAY_MS, "1 day"),
        (14 * DAY_MS, "14 days"),
        (36 * 3_600_000, "36 hours"),
        (900_000, "15 minutes"),
        (1_000, "1 second"),
        (1_500, "1500 ms"),
    ],
)
def test_a_duration_is_said_in_the_largest_unit_that_divides_it(milliseconds: int, words: str) -> None:
    assert duration_words(milliseconds) == words


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-15T00:00:00Z",
        "2026-03-15T01:00:00+01:00",
        "2026-03-14T18:30:00-05:30",
        "2026-03-15",
        "2026-03-15T00:00",
    ],
)
def test_an_instant_may_have_any_offset_and_without_one_is_utc(text: str) -> None:
    assert parse_instant(text) == 1_773_532_800_000


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "1773532800", "2026-03-15T25:00:00Z"]
)
def test_anything_else_is_no_instant_and_the_error_shows_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="2026-03-15T00:00:00Z"):
        parse_instant(text)


def test_parts_of_a_millisecond_are_dropped_downwards_also_before_1970() -> None:
    assert instant_of(datetime(1970, 1, 1, 0, 0, 0, 1_999, tzinfo=UTC)) == 1
    assert instant_of(datetime(1969, 12, 31, 23, 59, 59, 999_500, tzinfo=UTC)) == -1


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_a_moment_that_its_offset_takes_out_of_the_calendar_could_not_be_written_again_and_is_an_error(
    text: str,
) -> None:
    instant_of(datetime.fromisoformat(text))
    with pytest.raises(ValueError, match="is not an instant: write it like"):
        parse_instant(text)


@given(UNTIL_9999)
def test_what_is_written_is_read_back(instant_ms: int) -> None:
    assert parse_instant(rfc3339(instant_ms)) == instant_ms
    assert parse_instant(plain_instant(instant_ms)) == instant_ms


def test_milliseconds_are_written_only_when_there_are_any() -> None:
    assert rfc3339(1_773_532_800_000) == "2026-03-15T00:00:00Z"
    assert rfc3339(1_773_532_800_007) == "2026-03-15T00:00:00.007Z"
    assert plain_instant(1_773_532_800_070) == "2026-03-15 00:00:00.070"


@pytest.mark.parametrize(
    ("day", "words"), [(0, "1 January"), (58, "28 February"), (789, "29 February"), (364, "31 December")]
)
def test_a_day_is_said_without_its_year(day: int, words: str) -> None:
    assert day_words(day) == words
