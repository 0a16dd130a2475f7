"""Customers and checkouts: which customer is which account. They are no events of an account. Pure."""

from __future__ import annotations

from streams.gateway.reading import Ignored, Reading, Request
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.stripe.envelope import StripeEvent, accounts_of, alias_of


def customer(request: Request, event: StripeEvent) -> Reading:
    """The alias that a customer's metadata say. It stays when the customer is deleted: events about it may follow."""
    return _alias(request, event)


def checkout(request: Request, event: StripeEvent) -> Reading:
    """The alias that a checkout says: `client_reference_id`, unless its metadata name the account."""
    return _alias(request, event, otherwise="/client_reference_id")


def _alias(request: Request, event: StripeEvent, *, otherwise: str = "") -> Reading:
    assert isinstance(request.source, StripeSource)
    accounts = accounts_of(event, request.source, otherwise=otherwise)
    aliases = alias_of(event, accounts, request.source, request.name)
    return Reading(aliases=aliases, ignored=[] if aliases else [Ignored(what=f"{event.type} without an account")])
