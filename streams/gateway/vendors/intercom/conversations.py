"""Conversations and tickets of Intercom as events under the names that models know. Pure.

An event names the company of the conversation, else its contacts, which aliases lead to a company.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from streams.gateway.reading import Ignored, Reading, Request
from streams.gateway.vendors.fields import fingerprint, found_at, id_at, text_at
from streams.gateway.vendors.inbound import INVALID, NO_ACCOUNT, candidates, event, refuse, timely, without_fields
from streams.gateway.vendors.intercom.notification import (
    WRITTEN,
    Notification,
    company_id,
    company_kind,
    contact_ids,
    contact_kind,
)
from streams.identity.alias import ForeignId

OPENED, REOPENED, RATED = "ticket_opened", "ticket_reopened", "ticket_rated"
_NAMES = {
    "conversation.user.created": OPENED,
    "conversation.admin.closed": "ticket_closed",
    "conversation.admin.opened": REOPENED,
    "conversation.priority.updated": "ticket_priority_changed",
    "conversation.rating.added": RATED,
    "ticket.created": OPENED,
    "ticket.closed": "ticket_closed",
    "ticket.rating.provided": RATED,
}
_CSAT_PLACES = ("/conversation_rating/rating", "/ticket_rating/rating", "/rating/rating", "/rating")
_INTERNAL = frozenset(("back-office", "back_office", "tracker"))
_RESOLVED = "resolved"


def read_conversation(request: Request, sent: Notification, reading: Reading) -> None:
    """Add the event of a conversation or ticket."""
    name, item = _name(sent), sent.item
    if not name or text_at(item, "/category").lower() in _INTERNAL:
        reading.ignored.append(Ignored(what=sent.topic if not name else f"{sent.topic} of an internal ticket"))
        return
    kept = partial(without_fields, sent.body, WRITTEN)
    ticket_id = id_at(item, "/id", "/conversation_id")
    csat = _csat(item) if name == RATED else None
    if not ticket_id or (name == RATED and csat is None):
        words = "the notification has no rating from 1 to 5" if ticket_id else "the notification names no conversation"
        refuse(reading, INVALID, words, kept)
        return
    contacts = contact_ids(item)
    if not (accounts := _accounts(request, sent, contacts)):
        words = "no company and no contact is named: connect the contact with its company in Intercom"
        refuse(reading, NO_ACCOUNT, words, kept)
        return
    at_ms = timely(reading, request, kept, *sent.times)
    if at_ms is not None:
        reading.events.append(
            event(
                request,
                name,
                topic="tickets",
                at_ms=at_ms,
                event_id=_event_id(sent, name, ticket_id),
                accounts=accounts,
                user=contacts[0] if contacts else "",
                properties={**_about(item, ticket_id), "csat": csat},
            )
        )


def _accounts(request: Request, sent: Notification, contacts: list[str]) -> tuple[ForeignId, ...]:
    """The company alone if the notification names it: a contact may have come to another."""
    if company := company_id(sent.item.get("company_id")):
        return candidates(request.source, sent.body, (company_kind(request), company))
    return candidates(request.source, sent.body, *((contact_kind(request), contact) for contact in contacts))


def _event_id(sent: Notification, name: str, ticket_id: str) -> str:
    """That of the notification; of an opening the conversation's, which may become a ticket with the same id."""
    return ticket_id if name == OPENED else sent.id or fingerprint(sent.body)


def _about(item: dict[str, Any], ticket_id: str) -> dict[str, Any]:
    return {
        "ticket_id": ticket_id,
        "priority": text_at(item, "/priority").lower(),
        "status": _state(item) or text_at(item, "/state"),
        "channel": text_at(item, "/channel", "/source/type"),
    }


def _name(sent: Notification) -> str:
    """The name of the event; "" for a notification without use."""
    if sent.topic == "ticket.state.updated":
        if _state(sent.item) == _RESOLVED:
            return "ticket_solved"
        return REOPENED if _last_part(sent.item).get("previous_ticket_state") == _RESOLVED else ""
    if sent.topic == "conversation.user.replied":  # a reply to a closed conversation opens it again
        return REOPENED if _last_part(sent.item).get("part_type") == "open" else ""
    if sent.topic == "conversation.priority.updated" and text_at(sent.item, "/state") == "closed":
        return ""
    return _NAMES.get(sent.topic, "")


def _state(item: dict[str, Any]) -> str:
    """The state of a ticket, which older versions write as a text."""
    return text_at(item, "/ticket_state/category", "/ticket_state").lower()


def _last_part(item: dict[str, Any]) -> dict[str, Any]:
    for pointer in ("/conversation_parts/conversation_parts", "/ticket_parts/ticket_parts"):
        parts = found_at(item, pointer)
        if isinstance(parts, list) and parts and isinstance(parts[-1], dict):
            return parts[-1]
    return {}


def _csat(item: dict[str, Any]) -> int | float | None:
    for pointer in _CSAT_PLACES:
        found = found_at(item, pointer)
        if isinstance(found, int | float) and not isinstance(found, bool) and 1 <= found <= 5:
            return found
    return None
