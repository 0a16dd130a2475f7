"""Signals of daily totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds
from scoring.oracle.signals.life import Fact, began_ms


def daily(
    model: Model, signal: schema.Peak | schema.Volatility | schema.Season, events: Sequence[OracleEvent], today: int
) -> Fact:
    days = [event.at_ms // DAY_MS for event in events if feeds(signal, event)]
    first_day = began_ms(model, events) // DAY_MS
    match signal:
        case schema.Peak():
            return _peak(signal, days, today)
        case schema.Volatility():
            return _volatility(signal.weeks, days, today) if first_day <= today - 7 * signal.weeks else None
        case schema.Season():
            window, back = parse_duration(signal.window) // DAY_MS, parse_duration(signal.back) // DAY_MS
            known = first_day <= today - back - window + 1
            if signal.of == "days":
                days = sorted(set(days))
            return _between(days, today - back - window, today - back) if known else None


def _peak(signal: schema.Peak, days: Sequence[int], today: int) -> int:
    """The greatest sum of `window` days that end on one of the last `within` days, today included."""
    window, within = parse_duration(signal.window) // DAY_MS, parse_duration(signal.within) // DAY_MS
    return max(_between(days, end - window, end) for end in range(today - within + 1, today + 1))


def _volatility(weeks: int, days: Sequence[int], today: int) -> float | None:
    """Week k of n consists of the days from today - 7(k + 1) to today - 7k - 1, both inclusive."""
    totals = [_between(days, today - 7 * (week + 1) - 1, today - 7 * week - 1) for week in range(weeks)]
    if not any(totals):
        return None
    return sqrt(weeks * sum(total * total for total in totals) - sum(totals) ** 2) / sum(totals)


def _between(days: Iterable[int], after: int, until: int) -> int:
    return sum(after < day <= until for day in days)
