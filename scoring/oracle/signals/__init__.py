"""Signals of one account, computed from all of its events up to an instant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from scoring.instants import DAY_MS, parse_duration, plain_instant
from scoring.model import schema
from scoring.model.model import Model
from scoring.model.schema.signals import Duration
from scoring.oracle.events import OracleEvent, feeds
from scoring.oracle.signals.daily import daily
from scoring.oracle.signals.duration import duration, kept_events
from scoring.oracle.signals.ended import ended, latest_items
from scoring.oracle.signals.latest import last, latest, latest_by_item, stated, sum_by_item
from scoring.oracle.signals.life import Fact, age_ms, elapsed_ms, reached
from scoring.oracle.signals.open_items import latest_states, open_fact
from scoring.oracle.signals.until import until
from scoring.oracle.signals.usual import known, of_days, since_nth_day
from scoring.oracle.signals.windows import ceilings_of, distinct, in_window, value_of, windowed

__all__ = ["Fact", "age_ms", "fact", "is_past_bounds", "reached"]


def fact(model: Model, name: str, events: Sequence[OracleEvent], as_of_ms: int) -> Fact:
    """One signal of one account. `events` are all of its events up to `as_of_ms`, at least one, each id once."""
    signal = model.signals[name]
    match signal:
        case schema.Distinct():
            return distinct(model, signal, events, as_of_ms)
        case schema.Count() | schema.Sum() | schema.Mean():
            return windowed(signal, in_window(model, signal, events, as_of_ms))
        case schema.Last():
            return sum_by_item(model, signal, events) if signal.by else last(model, signal, events)
        case schema.LastAt():
            at = latest(signal, events)
            return None if at is None else plain_instant(at)
        case schema.Until():
            return until(model, signal, events, as_of_ms // DAY_MS)
        case schema.Ended():
            at = ended(model, signal, events)
            return None if at is None else plain_instant(at)
        case schema.SinceLast() if signal.nth > 1:
            return since_nth_day(signal, events, as_of_ms // DAY_MS)
        case schema.SinceLast():
            at = latest(signal, events)
            return None if at is None else elapsed_ms(model, at, as_of_ms) // DAY_MS
        case schema.Age():
            return age_ms(model, events, as_of_ms) // DAY_MS
        case schema.Difference():
            of, minus = fact(model, signal.of, events, as_of_ms), fact(model, signal.minus, events, as_of_ms)
            return of - minus if isinstance(of, int | float) and isinstance(minus, int | float) else None
        case schema.Peak() | schema.Volatility() | schema.Season():
            return daily(model, signal, events, as_of_ms // DAY_MS)
        case schema.Usual() | schema.Average() | schema.Dispersion() | schema.Days() | schema.UsualGap():
            return of_days(model, signal, events, as_of_ms // DAY_MS)
        case schema.Known():
            return known(model, model.signals[signal.of], events, as_of_ms // DAY_MS)
        case schema.Expected():
            usual, season = fact(model, signal.usual, events, as_of_ms), fact(model, signal.season, events, as_of_ms)
            if not isinstance(usual, int) or not isinstance(season, int):
                return usual
            if not signal.after:
                return min(usual, signal.margin * season)
            after = [fact(model, name, events, as_of_ms) for name in signal.after]
            followed = max((each for each in after if isinstance(each, int)), default=0)
            share = signal.margin * season / followed if followed else 1.0
            return usual * share if share < 1 else usual
        case schema.Open():
            return open_fact(model, signal, events, as_of_ms)
        case Duration():
            return duration(model, signal, events, as_of_ms, schema.ITEMS_MAX)
        case schema.Reached():
            return len(reached(signal, events))
        case _:
            assert_never(signal)


def is_past_bounds(model: Model, name: str, events: Sequence[OracleEvent], as_of_ms: int) -> bool:
    """Whether the signal may be incomplete, because the account exceeds a bound of its state."""
    signal = model.signals[name]
    match signal:
        case schema.Difference():
            return any(is_past_bounds(model, part, events, as_of_ms) for part in (signal.of, signal.minus))
        case schema.Distinct():
            fed = [event for event in events if feeds(signal, event) and value_of(signal.of, event)]
            length = parse_duration(signal.window) // model.resolution_ms
            newest = as_of_ms // model.resolution_ms - (length if signal.prior else 0)
            first, last = ((each * model.resolution_ms) // DAY_MS for each in (newest - length + 1, newest))
            return any(first <= day <= last for day in ceilings_of(model, signal, fed))
        case schema.Open():
            return len(latest_states(model, signal, events, as_of_ms)) > schema.ITEMS_MAX
        case Duration():
            return len(kept_events(model, signal, events, as_of_ms)) > schema.ITEMS_MAX
        case schema.Last() if signal.by:
            return len(latest_by_item(stated(model, signal, events))) > schema.ITEMS_MAX
        case schema.Ended():
            return len(latest_items(model, signal, events)) > schema.ITEMS_MAX
        case _:
            return False
