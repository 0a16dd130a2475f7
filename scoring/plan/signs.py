"""Signs that an account's use may be a machine's: all events have one name, one user or one hour of the day.

A sign appears beside the score and never changes it. It is read from the counts that a tile keeps, and from one
small summary a day (`scoring.state.tiles.Alike`), when a snapshot is made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from scoring.instants import DAY_MS, HOUR_MS, duration_words, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.plan.layout import Layout
from scoring.plan.signals.counting import alike_series
from scoring.result import Sign
from scoring.state.account import Account
from scoring.state.tiles import Alike

UNKNOWN = Alike()
_NONE, _SEVERAL = -1, -2
"""An hour that is not known yet, and more than one."""


class DayInCommon(NamedTuple):
    """The events of a day, and what they have in common: the name and the user, "" when they differ, and the hour of
    the day, UTC, below 0 when they differ."""

    number: int
    event: str
    user: str
    hour: int


class SignRule(msgspec.Struct, frozen=True):
    """A sign, compiled: the series that it looks at, on the last `days` days, today's included."""

    name: str
    signal: str
    series: int
    days: int
    span_words: str
    at_least: int
    least_days: int
    counts: str
    resolution_ms: int

    def sign_of(self, account: Account) -> Sign | None:
        """The account's sign at its instant, None when there is none. Cost: that of the days up to the first with
        events that differ in all respects."""
        return self.sign_in(self._days(account))

    def sign_in(self, days: Iterable[DayInCommon]) -> Sign | None:
        """The sign of the days with events among the last `days`, None when there is none. Days after the first with
        events that differ in all respects are not asked for."""
        found = _Found()
        for day in days:
            found.add(day)
            if not found.says_something:
                return None
        if found.number < self.at_least or found.days < self.least_days or not found.says_something:
            return None
        return self._found(found)

    def span(self, as_of_ms: int) -> range:
        """The days that count at an instant."""
        today = as_of_ms // DAY_MS
        return range(today - self.days + 1, today + 1)

    def _days(self, account: Account) -> Iterable[DayInCommon]:
        for day in self.span(account.as_of_ms):
            tile = account.tiles.get(day)
            counts = tile.counts[self.series] if tile is not None else None
            if counts is None:
                continue
            number, alike = sum(counts.numbers), counts.alike
            if alike is None or alike.number != number:  # it is kept since the middle of the day, or later
                alike = UNKNOWN
            yield DayInCommon(number, alike.event, alike.user, self._hour(counts.buckets))

    def _hour(self, buckets: list[int]) -> int:
        """The hour of the day, UTC, that all of these are in; `_SEVERAL` when there is none, or buckets are wider."""
        if self.resolution_ms > HOUR_MS:
            return _SEVERAL
        hour = buckets[0] * self.resolution_ms // HOUR_MS % 24
        is_one = all(bucket * self.resolution_ms // HOUR_MS % 24 == hour for bucket in buckets)
        return hour if is_one else _SEVERAL

    def _found(self, found: _Found) -> Sign:
        hour = found.hour if found.hour >= 0 else None
        return Sign(name=self.name, number=found.number, event=found.event or "", user=found.user or "", hour=hour)

    def text(self, sign: Sign) -> str:
        """The sign in words, and what to do."""
        parts = [sign.event] if sign.event else []
        parts += [f"by one user, {sign.user}"] if sign.user else []
        parts += [hour_words(sign.hour)] if sign.hour is not None else []
        what = "it" if sign.event else "the names of these events"
        return (
            f"All {sign.number:,} {self.counts} {self.span_words} are {', '.join(parts)}: is this a person? "
            f"If not, add {what} to [events] machine of the model"
        )


class _Found:
    """What all events so far have in common: None of nothing, "" of events that differ."""

    __slots__ = ("days", "event", "hour", "number", "user")

    def __init__(self) -> None:
        self.number = self.days = 0
        self.event: str | None = None
        self.user: str | None = None
        self.hour = _NONE

    def add(self, day: DayInCommon) -> None:
        """Take in a day."""
        number, event, user, hour = day
        self.number += number
        self.days += 1
        self.event = event if self.event in (None, event) else ""
        self.user = user if self.user in (None, user) else ""
        self.hour = hour if self.hour in (_NONE, hour) else _SEVERAL

    @property
    def says_something(self) -> bool:
        """Whether they have anything in common."""
        return bool(self.event or self.user or self.hour >= 0)


def hour_words(hour: int) -> str:
    """An hour of the day.

    >>> hour_words(23)
    'at 23:00–24:00 UTC'
    """
    return f"at {hour:02}:00–{hour + 1:02}:00 UTC"


def compile_signs(layout: Layout, model: Model) -> tuple[SignRule, ...]:
    """The signs of a model; the state that they need is added to `layout`."""
    rules = []
    for name, sign in model.signs.items():
        signal = model.signals[sign.signal]
        assert isinstance(signal, schema.Count)
        window_ms = parse_duration(signal.window)
        rules.append(
            SignRule(
                name,
                sign.signal,
                alike_series(layout, signal),
                window_ms // DAY_MS,
                f"in {duration_words(window_ms)}",
                sign.at_least,
                sign.days,
                signal.label or sign.signal,
                layout.resolution_ms,
            )
        )
    return tuple(rules)
