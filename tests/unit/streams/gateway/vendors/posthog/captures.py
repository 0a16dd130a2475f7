"""Captures of PostHog, and what is read in them."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Inbound, Reading
from streams.gateway.sources.schema import PostHogSource
from streams.gateway.vendors.posthog.requests import read
from streams.identity.alias import ForeignId
from tests.support.gateway.requests import a_request

CAPTURE: dict[str, Any] = {
    "api_key": "phc_1",
    "event": "report viewed",
    "uuid": "0190-1",
    "distinct_id": "u1",
    "timestamp": "2026-03-01T09:00:00Z",
    "properties": {"$groups": {"company": "acme"}, "plan": "pro", "$browser": "Chrome", "$pathname": "/reports"},
}
ACME, U1 = ForeignId("account", "acme"), ForeignId("posthog.user", "u1")


def reading(body: object, path: str = "/batch", query: dict[str, str] | None = None, **source: Any) -> Reading:
    return read(a_request(PostHogSource(**source), body, path=path, query=query))


def event_of(body: object, path: str = "/batch", query: dict[str, str] | None = None, **source: Any) -> Inbound:
    found = reading(body, path, query, **source)
    assert (len(found.events), found.refused, found.ignored) == (1, [], [])
    return found.events[0]


def with_properties(**properties: Any) -> dict[str, Any]:
    return {**CAPTURE, "properties": properties}
