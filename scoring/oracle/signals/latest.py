"""Latest values, of an account and of its items, and the latest event."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, id_of, is_blank, is_number
from scoring.oracle.order import Place, ends_of, place

Stated = tuple[Place, str, float | None]
"""What an event says of an item, "" for the whole: its place, the item, and the value; None ends it."""
LAST_LIMIT = 1e15
LAST_CHARACTERS = 200


def latest(signal: schema.LastAt | schema.SinceLast, events: Iterable[OracleEvent]) -> int | None:
    return max((event.at_ms for event in events if feeds(signal, event)), default=None)


def last(model: Model, signal: schema.Last, events: Iterable[OracleEvent]) -> float | str | None:
    """The latest by its place. What sets it to 0 is asked for no property, and so for no `where`."""
    latest: Place | None = None
    value: float | str | None = None
    for event in events:
        if ends_of(signal, event):
            found: float | str | None = 0.0
        elif feeds(signal, event):
            found = _value_of(signal, event.properties.get(signal.property))
        else:
            continue
        if found is None:
            continue
        at = place(model, event)
        if latest is None or at > latest:
            latest, value = at, found
    return value


def sum_by_item(model: Model, signal: schema.Last, events: Iterable[OracleEvent]) -> float | None:
    """What was last said of each item, in the order in which it was said: see `schema.Last`."""
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
    """When each item was told of last, since all were ended together."""
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
        said_of = event.properties.get(signal.by)
        item = id_of(said_of)
        value = _value_of(signal, event.properties.get(signal.property))
        if not item and not is_blank(said_of):
            continue
        if ends_of(signal, event):
            told.append((place(model, event), item, None))
        elif feeds(signal, event) and isinstance(value, float):
            told.append((place(model, event), item, value))
    return told


def _value_of(signal: schema.Last, found: object) -> float | str | None:
    """Numbers from the signal's minimum (else -10^15) to 10^15, texts to 200 characters; what has the wrong type, or
    lies beyond, says nothing."""
    match signal.type:
        case "text":
            return found[:LAST_CHARACTERS] if isinstance(found, str) else None
        case "length":
            return float(len(found)) if isinstance(found, list) else None
        case "number":
            lowest = -LAST_LIMIT if signal.minimum is None else signal.minimum
            return float(found) if is_number(found) and lowest <= found <= LAST_LIMIT else None
