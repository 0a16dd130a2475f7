"""An Intercom notification, and what its objects have in common. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Request
from streams.gateway.vendors.fields import clean_id, found_at, object_at, text_at
from streams.gateway.vendors.inbound import kind_of

VENDOR_NAME = "intercom"
_PERSONAL = ("name", "email", "phone", "formatted_phone", "avatar", "location", "social_profiles")
WRITTEN = frozenset((*_PERSONAL, "body", "subject", "title", "remark", "attachments", "url", "ticket_attributes"))
"""What people wrote, and who they are: a dead letter does not keep it."""
_NOBODY = frozenset(("-1", "0"))
"""What Intercom writes for no company."""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A notification about `item`. `times` are the places of its time, best first."""

    topic: str
    id: str
    item: dict[str, Any]
    times: tuple[object, ...]
    body: dict[str, Any]


def notification_of(body: dict[str, Any]) -> Notification:
    """The notification in a body; its topic is "" when the body is none."""
    return Notification(
        topic=text_at(body, "/topic"),
        id=clean_id(body.get("id")),
        item=object_at(body, "/data/item"),
        times=(body.get("created_at"), body.get("first_sent_at")),
        body=body,
    )


def company_id(found: object) -> str:
    """Intercom's own id of a company; "" for none.

    >>> company_id("531ee472cce572a6ec000006"), company_id("-1"), company_id(None)
    ('531ee472cce572a6ec000006', '', '')
    """
    cleaned = clean_id(found)
    return "" if cleaned in _NOBODY else cleaned


def contact_ids(item: dict[str, Any]) -> list[str]:
    """Intercom's ids of the contacts of a conversation or ticket, in its present form and in those before it."""
    listed = found_at(item, "/contacts/contacts")
    listed = listed if isinstance(listed, list) else item.get("contacts")
    author = object_at(item, "/source/author")
    people = [
        *(listed if isinstance(listed, list) else ()),
        item.get("user"),
        author if author.get("type") in ("user", "lead", "contact") else None,
    ]
    found = (clean_id(person.get("id")) for person in people if isinstance(person, dict))
    return list(dict.fromkeys(contact for contact in found if contact))


def company_kind(request: Request) -> str:
    return kind_of(request.source, VENDOR_NAME, "company")


def contact_kind(request: Request) -> str:
    return kind_of(request.source, VENDOR_NAME, "contact")
