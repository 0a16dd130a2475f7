"""Notifications of Intercom, written after its documentation (developers.intercom.com/docs/references/webhooks)."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Request
from streams.gateway.sources.schema import IntercomSource
from tests.support.gateway.requests import a_request

SOURCE = IntercomSource(insecure=True)
COMPANY, CONTACT = "intercom.company", "intercom.contact"
NOON_S = 1_772_355_600  # 2026-03-01T09:00:00Z


def notification(
    topic: str, item: dict[str, Any], *, at: int | str = NOON_S, source: IntercomSource = SOURCE, delivery: str = ""
) -> Request:
    """A notification, sent `at` seconds since 1970."""
    body = {
        "type": "notification_event",
        "app_id": "a86dr8yl",
        "topic": topic,
        "id": delivery or f"notif_{topic}_{at}",
        "created_at": at,
        "delivery_attempts": 1,
        "first_sent_at": at,
        "data": {"type": "notification_event_data", "item": item},
    }
    return a_request(source, body)


def a_conversation(**fields: Any) -> dict[str, Any]:
    return {
        "type": "conversation",
        "id": "1295",
        "state": "open",
        "priority": "priority",
        "source": {
            "type": "email",
            "subject": "Help",
            "body": "<p>hunter2</p>",
            "author": {"type": "user", "id": "c-1"},
        },
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "c-1", "external_id": "u-1"}]},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [], "total_count": 0},
        **fields,
    }


def a_ticket(state: str = "submitted", **fields: Any) -> dict[str, Any]:
    return {
        "type": "ticket",
        "id": "494",
        "ticket_id": "53",
        "category": "Customer",
        "ticket_state": {"type": "ticket_state", "id": "1", "category": state, "internal_label": "A label"},
        "ticket_attributes": {"_default_title_": "hunter2"},
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "c-1"}]},
        "company_id": "531ee472cce572a6ec000006",
        "channel": "messenger",
        **fields,
    }


def a_company(**fields: Any) -> dict[str, Any]:
    return {
        "type": "company",
        "id": "531ee472cce572a6ec000006",
        "company_id": "acme",
        "name": "Acme",
        "plan": {"type": "plan", "id": "1", "name": "Pro"},
        "monthly_spend": 0,
        "custom_attributes": {},
        **fields,
    }


def a_contact(*companies: str, **fields: Any) -> dict[str, Any]:
    listed = [{"type": "company", "id": company} for company in companies]
    return {
        "type": "contact",
        "id": "c-1",
        "external_id": "u-1",
        "role": "user",
        "email": "ann@acme.io",
        "companies": {"type": "list", "data": listed, "total_count": len(listed)},
        **fields,
    }
