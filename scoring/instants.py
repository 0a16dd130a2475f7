"""Instants and durations: integer milliseconds UTC inside, RFC 3339 and «30d» outside. Pure; reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
FAR = 1 << 62
"""An instant, day or bucket that never comes."""

_UNITS_MS = {"s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhd])")
_LEAP_SECOND = re.compile(r"(.+:[0-9]{2}):60(?:[.,][0-9]+)?(|Z|[+-][0-9:]+)")
_EARLIEST_MS = -62_135_596_800_000  # of the year 1
_LATEST_MS = 253_402_300_799_999  # of the year 9999
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def parse_duration(text: str) -> int:
    """Milliseconds of a duration such as "30d", "1h", "90s".

    >>> parse_duration("2h")
    7200000

    Raises:
        ValueError: for anything else; 0 is not a duration.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not a duration: write a whole number and a unit, like '30d', '1h', '15m' or '1s'"
        )
    return int(match[1]) * _UNITS_MS[match[2]]


def duration_words(duration_ms: int) -> str:
    """A duration for people, in the largest unit that divides it: «30 days», «1 hour».

    >>> duration_words(14 * DAY_MS)
    '14 days'
    """
    for unit, size in (("day", DAY_MS), ("hour", HOUR_MS), ("minute", MINUTE_MS), ("second", SECOND_MS)):
        if duration_ms % size == 0:
            count = duration_ms // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{duration_ms} ms"


def parse_instant(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 instant; without an offset it is UTC.

    A leap second, 23:59:60 UTC, becomes the second after it, as in events.

    >>> parse_instant("1970-01-02T00:00:00Z"), parse_instant("1970-01-01T23:59:60Z")
    (86400000, 86400000)

    Raises:
        ValueError: when `text` is not an instant in the years 1 to 9999 (UTC).
    """
    leap = _LEAP_SECOND.fullmatch(text)
    try:
        instant_ms = instant_of(datetime.fromisoformat(f"{leap[1]}:59{leap[2]}" if leap else text))
        instant_ms += SECOND_MS if leap else 0
    except (ValueError, OverflowError):
        instant_ms = _LATEST_MS + 1
    if not _EARLIEST_MS <= instant_ms <= _LATEST_MS or (leap and instant_ms % DAY_MS):
        raise ValueError(f"{text!r} is not an instant: write it like 2026-03-15T00:00:00Z")
    return instant_ms


def instant_of(moment: datetime) -> int:
    """Milliseconds since 1970 of `moment`, rounded down; a naive one is UTC.

    Raises:
        OverflowError: when its offset takes it out of the calendar.
    """
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (aware - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=4_096)
def rfc3339(instant_ms: int) -> str:
    """RFC 3339 in UTC, with milliseconds only when there are any.

    >>> rfc3339(86400000)
    '1970-01-02T00:00:00Z'
    """
    return plain_instant(instant_ms).replace(" ", "T") + "Z"


def plain_instant(instant_ms: int) -> str:
    """An instant as SQL prints it, UTC, without an offset.

    >>> plain_instant(86400500)
    '1970-01-02 00:00:00.500'
    """
    day, in_day = divmod(instant_ms, DAY_MS)
    seconds, rest = divmod(in_day, SECOND_MS)
    text = f"{_date(day)} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


@lru_cache(maxsize=4_096)
def _date(day: int) -> str:
    """A day (days since 1970) as SQL prints it."""
    return (_EPOCH + timedelta(days=day)).strftime("%Y-%m-%d")


def day_words(day: int) -> str:
    """A day (days since 1970) for people.

    >>> day_words(294)
    '22 October'
    """
    moment = _EPOCH + timedelta(days=day)
    return f"{moment.day} {moment:%B}"
