"""Signals of what is usual for an account, and of its days of use, from the days on which the events happened."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor
from typing import assert_never

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds
from scoring.oracle.signals.life import Fact, began_ms

OfDays = schema.Usual | schema.Average | schema.Dispersion | schema.Days | schema.UsualGap


def of_days(model: Model, signal: OfDays, events: Sequence[OracleEvent], today: int) -> Fact:
    days = days_of(signal, events)
    begin = began_ms(model, events) // DAY_MS
    match signal:
        case schema.Usual():
            totals = _windows(signal, days, begin, today)
            return sorted(totals)[floor(signal.quantile * (len(totals) - 1) + 0.5)] if totals else None
        case schema.Average():
            window, within = _days(signal.window), _days(signal.within)
            windows = Fraction(today - begin - window, window)
            windows = max(Fraction(1), min(windows, Fraction(within, window)))
            return float(len(_within(days, today - window - within, today - window)) / windows)
        case schema.Dispersion():
            return _dispersion(signal, days, begin, today)
        case schema.Days():
            return len(set(_within(days, today - _days(signal.window), today)))
        case schema.UsualGap():
            gaps = sorted(_stretches(signal, days, today), reverse=True)
            return gaps[: signal.nth + 1][-1] if gaps else None
        case _:
            assert_never(signal)


def known(model: Model, of: schema.Signal, events: Sequence[OracleEvent], today: int) -> Fact:
    """The weeks of the windows of a usual, or the number of the stretches of a usual gap."""
    match of:
        case schema.Usual():
            windows = _windows(of, days_of(of, events), began_ms(model, events) // DAY_MS, today)
            return len(windows) / 7
        case schema.UsualGap():
            return len(_stretches(of, days_of(of, events), today))
        case _:
            raise AssertionError(f"nothing is known of a {of.kind}")


def since_nth_day(signal: schema.SinceLast, events: Iterable[OracleEvent], today: int) -> int | None:
    """Days since the nth-latest day of use within reach; the first of them when there are fewer, the latest ever when
    there is none."""
    days = sorted(set(days_of(signal, events)))
    recent = _within(days, today - _days(signal.within), today)
    if recent:
        return today - recent[max(0, len(recent) - signal.nth)]
    return today - days[-1] if days else None


def days_of(signal: schema.Filtered, events: Iterable[OracleEvent]) -> list[int]:
    """The day of each event that feeds the signal."""
    return [event.at_ms // DAY_MS for event in events if feeds(signal, event)]


def _windows(signal: schema.Usual, days: Sequence[int], begin: int, today: int) -> list[int]:
    """The total of each window that began on the day of the account's begin, or later."""
    window, totals = _days(signal.window), []
    for back in range(window, _days(signal.within) + 1):
        if begin < today - back - window + 2:
            inside = _within(days, today - back - window, today - back)
            totals.append(len(set(inside) if signal.of == "days" else inside))
    return totals


def _dispersion(signal: schema.Dispersion, days: Sequence[int], begin: int, today: int) -> float:
    totals = []
    for week in range(signal.weeks):
        end = today - _days(signal.back) - 7 * week
        if begin <= end - 6:
            totals.append(len(_within(days, end - 7, end)))
    if len(totals) < 4 or not any(totals):
        return 1.0
    mean = Fraction(sum(totals), len(totals))
    variance = sum((total - mean) ** 2 for total in totals) / (len(totals) - 1)
    by_steps = Fraction(sum((next_ - each) ** 2 for each, next_ in itertools.pairwise(totals)), 2 * (len(totals) - 1))
    return float(min(variance, by_steps) / mean)


def _stretches(signal: schema.UsualGap, days: Sequence[int], today: int) -> list[int]:
    """The days from each day of use to the nth after it."""
    use = sorted(set(_within(days, today - _days(signal.within), today)))
    return [later - day for day, later in zip(use, use[signal.nth :], strict=False)]


def _within(days: Iterable[int], after: int, until: int) -> list[int]:
    return [day for day in days if after < day <= until]


def _days(duration: str) -> int:
    return parse_duration(duration) // DAY_MS
