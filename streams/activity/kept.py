"""What is kept of an account's activity: counts by name, traits, notable events. Pure."""

from __future__ import annotations

import msgspec

from scoring.instants import DAY_MS
from streams.activity.traits import TraitValue
from streams.read_model.account_values import FEATURE_WEEKS

WEEK_MS = 7 * DAY_MS
FIRST_MONDAY_MS = 4 * DAY_MS
"""1970-01-05."""


def week_of(at_ms: int) -> int:
    """The week of an instant, in weeks since Monday 1970-01-05 (UTC).

    >>> week_of(FIRST_MONDAY_MS), week_of(FIRST_MONDAY_MS - 1)
    (0, -1)
    """
    return (at_ms - FIRST_MONDAY_MS) // WEEK_MS


class FeatureCount(msgspec.Struct, array_like=True):
    """The counts of one name. Mutable. `kind` is 0 for use, 1 for what is no use, 2 for errors."""

    topic: int
    name: str
    kind: int
    first_ms: int
    last_ms: int
    total: int
    week: int
    weeks: list[int]

    def add(self, at_ms: int, week: int) -> None:
        """Count one event."""
        self.total += 1
        if at_ms > self.last_ms:
            self.last_ms = at_ms
        if at_ms < self.first_ms:
            self.first_ms = at_ms
        ahead = week - self.week
        if ahead > 0:
            self.weeks = [*self.weeks, *[0] * min(ahead, FEATURE_WEEKS)][-FEATURE_WEEKS:]
            self.week = week
            ahead = 0
        elif -ahead >= FEATURE_WEEKS:
            return
        elif -ahead >= len(self.weeks):
            self.weeks = [0] * (1 - ahead - len(self.weeks)) + self.weeks
        self.weeks[ahead - 1] += 1


class TraitSaid(msgspec.Struct, array_like=True, frozen=True):
    """A trait and when it was said."""

    name: str
    value: TraitValue
    at_ms: int


class NotableEvent(msgspec.Struct, array_like=True, frozen=True, order=True):
    """A notable event; `topic` is the index of an input topic. In the order of time."""

    at_ms: int
    topic: int
    event: str
    event_id: str
    detail: str
    is_minor: bool = False
