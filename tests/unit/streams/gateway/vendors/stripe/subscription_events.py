"""Events of subscriptions of Stripe, and what is read in them."""

from __future__ import annotations

from typing import Any

from streams.gateway.reading import Inbound
from tests.support.gateway.stripe_events import AT_S, event, reading
from tests.support.gateway.stripe_objects import price

Object = dict[str, Any]


def read(kind: str, found: Object, previous: Object | None = None, *, at: int = AT_S, **fields: Any) -> list[Inbound]:
    return reading(event(f"customer.subscription.{kind}", found, previous, at=at, **fields)).events


def items(*listed: Object) -> Object:
    """What `previous_attributes` say of items: the whole list."""
    return {"items": {"data": [each | {"id": f"si_{number}"} for number, each in enumerate(listed, start=1)]}}


PRO, BASIC = price(5000, id="price_pro"), price(2000, id="price_basic")
