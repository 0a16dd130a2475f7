"""When a route may send: the instants of a digest, and quiet hours, by the wall clock of a zone. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.lifecycle.schema import Digest, Quiet
from scoring.instants import FAR, MINUTE_MS

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_A_DAY = 24 * 60


class DigestTimes:
    """The instants of a digest. On a day without that time (the clock goes forward) it is as much later as the clock
    goes forward; on a day with two, the first."""

    def __init__(self, digest: Digest, zone: str) -> None:
        """`zone` is the zone of the rules, for a digest without one of its own."""
        self._zone = ZoneInfo(digest.zone or zone)
        self._days = frozenset(WEEKDAYS.index(day) for day in digest.days)
        minute = _minute(digest.at)
        self._at = minute // 60, minute % 60

    def after(self, at_ms: int) -> int:
        """The first instant after `at_ms` at which a digest is sent."""
        today = _local(at_ms, self._zone).date()
        # A week and a day: the only day of the week may be today, and past.
        for ahead in range(-1, 9):
            day = today + timedelta(days=ahead)
            if day.weekday() in self._days and (instant := self._instant(day)) > at_ms:
                return instant
        raise AssertionError("a digest has a day")

    def _instant(self, day: date) -> int:
        hour, minute = self._at
        return _milliseconds(datetime(day.year, day.month, day.day, hour, minute, tzinfo=self._zone))


class QuietHours:
    """Hours in which nothing is sent. `days` are those on which they begin."""

    def __init__(self, quiet: Quiet, zone: str) -> None:
        """`zone` is the zone of the rules, for hours without one of their own."""
        self._zone = ZoneInfo(quiet.zone or zone)
        self._days = frozenset(WEEKDAYS.index(day) for day in quiet.days)
        self._from, self._to = _minute(quiet.from_), _minute(quiet.to)
        self._known = (FAR, FAR)
        """A span without quiet hours, [from, to), so that most steps cost two comparisons."""

    def end(self, at_ms: int) -> int:
        """The first instant from `at_ms` on that is not quiet: `at_ms` itself outside of quiet hours."""
        begin, end = self._known
        if begin <= at_ms < end:
            return at_ms
        if not self._is_quiet(at_ms):
            # Offsets of zones are whole minutes, so the answer holds to the end of the minute.
            self._known = (at_ms, at_ms - at_ms % MINUTE_MS + MINUTE_MS)
            return at_ms
        minute = at_ms - at_ms % MINUTE_MS
        for ahead in range(1, 9 * _MINUTES_A_DAY):
            if not self._is_quiet(minute + ahead * MINUTE_MS):
                return minute + ahead * MINUTE_MS
        raise AssertionError("quiet hours end")

    def _is_quiet(self, at_ms: int) -> bool:
        local = _local(at_ms, self._zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self._from < self._to:
            return day in self._days and self._from <= minute < self._to
        began_today = day in self._days and minute >= self._from
        return began_today or ((day - 1) % 7 in self._days and minute < self._to)


def _minute(text: str) -> int:
    """Minutes since midnight of HH:MM."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _local(at_ms: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)


def _milliseconds(instant: datetime) -> int:
    return round((instant.astimezone(UTC) - _EPOCH) / timedelta(milliseconds=1))
