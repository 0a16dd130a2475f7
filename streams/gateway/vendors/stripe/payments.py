"""Invoices, disputes and refunds: whether an account pays. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Fetch, Ignored, Reading, Refused, Request
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.fields import clean_id, id_at, text_at
from streams.gateway.vendors.stripe.envelope import StripeEvent, customer_of
from streams.gateway.vendors.stripe.money import Refusal, amount_of, minor_units
from streams.gateway.vendors.stripe.publish import Said, published

INVOICES = {
    "invoice.payment_failed": "payment_failed",
    "invoice.paid": "payment_succeeded",
    "invoice.payment_succeeded": "payment_succeeded",
    "invoice.overdue": "invoice_overdue",
    "invoice.payment_action_required": "payment_action_required",
    "invoice.marked_uncollectible": "invoice_marked_uncollectible",
}
"""Our name for a type. What a failed payment sends besides, `charge.failed` and `payment_intent.payment_failed`, is
ignored: one failure is one event."""
_NO_CUSTOMER = (
    "a dispute names a charge and no customer: set api_key, so that the gateway fetches the charge, or do not send "
    "charge.dispute.created"
)


def invoice(request: Request, event: StripeEvent) -> Reading:
    """The event of an invoice. That an invoice was paid is one event, though Stripe sends two."""
    name, found = INVOICES[event.type], event.object
    if name == "payment_succeeded" and found.get("amount_paid") == 0:
        return Reading(ignored=[Ignored(what=f"{event.type} of nothing")])
    properties = {
        "invoice_id": id_at(found, "/id"),
        "subscription_id": id_at(
            found, "/subscription/id", "/subscription", "/parent/subscription_details/subscription"
        ),
        "amount": _amount(found, "amount_paid" if name == "payment_succeeded" else "amount_due"),
        "currency": text_at(found, "/currency"),
        "attempt_count": found.get("attempt_count"),
        "billing_reason": text_at(found, "/billing_reason"),
    }
    paid = clean_id(found.get("id")) if name == "payment_succeeded" else ""
    return published(request, event, Said(name, properties, paid and f"{paid}:paid"))


def refund(request: Request, event: StripeEvent) -> Reading:
    """A charge that was given back, whole or in part."""
    properties = {
        "charge_id": id_at(event.object, "/id"),
        "amount": _amount(event.object, "amount_refunded"),
        "currency": text_at(event.object, "/currency"),
    }
    return published(request, event, Said("payment_refunded", properties))


def dispute(request: Request, event: StripeEvent) -> Reading:
    """A charge that its customer's bank disputes. A dispute does not say whose it is: its charge does."""
    assert isinstance(request.source, StripeSource)
    charge = event.object.get("charge")
    holder: dict[str, Any] = charge if isinstance(charge, dict) else {}
    charge_id = id_at(event.object, "/charge/id", "/charge")
    url = f"/v1/charges/{charge_id}?expand[]=customer"
    if not (customer_of(event.object) or id_at(event.object, "/metadata/account_id") or holder):
        if not charge_id or not request.source.api_key:
            return Reading(refused=[Refused(reason="no_account", words=_NO_CUSTOMER, value=request.body)])
        if url not in request.fetched:
            return Reading(fetch=Fetch(url))
        holder = request.fetched[url]
    properties = {
        "charge_id": charge_id,
        "amount": _amount(event.object, "amount"),
        "currency": text_at(event.object, "/currency"),
        "reason": text_at(event.object, "/reason"),
    }
    known = {name: holder.get(name) for name in ("customer", "metadata") if holder.get(name)}
    return published(request, _with(event, known), Said("payment_disputed", properties))


def _with(event: StripeEvent, fields: dict[str, Any]) -> StripeEvent:
    """The event with an object that has these fields too; its own come first."""
    own = {name: value for name, value in event.object.items() if value}
    return msgspec.structs.replace(event, object={**event.object, **fields, **own})


def _amount(found: dict[str, Any], name: str) -> float | None:
    """An amount in units of its currency; None where there is none that can be read."""
    currency = found.get("currency")
    try:
        amount = amount_of(found.get(name))
    except Refusal:
        return None
    return None if amount is None or not isinstance(currency, str) else float(amount / minor_units(currency))
