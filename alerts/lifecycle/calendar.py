"""The open hours of a business by the wall clock of its zone. Pure; zones come from the tz database.

An instant is open when the wall clock then shows a time in [from, to) of an open day. So nothing depends on how long a
day is: on days with a gap or a fold in the wall clock, the hours that exist count, and hours that come twice count
twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from alerts.lifecycle.schema import Calendar
from scoring.instants import DAY_MS, FAR, HOUR_MS, MINUTE_MS, instant_of

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_CLOSED = 800
"""Days without an open hour after which a calendar counts as closed for ever."""
_OFFSETS_MS = 15 * HOUR_MS
"""No zone is further from UTC."""

Interval = tuple[int, int]


class OpenHours:
    """A calendar that counts open hours. Immutable; remembers the days that it was asked for."""

    def __init__(self, calendar: Calendar, zone: str) -> None:
        """`zone` is the default for a calendar without one."""
        self._zone = ZoneInfo(calendar.zone or zone)
        self._days = frozenset(_WEEKDAYS.index(day) for day in calendar.days)
        self._holidays = frozenset(calendar.holidays)
        self._from_ms = _clock_ms(calendar.from_)
        self._to_ms = _clock_ms(calendar.to)
        if self._to_ms <= self._from_ms:
            self._to_ms += DAY_MS
        self._of_day = lru_cache(maxsize=1_024)(self._day_hours)

    @property
    def day_ms(self) -> int:
        """The length of an open day on the wall clock."""
        return self._to_ms - self._from_ms

    def is_open(self, at_ms: int) -> bool:
        """Whether the business is open at an instant."""
        return self.add(at_ms, 1) == at_ms + 1

    def add(self, at_ms: int, open_ms: int) -> int:
        """The instant at which `open_ms` (1 or more) of open hours have passed since `at_ms`; FAR if they never do."""
        left = open_ms
        day = (datetime.fromtimestamp(at_ms / 1000, self._zone) - timedelta(days=1)).date()
        closed = 0
        while closed < _LONGEST_CLOSED:
            hours = self._of_day(day)
            for begin, end in hours:
                begin = max(begin, at_ms)
                if end - begin >= left > 0:
                    return begin + left
                left -= max(0, end - begin)
            closed = 0 if hours else closed + 1
            day += timedelta(days=1)
        return FAR

    def _day_hours(self, day: date) -> tuple[Interval, ...]:
        """The open intervals that belong to a date of the wall clock, in order."""
        if day.weekday() not in self._days or day.isoformat() in self._holidays:
            return ()
        midnight = instant_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
        hours = []
        for begin, end, offset in self._offsets(midnight - _OFFSETS_MS, midnight + 2 * DAY_MS + _OFFSETS_MS):
            opens = max(begin, midnight + self._from_ms - offset)
            closes = min(end, midnight + self._to_ms - offset)
            if opens < closes:
                hours.append((opens, closes))
        return tuple(hours)

    def _offsets(self, begin: int, end: int) -> list[tuple[int, int, int]]:
        """The pieces [from, to) of a span in which the zone's offset from UTC stays the same, with the offset."""
        pieces = []
        while begin < end:
            offset = self._offset(begin)
            until = begin
            while until < end and self._offset(min(until + HOUR_MS, end)) == offset:
                until = min(until + HOUR_MS, end)
            if until < end:
                until = self._change(until, min(until + HOUR_MS, end), offset)
            pieces.append((begin, until, offset))
            begin = until
        return pieces

    def _change(self, low: int, high: int, offset: int) -> int:
        """The first instant in (low, high] whose offset is another."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, at_ms: int) -> int:
        offset = datetime.fromtimestamp(at_ms // 1000, self._zone).utcoffset()
        assert offset is not None
        return offset // timedelta(milliseconds=1)


def _clock_ms(text: str) -> int:
    """Milliseconds since midnight of HH:MM; "24:00" is the end of the day."""
    hours, minutes = text.split(":")
    return int(hours) * HOUR_MS + int(minutes) * MINUTE_MS
