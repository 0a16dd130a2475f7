"""Instants, days and spans as text, in a reader's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name; UTC where it is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local(at_ms: int, zone: tzinfo = UTC) -> datetime:
    """The wall time of an instant; at the ends of the calendar for one beyond it."""
    try:
        return datetime.fromtimestamp(at_ms / 1000, zone)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0 if at_ms < 0 else 253_370_764_800, zone)


def day_text(day: date, today: date, *, weekday: bool = True) -> str:
    """A day: the weekday when it is within seven days, the year only where another could be meant.

    >>> today = date(2026, 11, 26)
    >>> day_text(date(2026, 11, 28), today), day_text(date(2026, 11, 7), today), day_text(date(2027, 10, 19), today)
    ('Sat 28 Nov', '7 Nov', '19 Oct 2027')
    """
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    if weekday and abs((day - today).days) <= 7:
        text = f"{_WEEKDAYS[day.weekday()]} {text}"
    is_clear = -92 <= (day - today).days <= 300
    return text if day.year == today.year or is_clear else f"{text} {day.year}"


def instant_text(at_ms: int, now_ms: int, zone: tzinfo = UTC, *, weekday: bool = True) -> str:
    """An instant to the minute.

    >>> instant_text(1_795_874_400_000, 1_795_703_527_000)
    'Sat 28 Nov 14:00'
    """
    at, now = local(at_ms, zone), local(now_ms, zone)
    return f"{day_text(at.date(), now.date(), weekday=weekday)} {at:%H:%M}"


def whole_text(at_ms: int, zone: tzinfo = UTC) -> str:
    """An instant whole, for titles: with year, seconds and the zone's name.

    >>> whole_text(1_795_874_400_000)
    'Sat 28 Nov 2026 14:00:00 UTC'
    """
    at = local(at_ms, zone)
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} {at.tzname() or 'UTC'}"


def clock_text(at_ms: int, zone: tzinfo = UTC) -> str:
    """The time of day with its zone: «14:32:07 UTC»."""
    at = local(at_ms, zone)
    return f"{at:%H:%M:%S} {at.tzname() or 'UTC'}"


def machine_text(at_ms: int) -> str:
    """For `<time datetime>`: RFC 3339 in UTC.

    >>> machine_text(1_795_874_400_000)
    '2026-11-28T14:00:00Z'
    """
    return f"{local(at_ms):%Y-%m-%dT%H:%M:%SZ}"


def span_text(span_ms: float) -> str:
    """How long, by its two greatest units at most.

    >>> [span_text(minutes * MINUTE_MS) for minutes in (4 * 1440, 46 * 60, 182, 0.2)]
    ['4 d', '1 d 22 h', '3 h 02 min', '0 min']
    """
    minutes = int(abs(span_ms) // MINUTE_MS)
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 7 or (days and not hours):
        return f"{days} d"
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60:02} min" if hours else f"{minutes} min"


def days_ago(at_ms: int, now_ms: int, zone: tzinfo = UTC) -> int:
    """Whole days of the calendar between an instant and now, below 0 ahead."""
    return (local(now_ms, zone).date() - local(at_ms, zone).date()).days


def iso_day(text: str) -> date | None:
    """A day of «2026-11-28», also where a time follows; None for any other text."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def day_in(today: date, days: int) -> date:
    """The day that many days from one; at the calendar's end where it is beyond."""
    try:
        return today + timedelta(days=days)
    except OverflowError:
        return date.max
