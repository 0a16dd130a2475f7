"""Counts, sums, means and distinct values of the events in a window."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.fingerprint import fingerprint
from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, is_number, sent, text_of
from scoring.oracle.signals.life import Fact

Windowed = schema.Count | schema.Sum | schema.Mean | schema.Distinct
SUMMED_LIMIT = 1e9
SUMMED_SCALE = 10_000


def windowed(signal: schema.Count | schema.Sum | schema.Mean, events: list[OracleEvent]) -> Fact:
    match signal:
        case schema.Count():
            return len(events)
        case schema.Sum():
            return sum(_numbers(signal.property, events)) / SUMMED_SCALE
        case schema.Mean():
            numbers = _numbers(signal.property, events)
            return sum(numbers) / (SUMMED_SCALE * len(numbers)) if numbers else None


def in_window(model: Model, signal: Windowed, events: Iterable[OracleEvent], as_of_ms: int) -> list[OracleEvent]:
    """The events of the buckets (bucket(T) - D/r, bucket(T)], or of the D/r buckets before them."""
    length = parse_duration(signal.window) // model.resolution_ms
    newest = as_of_ms // model.resolution_ms - (length if signal.prior else 0)
    return [
        event
        for event in events
        if feeds(signal, event) and newest - length < event.at_ms // model.resolution_ms <= newest
    ]


def distinct(model: Model, signal: schema.Distinct, events: Iterable[OracleEvent], as_of_ms: int) -> int:
    """The number of distinct values in the window, of those kept of each day."""
    fed = [event for event in events if feeds(signal, event) and value_of(signal.of, event)]
    ceilings = ceilings_of(model, signal, fed)
    found = set()
    for event in in_window(model, signal, fed, as_of_ms):
        value = value_of(signal.of, event)
        ceiling = ceilings.get(event.at_ms // DAY_MS)
        if ceiling is None or fingerprint(value) < ceiling:
            found.add(value)
    return len(found)


def ceilings_of(model: Model, signal: schema.Distinct, fed: Iterable[OracleEvent]) -> dict[int, int]:
    """By day over the limit, the smallest fingerprint that does not fit: see `schema.VALUES_MAX`."""
    days: dict[int, set[tuple[int, int]]] = {}
    for event in fed:
        pair = fingerprint(value_of(signal.of, event)), event.at_ms // model.resolution_ms
        days.setdefault(event.at_ms // DAY_MS, set()).add(pair)
    ceilings = {}
    for day, pairs in days.items():
        if len(pairs) > schema.VALUES_MAX:
            ceilings[day] = sorted(pairs)[schema.VALUES_MAX][0]
    return ceilings


def _numbers(name: str, events: Iterable[OracleEvent]) -> list[int]:
    """The numbers sent in this property, in ten-thousandths."""
    found = (sent(event, name) for event in events)
    return [round(number * SUMMED_SCALE) for number in found if is_number(number) and abs(number) <= SUMMED_LIMIT]


def value_of(of: str, event: OracleEvent) -> str:
    match of:
        case "user":
            return event.user_id
        case "event":
            return event.name
        case "day":
            return str(event.at_ms // DAY_MS)
        case _:
            return text_of(sent(event, of))
