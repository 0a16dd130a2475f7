"""When the last of an account's items ended."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, feeds, id_of, is_blank, sent
from scoring.oracle.order import Place, ends_of, place


def ended(model: Model, signal: schema.Ended, events: Iterable[OracleEvent]) -> int | None:
    """The instant of the latest event, when it leaves nothing that runs: see `schema.Ended`.

    Of more items than are kept, those with the latest events count.
    """
    given = list(events)
    told = _told(model, signal, given)
    latest = latest_items(model, signal, given)
    kept = set(sorted(latest, key=lambda item: latest[item], reverse=True)[: schema.ITEMS_MAX])
    running: set[str] = set()
    is_whole_running = False
    for _, item, runs in told:
        if not item:
            is_whole_running = runs
            running = running if runs else set()
            continue
        is_whole_running = False
        if runs and item in kept:
            running.add(item)
        else:
            running.discard(item)
    return None if running or is_whole_running or not told else told[-1][0][0]


def latest_items(model: Model, signal: schema.Ended, events: Iterable[OracleEvent]) -> dict[str, Place]:
    """The latest place of each item since the last event that ended all of them."""
    latest: dict[str, Place] = {}
    for at, item, runs in _told(model, signal, events):
        if item:
            latest[item] = at
        elif not runs:
            latest = {}
    return latest


def _told(model: Model, signal: schema.Ended, events: Iterable[OracleEvent]) -> list[tuple[Place, str, bool]]:
    """What events say, in order of place: of which item ("" for the whole account), and whether it runs."""
    told: list[tuple[Place, str, bool]] = []
    for event in events:
        said_of = sent(event, signal.by) if signal.by else None
        item = id_of(said_of)
        if not item and not is_blank(said_of):
            continue
        if ends_of(signal, event):
            told.append((place(model, event), item, False))
        elif feeds(signal, event):
            told.append((place(model, event), item, True))
    return sorted(told)
