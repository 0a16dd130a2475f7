"""Items that were opened and not closed, by id."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, id_of, sent
from scoring.oracle.order import Place, ends_of, place
from scoring.oracle.signals.life import Fact, elapsed_ms


class ItemState(NamedTuple):
    """The latest state of one item; `weight` is -1.0 when it is closed."""

    place: Place
    weight: float

    @property
    def at_ms(self) -> int:
        return self.place[0]


def open_fact(model: Model, signal: schema.Open, events: Iterable[OracleEvent], as_of_ms: int) -> Fact:
    opened = [said for said in kept_states(model, signal, events, as_of_ms).values() if said.weight >= 0]
    match signal.measure:
        case "count":
            return len(opened)
        case "weight":
            return fsum(said.weight for said in opened)
        case "oldest":
            return max((elapsed_ms(model, said.at_ms, as_of_ms) // DAY_MS for said in opened), default=0)


def kept_states(
    model: Model, signal: schema.Open, events: Iterable[OracleEvent], as_of_ms: int
) -> dict[str, ItemState]:
    """The latest state of each item by id; only the `ITEMS_MAX` items with the latest events are kept."""
    latest = latest_states(model, signal, events, as_of_ms)
    kept = sorted(latest, key=lambda item: latest[item], reverse=True)[: schema.ITEMS_MAX]
    return {item: latest[item] for item in kept}


def latest_states(
    model: Model, signal: schema.Open, events: Iterable[OracleEvent], as_of_ms: int
) -> dict[str, ItemState]:
    """The state after the latest event of each item, by id; at one instant a close comes after an open."""
    reach = as_of_ms // model.resolution_ms - parse_duration(signal.within) // model.resolution_ms
    latest: dict[str, ItemState] = {}
    for event in events:
        item, weight = id_of(sent(event, signal.item)), _weight(signal, event)
        if not item or weight is None or event.at_ms // model.resolution_ms <= reach:
            continue
        said = ItemState(place(model, event, ends=weight < 0), weight)
        latest[item] = max(said, latest.get(item, said))
    return latest


def _weight(signal: schema.Open, event: OracleEvent) -> float | None:
    """-1.0 for an event that closes, the weight of one that opens, None for all others."""
    if ends_of(signal, event):
        return -1.0
    if not feeds(signal, event):
        return None
    by = sent(event, signal.weigh_by)
    return float(signal.weights.get(by, 1.0)) if isinstance(by, str) else 1.0
