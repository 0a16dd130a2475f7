"""Timestamps: every accepted form, converted to milliseconds since 1970, UTC. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from scoring.event.bodies import kind_of
from scoring.instants import SECOND_MS, instant_of

NUMBER_LIMIT = 1e15
_MILLISECONDS_FROM = 1e11
"""An epoch number of this size or more is in milliseconds; a smaller one is in seconds (until the year 5138)."""
_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)


class Untimely(ValueError):
    """A timestamp that cannot be read; the text explains why."""


def any_stamp_ms(found: object) -> int:
    """Milliseconds of any accepted timestamp: epoch seconds or milliseconds, a date value, or a text as `written_ms`
    reads it.

    >>> any_stamp_ms(1_772_359_200), any_stamp_ms(1_772_359_200_250)
    (1772359200000, 1772359200250)

    Raises:
        Untimely: when its unit is unknown, it is outside the calendar's range, or it has another type.
    """
    if isinstance(found, datetime):
        try:
            return instant_of(found)
        except OverflowError:
            raise Untimely("timestamp is out of the calendar's range") from None
    if isinstance(found, int | float) and not isinstance(found, bool):
        if abs(found) > NUMBER_LIMIT:
            raise Untimely("timestamp has an unknown unit: send seconds or milliseconds")
        return int(found if found >= _MILLISECONDS_FROM else found * SECOND_MS)
    if isinstance(found, str):
        return written_ms(found)
    raise Untimely(f"timestamp must be a text or a number, but is {kind_of(found)}")


def written_ms(text: str) -> int:
    """Milliseconds of an ISO 8601 date as databases and languages write it: a day alone (its midnight), no seconds, a
    space for the T, a comma for the point, an offset like +0000 or +01, UTC without an offset. A leap second (:60)
    becomes the second after it.

    >>> written_ms("1970-01-02 00:00:00.000000"), written_ms("1970-01-02T01:00+0100"), written_ms("1970-01-02")
    (86400000, 86400000, 86400000)

    Raises:
        Untimely: for any other text; digits alone, too, because a number must be sent as a number.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise Untimely(
            f"timestamp {text[:40]!r} is neither RFC 3339 nor epoch seconds or milliseconds as a number: "
            f"write it like 2026-03-15T00:00:00Z"
        )
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    is_leap = second == "60"
    try:
        whole = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            59 if is_leap else int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            _zone(zone or "Z"),
        )
        return instant_of(whole) + (SECOND_MS if is_leap else 0)
    except (ValueError, OverflowError) as error:
        raise Untimely(f"timestamp {text[:40]!r} is not a date: {error}") from None


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)
