"""Latest values, of an account and of its items, and the latest event."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, id_of, is_blank, is_number, sent
from scoring.oracle.order import Place, ends_of, place

Stated = tuple[Place, str, float | None]
"""A value that an event sets: its place, the item ("" for the whole account), and the value; None ends it."""
LAST_LIMIT = 1e15
LAST_CHARACTERS = 200


def latest(signal: schema.LastAt | schema.SinceLast, events: Iterable[OracleEvent]) -> int | None:
    return max((event.at_ms for event in events if feeds(signal, event)), default=None)


def last(model: Model, signal: schema.Last, events: Iterable[OracleEvent]) -> float | str | None:
    """The latest value by place. An event that sets it to 0 needs no property, so `where` does not apply."""
    latest: Place | None = None
    value: float | str | None = None
    for event in events:
        if ends_of(signal, event):
            found: float | str | None = 0.0
        elif feeds(signal, event):
            found = _value_of(signal, sent(event, signal.property))
        else:
            continue
        if found is None:
            continue
        at = place(model, event)
        if latest is None or at > latest:
            latest, value = at, found
    return value


def sum_by_item(model: Model, signal: schema.Last, events: Iterable[OracleEvent]) -> float | None:
    """The sum of the latest value of each item, in order of place: see `schema.Last`."""
    told = stated(model, signal, events)
    latest = latest_by_item(told)
    kept = set(sorted(latest, key=lambda item: latest[item], reverse=True)[: schema.ITEMS_MAX])
    values: dict[str, float] = {}
    whole: float | None = None
    for _, item, value in sorted(told, key=lambda each: (each[0], each[2] or 0.0)):
        if item:
            whole = None
            if item in kept:
                values[item] = value or 0.0
        elif value is None:
            whole, values = 0.0, {}
        else:
            whole = value
    return (fsum(values.values()) if told else None) if whole is None else whole


def latest_by_item(told: Iterable[Stated]) -> dict[str, Place]:
    """The latest place of each item since the last event that ended all of them."""
    given = list(told)
    ended = max((at for at, item, value in given if not item and value is None), default=(-1, -1, -1))
    latest: dict[str, Place] = {}
    for at, item, _ in given:
        if item and at > ended:
            latest[item] = max(at, latest.get(item, at))
    return latest


def stated(model: Model, signal: schema.Last, events: Iterable[OracleEvent]) -> list[Stated]:
    told: list[Stated] = []
    for event in events:
        said_of = sent(event, signal.by)
        item = id_of(said_of)
        value = _value_of(signal, sent(event, signal.property))
        if not item and not is_blank(said_of):
            continue
        if ends_of(signal, event):
            told.append((place(model, event), item, None))
        elif feeds(signal, event) and isinstance(value, float):
            told.append((place(model, event), item, value))
    return told


def _value_of(signal: schema.Last, found: object) -> float | str | None:
    """Numbers from the signal's minimum (else -10^15) to 10^15, texts cut to 200 characters; None for other types and
    values out of range."""
    match signal.type:
        case "text":
            return found[:LAST_CHARACTERS] if isinstance(found, str) else None
        case "length":
            return float(len(found)) if isinstance(found, list) else None
        case "number":
            lowest = -LAST_LIMIT if signal.minimum is None else signal.minimum
            return float(found) if is_number(found) and lowest <= found <= LAST_LIMIT else None
