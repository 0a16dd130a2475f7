"""Requests of Segment, and what is read in them."""

from __future__ import annotations

from typing import Any

from scoring.instants import rfc3339
from streams.gateway.reading import Inbound, Reading
from streams.gateway.sources.schema import SegmentSource
from streams.gateway.vendors.segment.requests import read
from tests.support.gateway.requests import RECEIVED_MS, a_request

ARRIVAL = rfc3339(RECEIVED_MS)
TRACK: dict[str, Any] = {
    "type": "track",
    "event": "Report Run",
    "messageId": "m-1",
    "userId": "u1",
    "context": {"groupId": "acme"},
    "timestamp": "2026-03-01T09:00:00Z",
}


def reading(body: object, path: str = "", **source: Any) -> Reading:
    return read(a_request(SegmentSource(**source), body, path=path))


def event_of(body: object, path: str = "", **source: Any) -> Inbound:
    found = reading(body, path, **source)
    assert (len(found.events), found.refused, found.ignored) == (1, [], [])
    return found.events[0]


def said(found: Reading) -> set[tuple[str, str, str, str]]:
    return {(each.kind, each.id, each.to.kind, each.to.id) for each in found.aliases}
