"""An event of Stripe, as a snapshot or as a thin event with its object fetched. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.account_rules import accounts_by
from streams.gateway.vendors.fields import clean_id, found_at, id_at, known_ids, object_at, text_at
from streams.identity.alias import ACCOUNT, Alias, ForeignId

THIN = "v2.core.event"
_OWN_IDS = (
    "/metadata/account_id",
    "/subscription_details/metadata/account_id",
    "/parent/subscription_details/metadata/account_id",
    "/customer/metadata/account_id",
)
"""Where an object may say which of our accounts it belongs to: an invoice has the metadata of its subscription."""


class StripeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event. `id` is the same for a thin event and the snapshot of the same thing. `type` is without "v1.".

    `object` is what it is about: of a snapshot as it was then, of a thin event as it is now. `previous` are the fields
    that changed, with their values before. `body` is the event as a snapshot would be.
    """

    id: str
    type: str
    occurred_at_ms: int
    is_thin: bool
    object: dict[str, Any]
    previous: dict[str, Any]
    api_version: str
    body: dict[str, Any]


def type_of(body: dict[str, Any]) -> str:
    """The type of an event, without the "v1." of thin events; "" if it is none."""
    name = text_at(body, "/type")
    return name.removeprefix("v1.") if is_thin(body) else name


def is_thin(body: dict[str, Any]) -> bool:
    """Whether an event is thin: it names its object, and does not hold it."""
    return body.get("object") == THIN


def customer_of(found: dict[str, Any]) -> str:
    """The id of an object's customer, which is the object itself if it is a customer; "" without one."""
    if found.get("object") == "customer":
        return id_at(found, "/id")
    return id_at(found, "/customer/id", "/customer")


def accounts_of(event: StripeEvent, source: StripeSource, *, otherwise: str = "") -> tuple[ForeignId, ...]:
    """The ids that may name the account of an event: one of ours, then the customer.

    The source's `account` rules take the place of `metadata.account_id`. `otherwise` points to one more id of ours in
    the object.
    """
    kind = source.ids or "stripe"
    if source.account:
        own = accounts_by(source.account, event.body)
    else:
        own = known_ids((ACCOUNT, id_at(event.object, *_OWN_IDS, *([otherwise] if otherwise else []))))
    customer = (f"{kind}.customer", customer_of(event.object))
    return tuple(dict.fromkeys((*own, *known_ids(customer, (f"{kind}.account", event.object.get("customer_account"))))))


def alias_of(event: StripeEvent, accounts: tuple[ForeignId, ...], source: StripeSource, name: str) -> list[Alias]:
    """The alias from the customer to the account, if an event names both."""
    kind = f"{source.ids or 'stripe'}.customer"
    account = next((each for each in accounts if each.kind == ACCOUNT), None)
    customer = next((each for each in accounts if each.kind == kind), None)
    if account is None or customer is None:
        return []
    return [Alias(kind=kind, id=customer.id, to=account, author=name, at_ms=event.occurred_at_ms)]


def event_of(body: dict[str, Any], occurred_at_ms: int, fetched: dict[str, Any] | None, event_id: str) -> StripeEvent:
    """The event in a body; of a thin event with the object that was fetched."""
    if fetched is None:
        found, previous = object_at(body, "/data/object"), object_at(body, "/data/previous_attributes")
    else:
        found, previous = fetched, object_at(body, "/changes/before")
    return StripeEvent(
        id=clean_id(body.get("snapshot_event")) or clean_id(body.get("id")) or event_id,
        type=type_of(body),
        occurred_at_ms=occurred_at_ms,
        is_thin=fetched is not None,
        object=found,
        previous=previous,
        api_version=text_at(body, "/api_version"),
        body=body if fetched is None else {**body, "data": {"object": found, "previous_attributes": previous}},
    )


def related_url(body: dict[str, Any]) -> str:
    """The path under which the object of a thin event is fetched; "" if it has none."""
    found = found_at(body, "/related_object/url")
    return found.strip() if isinstance(found, str) else ""
