"""What is usual, by the counts of the last week, and when a feed has stopped or a fleet falls. Pure: no clock, no I/O.

Counts are kept in windows of five minutes. *Usual* is what came at the same hours, by the wall clock of the rules'
zone, of the days before: the lesser of a week ago and the median of the last seven days. So neither a quiet night, a
weekend nor a change of the clocks is a stop, and a holiday a week ago makes the guard careful, not loud. Time that no
worker watched is not compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import msgspec

from alerts.lifecycle.schema import Guard
from scoring.instants import DAY_MS, MINUTE_MS, parse_duration

WINDOW_MS = 5 * MINUTE_MS
WEEK_DAYS = 7
LEAST_DAYS = 4
"""The number of the last seven days that must have been watched at these hours."""
LONGEST_SILENCE_MS = 3 * DAY_MS
"""A feed whose usual number of events takes longer to come has too few to say anything."""
KEEP_MS = WEEK_DAYS * DAY_MS + LONGEST_SILENCE_MS + DAY_MS
"""For how long counts are needed: a silence of three days is compared with that of a week before."""
WATCHED_SHARE = 0.8
"""A span counts as watched when workers reported on this share of it."""
WATCHED = "watched"
"""The entry of a window with the milliseconds that workers reported on, summed over the partitions."""
FALLS = "falls"
"""The entry of a window with the accounts that fell."""
ENDS_AT_SHARE = 0.5
"""Of the usual: an alarm about a feed ends when so much came, for two windows."""
SMALL = 2.0
"""A window with fewer usual events is not looked at alone: none in it says nothing."""
UNUSUAL_TIMES = 3.0
"""A fleet falls when this many times more accounts fall than usually at this hour, and more than the rules say."""

Window = Mapping[str, int]
"""Counts by feed, and `WATCHED`; of one window."""
Windows = Callable[[int], Window]
"""The window that begins at an instant, which is a multiple of `WINDOW_MS`; empty for none."""


class Limits(msgspec.Struct, frozen=True):
    """The table `[guard]` of the rules, in milliseconds, and the zone of the rules."""

    expected: float
    least_ms: int
    share: float
    accounts: int
    within_ms: int
    zone: str = "UTC"

    @classmethod
    def of(cls, guard: Guard, zone: str) -> Limits:
        """The limits of a checked table, and the zone of its file."""
        least_ms, within_ms = parse_duration(guard.least), parse_duration(guard.within)
        return cls(guard.expected, least_ms, guard.share, guard.accounts, within_ms, zone)


def days_before(at_ms: int, days: int, zone: str) -> int:
    """The instant a number of days before at which clocks in `zone` show the same time.

    >>> days_before(1_793_001_600_000, 7, "Europe/Berlin") - 1_793_001_600_000 == -7 * 86_400_000 - 3_600_000
    True
    """
    before_ms = at_ms - days * DAY_MS
    return before_ms + _offset(at_ms, zone) - _offset(before_ms, zone)


def _offset(at_ms: int, zone: str) -> int:
    return (datetime.fromtimestamp(at_ms // 1_000, ZoneInfo(zone)).utcoffset() or timedelta()) // timedelta(
        milliseconds=1
    )


def came(windows: Windows, feed: str, from_ms: int, to_ms: int) -> float:
    """How many events of a feed came in [from, to). Of a window that is in it in part, the same part is counted.

    >>> came(lambda begin: {"topic:billing": 10} if begin == 0 else {}, "topic:billing", 0, 60_000)
    2.0
    """
    total, begin = 0.0, from_ms - from_ms % WINDOW_MS
    while begin < to_ms:
        if count := windows(begin).get(feed, 0):
            inside = min(to_ms, begin + WINDOW_MS) - max(from_ms, begin)
            total += count * inside / WINDOW_MS
        begin += WINDOW_MS
    return total


def is_watched(windows: Windows, from_ms: int, to_ms: int, partitions: int) -> bool:
    """Whether workers reported on [from, to), for all `partitions`."""
    watched = came(windows, WATCHED, from_ms, to_ms)
    return watched >= WATCHED_SHARE * partitions * (to_ms - from_ms)


def usual(windows: Windows, feed: str, from_ms: int, to_ms: int, partitions: int, zone: str) -> float | None:
    """How many events of a feed usually come in [from, to), at most three days; None while nobody can know."""
    days: list[float] = []
    a_week_ago = 0.0
    for day in range(1, WEEK_DAYS + 1):
        begin, end = days_before(from_ms, day, zone), days_before(to_ms, day, zone)
        if is_watched(windows, begin, end, partitions):
            a_week_ago = came(windows, feed, begin, end)
            days.append(a_week_ago)
        elif day == WEEK_DAYS:
            return None
    return min(a_week_ago, median(days)) if len(days) >= LEAST_DAYS else None


def has_stopped(windows: Windows, feed: str, since_ms: int, now_ms: int, partitions: int, limits: Limits) -> bool:
    """Whether a feed that is silent since an instant has stopped: for as long as usually brings `limits.expected`
    events, and for `limits.least_ms`."""
    if now_ms - since_ms < limits.least_ms:
        return False
    since_ms, zone = max(since_ms, now_ms - LONGEST_SILENCE_MS), limits.zone
    a_week_ago = [days_before(each, WEEK_DAYS, zone) for each in (since_ms, now_ms)]
    if came(windows, feed, *a_week_ago) < limits.expected:
        return False  # as `usual` would say, after seven times the work
    expected = usual(windows, feed, since_ms, now_ms, partitions, zone)
    return expected is not None and expected >= limits.expected


def is_back(windows: Windows, feed: str, now_ms: int, partitions: int, zone: str) -> bool:
    """Whether at least half the usual came in each of the last two whole windows. The caller has heard the feed again.

    Windows in which hardly anything is usual are looked at together: then anything at all is enough.
    """
    end = now_ms - now_ms % WINDOW_MS
    spans = [(end - 2 * WINDOW_MS, end - WINDOW_MS), (end - WINDOW_MS, end)]
    found = [(came(windows, feed, *span), usual(windows, feed, *span, partitions, zone) or 0.0) for span in spans]
    if sum(events for events, _ in found) < ENDS_AT_SHARE * sum(expected for _, expected in found):
        return False
    return all(events >= ENDS_AT_SHARE * expected for events, expected in found if expected >= SMALL)


def fall_threshold(windows: Windows, now_ms: int, accounts: int, partitions: int, limits: Limits) -> float | None:
    """The fleet falls when more accounts than this fell within `limits.within_ms`; None while nobody can know.

    Many accounts may fall at one hour each day, when their days end. So it is at least three times the most that fell
    around this hour of the last seven days.
    """
    span = limits.within_ms + WINDOW_MS
    before: list[float] = []
    for day in range(1, WEEK_DAYS + 1):
        at_ms = days_before(now_ms, day, limits.zone)
        if is_watched(windows, at_ms - span, at_ms + WINDOW_MS, partitions):
            before.append(came(windows, FALLS, at_ms - span, at_ms + WINDOW_MS))
    if not before or not accounts:
        return None
    return max(float(limits.accounts), limits.share * accounts, UNUSUAL_TIMES * max(before))


def fell(windows: Windows, to_ms: int, within_ms: int) -> float:
    """How many accounts fell within a span that ends at an instant. The window under way counts as a whole."""
    return came(windows, FALLS, to_ms - within_ms, to_ms - to_ms % WINDOW_MS + WINDOW_MS)
