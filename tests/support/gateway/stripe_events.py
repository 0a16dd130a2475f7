"""Events of Stripe: only what matters shows in a test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.gateway.reading import Reading
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.stripe.reader import read
from streams.identity.alias import ForeignId
from tests.support.gateway.requests import a_request
from tests.support.gateway.stripe_objects import subscription

AT_S = 1_772_355_600  # 2026-03-01T09:00:00Z
Object = dict[str, Any]


def event(kind: str, found: object, previous: Object | None = None, *, at: int = AT_S, **fields: Any) -> Object:
    """A snapshot event."""
    data = {"object": found} | ({} if previous is None else {"previous_attributes": previous})
    base = {"id": f"evt_{kind}_{at}", "object": "event", "type": kind, "created": at, "livemode": True, "data": data}
    return base | {"api_version": "2026-10-28.endive"} | fields


def thin(kind: str, url: str, **fields: Any) -> Object:
    """A thin event about the object at `url`."""
    related = {"id": url.rpartition("/")[2], "type": kind.split(".")[1], "url": url}
    base = {"id": "evt_thin", "object": "v2.core.event", "type": kind, "created": "2026-03-01T09:00:00.123Z"}
    return base | {"livemode": True, "related_object": related} | fields


def reading(body: Object, fetched: Mapping[str, Object] | None = None, **fields: Any) -> Reading:
    """What is read in an event; `fields` are those of the source."""
    return read(a_request(StripeSource(insecure=True, **fields), body, fetched=fetched))


CUSTOMER = ForeignId("stripe.customer", "cus_1")
UPDATED = thin("v1.customer.subscription.updated", "/v1/subscriptions/sub_1")


def updated(**fields: Any) -> dict[str, Any]:
    return event("customer.subscription.updated", subscription(**fields))


def outcome(found: Reading) -> str:
    """What became of a request, in a word for each part."""
    parts = [f"publishes {each.event}" for each in found.events]
    parts += [f"alias {each.id} ▸ {each.to.id}" for each in found.aliases]
    parts += [f"refuses {each.reason}" for each in found.refused]
    parts += [f"ignores {each.what}" for each in found.ignored]
    return ", ".join([*parts, *([f"fetches {found.fetch.url}"] if found.fetch else [])])
