"""Reads Stripe's webhooks: snapshot events, and thin events whose object must be fetched. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streams.gateway.reading import Fetch, Ignored, Reading, Refused, Request, Vendor
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.fields import Untimely, decoded_object, fingerprint, instant_ms
from streams.gateway.vendors.stripe.completion import expanded, subscription_url
from streams.gateway.vendors.stripe.customers import checkout, customer
from streams.gateway.vendors.stripe.envelope import StripeEvent, event_of, is_thin, related_url, type_of
from streams.gateway.vendors.stripe.payments import INVOICES, dispute, invoice, refund
from streams.gateway.vendors.stripe.subscriptions import subscription, trial_will_end

Handler = Callable[[Request, StripeEvent], Reading]
_SUBSCRIPTION = "customer.subscription."
_SUBSCRIPTIONS = ("created", "updated", "deleted", "paused", "resumed", "pending_update_applied")
_THIN_SUBSCRIPTIONS = (
    *("active", "past_due", "unpaid", "trialing", "incomplete", "incomplete_expired", "canceled", "cancel_at_changed"),
    *("item_added", "item_removed", "item_price_changed", "item_quantity_changed"),
)
"""Types that only thin events have. Each says that the subscription is to be looked at again."""
HANDLERS: dict[str, tuple[str, Handler]] = {
    **{f"{_SUBSCRIPTION}{each}": ("subscription", subscription) for each in (*_SUBSCRIPTIONS, *_THIN_SUBSCRIPTIONS)},
    f"{_SUBSCRIPTION}trial_will_end": ("subscription", trial_will_end),
    **dict.fromkeys(INVOICES, ("invoice", invoice)),
    "charge.dispute.created": ("dispute", dispute),
    "charge.refunded": ("charge", refund),
    "customer.created": ("customer", customer),
    "customer.updated": ("customer", customer),
    "customer.deleted": ("customer", customer),
    "checkout.session.completed": ("checkout.session", checkout),
}
"""What is made of a type: the kind of object that it must have, and its reader. Others are ignored."""
_WITHOUT_KEY = (
    "thin event without key: it names its object and does not hold it. Set api_key to a restricted key that may read "
    "it, or make the event destination send snapshot events"
)


def read(request: Request) -> Reading:
    """What an event of Stripe says: events of ours, an alias, a refusal, or nothing.

    Raises:
        BadRequest: when the body is not a JSON object.
    """
    assert isinstance(request.source, StripeSource)
    body = decoded_object(request.body)
    name = type_of(body)
    if not name or body.get("object", "event") not in ("event", "v2.core.event"):
        return _refused(request, "invalid", "this is no event of Stripe: it has no type")
    if (ignored := _why_ignored(body, name, request.source)) is not None:
        return Reading(ignored=[Ignored(what=ignored)])
    try:
        at_ms = instant_ms(body.get("created"), otherwise_ms=request.received_ms)
    except Untimely as error:
        return _refused(request, "bad_timestamp", f"created: {error}")
    fetched = None
    if is_thin(body):
        url = _url(body, name)
        if not url:
            return _refused(request, "invalid", "the thin event has no related_object with a url")
        if not request.source.api_key:
            return _refused(request, "thin_event_without_key", _WITHOUT_KEY)
        if url not in request.fetched:
            return Reading(fetch=Fetch(url))
        fetched = request.fetched[url]
    event = event_of(body, at_ms, fetched, fingerprint(request.body))
    kind, handler = HANDLERS[name]
    if event.object.get("object", kind) != kind:
        return _refused(request, "invalid", f"an event of the type {name} must hold an object of the kind {kind}")
    return handler(request, event)


def _why_ignored(body: dict[str, Any], name: str, source: StripeSource) -> str | None:
    if name not in HANDLERS:
        return name
    if body.get("livemode") is False and not source.test_mode:
        return f"{name} of test mode"
    return f"{name} of a connected account" if body.get("account") else None


def _url(body: dict[str, Any], name: str) -> str:
    """What to fetch for a thin event: its object, with what a snapshot of it would hold."""
    url = related_url(body)
    kind, _ = HANDLERS[name]
    if not url or "?" in url:
        return ""
    if kind == "subscription" and url.startswith("/v1/subscriptions/"):
        return subscription_url(url.removeprefix("/v1/subscriptions/"), "customer")
    return url if kind in ("customer", "dispute") else f"{url}{expanded('customer')}"


def _refused(request: Request, reason: str, words: str) -> Reading:
    return Reading(refused=[Refused(reason=reason, words=words, value=request.body)])


VENDOR = Vendor(read=read, scheme="stripe", answer_seconds=8.0)
