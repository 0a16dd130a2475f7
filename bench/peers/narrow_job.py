"""The narrow job of the peers in Python, step by step what bench/jvm/job does in Java: the same scores to the last bit.

An event goes into its hour, in a tile a day, and into the sums of each series over each window; then the latest values
and a new score of five components, judged at wall time. How state is kept is the framework's matter.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

_HOUR_SECONDS = 3_600
_DAY_HOURS = 24
WINDOW_HOURS = (14 * _DAY_HOURS, 28 * _DAY_HOURS, 30 * _DAY_HOURS)
_FORTNIGHT, _FOUR_WEEKS, _MONTH = range(len(WINDOW_HOURS))
_HORIZON_HOURS = WINDOW_HOURS[_MONTH]
_USAGE, _ERRORS, _FAILED_PAYMENTS, _TICKETS = range(4)
_SERIES, _WINDOWS = 4, len(WINDOW_HOURS)
_WEIGHTS = (30.0, 25.0, 20.0, 15.0, 10.0)

Tile = dict[int, int]
"""Counts of one day by cell, which is hour of the day and series; only what is not zero."""


class Tiles(Protocol):
    """Where an account's tiles are kept, each under its day, counted from 1970."""

    def get(self, day: int) -> Tile | None: ...
    def put(self, day: int, tile: Tile) -> None: ...
    def delete(self, day: int) -> None: ...


class Head(msgspec.Struct, array_like=True):
    """What an account has once. `sums` is by series and window; `cursor` the hour since 1970 that it is judged at.

    A window of D hours is the hours in (cursor - D, cursor].
    """

    cursor: int
    sums: list[int] = msgspec.field(default_factory=lambda: [0] * (_SERIES * _WINDOWS))
    seats: int = 0
    nps: int = -1
    mrr: float = 0.0
    score: float = 0.0


def hour_now() -> int:
    """The hour by the wall clock, counted from 1970."""
    return int(time.time()) // _HOUR_SECONDS


def take(head: Head, tiles: Tiles, topic: str, event: Mapping[str, Any], now: int) -> None:
    """Take one decoded event of `topic` (its whole name) into `head` and `tiles`; it is judged at the hour `now`."""
    if now > head.cursor:
        _advance(head, tiles, now)
    _count(head, tiles, _hour_of(event["timestamp"]), _series_of(topic, event["event"]))
    _note_latest(head, event.get("properties") or {})
    head.score = _judged(head)


def _count(head: Head, tiles: Tiles, hour: int, series: int) -> None:
    if series < 0 or hour <= head.cursor - _HORIZON_HOURS:
        return
    day, cell = hour // _DAY_HOURS, _cell(hour, series)
    tile = tiles.get(day) or {}
    tile[cell] = tile.get(cell, 0) + 1
    tiles.put(day, tile)
    for window, hours in enumerate(WINDOW_HOURS):
        if hour > head.cursor - hours:
            head.sums[series * _WINDOWS + window] += 1


def _advance(head: Head, tiles: Tiles, now: int) -> None:
    """Take out of each window the hours that leave it, and drop the days that are past the longest one."""
    for window, hours in enumerate(WINDOW_HOURS):
        for hour in range(head.cursor - hours + 1, min(now - hours, head.cursor) + 1):
            tile = tiles.get(hour // _DAY_HOURS) or {}
            for series in range(_SERIES):
                head.sums[series * _WINDOWS + window] -= tile.get(_cell(hour, series), 0)
    kept = (min(now - _HORIZON_HOURS, head.cursor) + 1) // _DAY_HOURS
    for day in range((head.cursor - _HORIZON_HOURS + 1) // _DAY_HOURS, kept):
        tiles.delete(day)
    head.cursor = now


def _note_latest(head: Head, properties: Mapping[str, Any]) -> None:
    if properties.get("seats", 0) > 0:
        head.seats, head.mrr = properties["seats"], properties.get("mrr", 0.0)
    if properties.get("nps", 0) > 0:
        head.nps = properties["nps"]


def _judged(head: Head) -> float:
    """Weighted mean of usage by seat, trend, friction, tickets and billing, each 0-100."""
    sums = head.sums
    usage, latest = sums[_USAGE * _WINDOWS + _MONTH], sums[_USAGE * _WINDOWS + _FORTNIGHT]
    prior = sums[_USAGE * _WINDOWS + _FOUR_WEEKS] - latest
    errors, failed = sums[_ERRORS * _WINDOWS + _MONTH], sums[_FAILED_PAYMENTS * _WINDOWS + _MONTH]
    tickets = sums[_TICKETS * _WINDOWS + _FOUR_WEEKS]
    judgements = (
        _bounded(100.0 * usage / (20.0 * max(1, head.seats))),
        (100.0 if latest > 0 else 0.0) if prior == 0 else _bounded(50 + 100.0 * (latest - prior) / prior),
        50.0 if usage == 0 else _bounded(100 - 500.0 * errors / usage),
        _bounded(100 - 5.0 * tickets),
        _bounded((70.0 if head.nps < 0 else 10.0 * head.nps) - 25.0 * failed),
    )
    points = weight = 0.0
    for share, judgement in zip(_WEIGHTS, judgements, strict=True):
        points += share * judgement
        weight += share
    return points / weight


def _bounded(value: float) -> float:
    return max(0.0, min(100.0, value))


def _hour_of(timestamp: str) -> int:
    return int(datetime.fromisoformat(timestamp).timestamp()) // _HOUR_SECONDS


def _cell(hour: int, series: int) -> int:
    return hour % _DAY_HOURS * _SERIES + series


def _series_of(topic: str, name: str) -> int:
    if topic.endswith("analytics"):
        return _USAGE
    if topic.endswith("exceptions"):
        return _ERRORS
    if topic.endswith("billing"):
        return _FAILED_PAYMENTS if name == "payment_failed" else -1
    return _TICKETS
