"""Times from opened to closed, by item id."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from statistics import median

from scoring.instants import parse_duration
from scoring.model.model import Model
from scoring.model.schema.signals.duration import Duration
from scoring.oracle.events import OracleEvent, feeds, id_of, sent
from scoring.oracle.order import Place, ends_of, place

HOUR_MS = 3_600_000
Kept = dict[tuple[str, int, int], tuple[Place, bool]]
"""By item, instant and rank, the last such event: its place, and whether it closes."""


def duration(model: Model, signal: Duration, events: Iterable[OracleEvent], as_of_ms: int, most: int) -> float | None:
    """Hours, over the closes in the window that follow an open of their item, from the latest `most` events."""
    latest = sorted(kept_events(model, signal, events, as_of_ms).items(), key=lambda kept: kept[1])[-most:]
    by_item: dict[str, list[tuple[Place, bool]]] = {}
    for (item, _, _), said in latest:
        by_item.setdefault(item, []).append(said)
    took = []
    now = as_of_ms // model.resolution_ms
    for history in by_item.values():
        for ((opened_ms, _, _), was_closed), ((closed_ms, _, _), closes) in itertools.pairwise(history):
            bucket = closed_ms // model.resolution_ms
            in_window = now - parse_duration(signal.window) // model.resolution_ms < bucket <= now
            if closes and not was_closed and in_window and closed_ms - opened_ms <= parse_duration(signal.within):
                took.append(closed_ms - opened_ms)
    if not took:
        return None
    return median(took) / HOUR_MS if signal.measure == "median" else sum(took) / (len(took) * HOUR_MS)


def kept_events(model: Model, signal: Duration, events: Iterable[OracleEvent], as_of_ms: int) -> Kept:
    """All events that open or close an item and may still count."""
    reach_ms = parse_duration(signal.window) + parse_duration(signal.within)
    reach = as_of_ms // model.resolution_ms - reach_ms // model.resolution_ms
    kept: Kept = {}
    for event in events:
        item, closes = id_of(sent(event, signal.item)), ends_of(signal, event)
        if not item or event.at_ms // model.resolution_ms <= reach or not (closes or feeds(signal, event)):
            continue
        at = place(model, event, ends=closes)
        key = item, at[0], at[1]
        kept[key] = max((at, closes), kept.get(key, (at, closes)))
    return kept
