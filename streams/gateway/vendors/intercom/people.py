"""Companies and contacts of Intercom: where they lead, and what is known of a company. Pure.

A contact leads to the company that it is connected with, a company to the account that is its `company_id`, which is
the sender's own id. Intercom's own id of a company is its `id`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from streams.gateway.reading import Ignored, Reading, Request
from streams.gateway.vendors.fields import clean_id, fingerprint, found_at, object_at, text_at
from streams.gateway.vendors.inbound import alias, candidates, event, foreign, said_ms, timely, without_fields
from streams.gateway.vendors.intercom.notification import (
    WRITTEN,
    Notification,
    company_id,
    company_kind,
    contact_kind,
)
from streams.gateway.vendors.plain_properties import plain_properties
from streams.identity.alias import ACCOUNT, ForeignId

_MADE_UP = "-qualification-company"
"""How the `company_id` ends that Intercom makes up for a company that an agent typed in."""
_TRAITS = ("name", "industry", "size", "website", "monthly_spend", "user_count")
_TRAITS_MAX = 100


def account_of(company: dict[str, Any]) -> ForeignId | None:
    """The account that a company is by the sender's own id; None when it has none."""
    own = foreign(ACCOUNT, company.get("company_id"))
    return None if own is None or own.id.endswith(_MADE_UP) else own


def read_company(request: Request, sent: Notification, reading: Reading) -> None:
    """Add where a company leads, and what is known of it."""
    if sent.topic not in ("company.created", "company.updated"):
        _read_connection(request, sent, reading)
        return
    company, kind = sent.item, company_kind(request)
    reading.aliases += alias(request, kind, company.get("id"), account_of(company), said_ms(request, *sent.times))
    accounts = candidates(request.source, sent.body, (kind, company.get("id")))
    traits = _traits(company)
    at_ms = (
        timely(reading, request, partial(without_fields, sent.body, WRITTEN), *sent.times)
        if accounts and traits
        else None
    )
    if at_ms is not None:
        reading.events.append(
            event(
                request,
                "account_updated",
                topic="analytics",
                at_ms=at_ms,
                event_id=sent.id or fingerprint(sent.body),
                accounts=accounts,
                properties=traits,
            )
        )
    elif not (reading.aliases or reading.refused):
        reading.ignored.append(Ignored(what=sent.topic))


def _read_connection(request: Request, sent: Notification, reading: Reading) -> None:
    """A contact joins a company, or leaves it."""
    company, contact = object_at(sent.item, "/company"), object_at(sent.item, "/contact")
    said = said_ms(request, *sent.times)
    if sent.topic == "company.contact.attached":
        to = foreign(company_kind(request), company_id(company.get("id")))
        reading.aliases += alias(request, contact_kind(request), contact.get("id"), to, said)
        reading.aliases += alias(request, company_kind(request), company.get("id"), account_of(company), said)
    elif sent.topic == "company.contact.detached" and (left := foreign(contact_kind(request), contact.get("id"))):
        others = alias(request, left.kind, left.id, _only_company(request, contact), said)
        reading.aliases += others
        reading.forgotten += [] if others else [left]
    if not (reading.aliases or reading.forgotten):
        reading.ignored.append(Ignored(what=sent.topic))


def read_contact(request: Request, sent: Notification, reading: Reading) -> None:
    """Add where a contact leads."""
    contact, kind, said = sent.item, contact_kind(request), said_ms(request, *sent.times)
    if sent.topic == "contact.deleted":
        reading.forgotten += [ForeignId(kind, found)] if (found := clean_id(contact.get("id"))) else []
    else:
        reading.aliases += alias(request, kind, contact.get("id"), _only_company(request, contact), said)
    if sent.topic == "contact.merged":
        merged = found_at(contact, "/merged_from/id")
        reading.aliases += alias(request, kind, merged, foreign(kind, contact.get("id")), said)
    if not (reading.aliases or reading.forgotten):
        reading.ignored.append(Ignored(what=sent.topic))


def _only_company(request: Request, contact: dict[str, Any]) -> ForeignId | None:
    """The company of a contact that has one; of several none is surely the account's."""
    listed = found_at(contact, "/companies/data")
    companies = [company for company in listed if isinstance(company, dict)] if isinstance(listed, list) else []
    return foreign(company_kind(request), company_id(companies[0].get("id"))) if len(companies) == 1 else None


def _traits(company: dict[str, Any]) -> dict[str, Any]:
    """What is known of a company, its own attributes included, as far as a model can read it."""
    own = {trait: company[trait] for trait in _TRAITS if company.get(trait)}
    plan = text_at(company, "/plan/name")
    found = plain_properties({"plan": plan} if plan else {}, own, object_at(company, "/custom_attributes"))
    return dict(list(found.items())[:_TRAITS_MAX])
