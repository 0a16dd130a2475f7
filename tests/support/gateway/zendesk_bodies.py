"""Bodies of Zendesk, after its documentation: only what matters shows in a test. And what is read in them."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Reading, Request
from streams.gateway.sources.schema import ZendeskSource
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request

SOURCE = ZendeskSource(insecure=True)
ORG, TICKET, USER = "zendesk.organization", "zendesk.ticket", "zendesk.user"
OPEN, LATER, DONE = "2026-03-01T09:00:00Z", "2026-03-01T09:10:00Z", "2026-03-01T09:20:00Z"


def hook(
    kind: str,
    detail: dict[str, Any],
    event: dict[str, Any] | None = None,
    *,
    at: str = "2026-03-01T09:00:00.123456789Z",
    source: ZendeskSource = SOURCE,
    delivery: str = "",
) -> Request:
    """An event as a webhook sends it: `kind` as in "ticket.created"."""
    body = {
        "type": f"zen:event-type:{kind}",
        "account_id": 22129848,
        "id": delivery or f"{kind}-{at}",
        "time": at,
        "zendesk_event_version": "2022-11-06",
        "subject": f"zen:{kind.partition('.')[0]}:{detail.get('id')}",
        "detail": detail,
        "event": event or {},
    }
    return a_request(source, body)


def a_ticket(**fields: Any) -> dict[str, Any]:
    return {
        "id": "5158",
        "organization_id": "8447346622462",
        "requester_id": "9001",
        "priority": "HIGH",
        "status": "OPEN",
        "subject": "Cannot login",
        "description": "My password is hunter2",
        "via": {"channel": "web_service"},
        **fields,
    }


def an_organization(**fields: Any) -> dict[str, Any]:
    return {"id": "8447346622462", "name": "Acme", "external_id": "acme", **fields}


def names(reading: Reading) -> list[str]:
    return [event.event for event in reading.events]


def values(reading: Reading) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.value) for event in reading.events]


def a_door() -> MemoryDoor:
    """A door that knows the organization's account."""
    door = MemoryDoor()
    door.take(hook("organization.created", an_organization(), at=OPEN))
    return door
