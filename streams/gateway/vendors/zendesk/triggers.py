"""The body that a trigger of Zendesk sends, if it is that of docs/connect/zendesk.md. Pure."""

from __future__ import annotations

from functools import partial
from typing import Any

from streams.gateway.reading import Reading, Request
from streams.gateway.vendors.fields import clean_id, fingerprint, known_ids, text_at
from streams.gateway.vendors.inbound import (
    INVALID,
    NO_ACCOUNT,
    alias,
    candidates,
    event,
    foreign,
    kind_of,
    refuse,
    said_ms,
    timely,
    without_fields,
)
from streams.gateway.vendors.zendesk.tickets import RATED, VENDOR_NAME, WRITTEN, csat_of, organization_of
from streams.identity.alias import ACCOUNT, ForeignId

_INVOCATION = "x-zendesk-webhook-invocation-id"


def read_trigger(request: Request, body: dict[str, Any], reading: Reading) -> None:
    """Add the event, under the name that the trigger gives it, and where its organization leads."""
    kept = partial(without_fields, body, WRITTEN)
    name = text_at(body, "/event")
    accounts = _accounts(request, body)
    if not accounts:
        words = "the body names no organization and no requester: use the one of docs/connect/zendesk.md"
        refuse(reading, NO_ACCOUNT, words, kept)
        return
    csat = csat_of(body.get("satisfaction"))
    if name == RATED and csat is None:
        refuse(reading, INVALID, "the satisfaction is not good, bad or 1 to 5", kept)
        return
    at_ms = timely(reading, request, kept, body.get("updated_at"))
    if at_ms is None:
        return
    _learn(request, body, reading)
    reading.events.append(
        event(
            request,
            name,
            topic="tickets",
            at_ms=at_ms,
            event_id=_event_id(request, body),
            accounts=accounts,
            user=clean_id(body.get("requester_id")),
            properties={
                "ticket_id": clean_id(body.get("ticket_id")),
                "priority": text_at(body, "/priority").lower(),
                "status": text_at(body, "/status").lower(),
                "csat": csat if name == RATED else None,
            },
        )
    )


def _accounts(request: Request, body: dict[str, Any]) -> tuple[ForeignId, ...]:
    source = request.source
    organization = organization_of(body.get("organization_id"))
    surest = candidates(
        source,
        body,
        (ACCOUNT, body.get("organization_external_id")),
        (kind_of(source, VENDOR_NAME, "organization"), organization),
    )
    requester = (kind_of(source, VENDOR_NAME, "user"), body.get("requester_id"))
    return surest or (() if source.account else known_ids(requester))


def _learn(request: Request, body: dict[str, Any], reading: Reading) -> None:
    kind = kind_of(request.source, VENDOR_NAME, "organization")
    organization = organization_of(body.get("organization_id"))
    account = foreign(ACCOUNT, body.get("organization_external_id"))
    reading.aliases += alias(request, kind, organization, account, said_ms(request, body.get("updated_at")))


def _event_id(request: Request, body: dict[str, Any]) -> str:
    """Made of the content if that holds a time, for Zendesk may run a trigger twice; else the id of this run."""
    run = "" if text_at(body, "/updated_at") else clean_id(request.headers.get(_INVOCATION))
    return run or fingerprint(body)
