"""Which of two events at one instant counts as the later."""

from __future__ import annotations

import json
from collections.abc import Iterable

from scoring.fingerprint import fingerprint
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, is_named

Place = tuple[int, int, int]
"""(time, rank at that instant, fingerprint): the greater is the later."""


def place(model: Model, event: OracleEvent, *, ends: bool | None = None) -> Place:
    """An event's place. `ends` says whether it ends the item in question; None asks whether it ends anything."""
    if ends is None:
        ends = any(ends_of(signal, event) for signal in model.signals.values())
    order = model.header.order
    unlisted = len(order) if ends else -1
    listed = [number for number, name in enumerate(order) if is_named((name,), event.name)]
    rank = listed[0] if listed else unlisted
    return event.at_ms, rank, fingerprint(_said(model, event))


def ends_of(signal: schema.Signal, event: OracleEvent) -> bool:
    """Whether the event closes an open item, or sets the latest value to 0."""
    ending = getattr(signal, "zero_on", ()) or getattr(signal, "closed_by", ()) or getattr(signal, "ended_by", ())
    if not ending or not isinstance(signal, schema.Filtered):
        return False
    of_topic = event.topic in signal.topics or is_named(signal.also, event.name)
    return of_topic and is_named(ending, event.name)


def _said(model: Model, event: OracleEvent) -> str:
    """Topic, name and id; without an id, the user and the readable values of the properties that the model names."""
    said = [event.topic, event.name, event.event_id]
    if not event.event_id:
        said += [event.user_id, *(_readable(event.properties.get(name)) for name in sorted(_named(model)))]
    return "\0".join(said)


def _readable(found: object) -> str:
    if found is None:
        return ""
    if isinstance(found, bool):
        return f"?{found}"
    if isinstance(found, str):
        return f"'{found}"
    if isinstance(found, list):
        return f"[{len(found)}"
    if isinstance(found, int) and found.bit_length() > 256:
        return f"{found:x}"  # Python limits the length of decimals
    return "{" if isinstance(found, dict) else str(found)


def _named(model: Model) -> set[str]:
    names: set[str] = set()
    for signal in (*model.signals.values(), *model.sources.values()):
        wheres: Iterable[schema.Where] = getattr(signal, "where", ())
        if isinstance(signal, schema.Reached):
            wheres = [where for step in signal.steps for where in step.where]
        names |= {where.property for where in wheres}
        for key in ("property", "by", "item", "weigh_by"):
            names.add(getattr(signal, key, ""))
        if isinstance(signal, schema.Distinct) and signal.of not in {"user", "event", "day"}:
            names.add(signal.of)
    synonyms = {name for name in names if name.startswith("@{")}
    inside = {each for name in synonyms for each in json.loads(name[1:])["names"]}
    return (names - synonyms | inside) - {""}
