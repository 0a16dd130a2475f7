"""Subscriptions: MRR, plan, seats, and whether they run. Pure.

Names are chosen for what changed. Stripe gives whole seconds, and of two events in one second the shipped models take
that which changed the plan, then that which changed the seats, then that which began it (docs/connect/stripe.md).
"""

from __future__ import annotations

from typing import Any

import msgspec

from streams.gateway.reading import Fetch, Ignored, Reading, Refused, Request
from streams.gateway.sources.schema import StripeSource
from streams.gateway.vendors.fields import Untimely, id_at, instant_ms, stamp, text_at
from streams.gateway.vendors.stripe.changes import change_name, is_announced
from streams.gateway.vendors.stripe.completion import COMPLETABLE, completed, subscription_url
from streams.gateway.vendors.stripe.envelope import StripeEvent
from streams.gateway.vendors.stripe.money import Rates, Refusal
from streams.gateway.vendors.stripe.mrr import ENDED, Mrr, NoMrr, items_of, mrr_of
from streams.gateway.vendors.stripe.prices import price_of, quantity_of
from streams.gateway.vendors.stripe.publish import Said, published

RENEWAL_MONTHS = 3
"""The shortest term whose end is a renewal: that of a month is none that anybody would prepare for."""


def subscription(request: Request, event: StripeEvent) -> Reading:
    """What happened to a subscription: one event of ours, and one more if its end was announced."""
    assert isinstance(request.source, StripeSource)
    name = _name(event)
    if not name:
        return Reading(ignored=[Ignored(what=f"{event.type} before its first payment")])
    if name == "subscription_canceled":
        return published(request, event, Said(name, _ending(event)))
    rates = Rates(request.source.currency, request.source.rates)
    mrr = mrr_of(event.object, rates)
    if isinstance(mrr, NoMrr) and mrr.reason in COMPLETABLE and request.source.api_key and not event.is_thin:
        url = subscription_url(id_at(event.object, "/id"))
        if url not in request.fetched:
            return Reading(fetch=Fetch(url))
        event = msgspec.structs.replace(event, object=completed(event.object, request.fetched[url]))
        mrr = mrr_of(event.object, rates)
    if name == "subscription_updated":
        name = change_name(event.object, event.previous, rates)
    # Another id: once the MRR can be known, the same event of Stripe, sent again, must not count as a repetition.
    event_id = f"{event.id}:no-mrr" if isinstance(mrr, NoMrr) else ""
    told = [Said(name, _properties(event, mrr), event_id)]
    if is_announced(event):
        told.append(Said("cancellation_announced", _ending(event)))
    reading = published(request, event, *told)
    if isinstance(mrr, NoMrr) and reading.events:
        words = f"the MRR of {id_at(event.object, '/id')} is not known, so its event goes without: {mrr.words}"
        reading.refused.append(Refused(reason=mrr.reason, words=words, value=request.body))
    return reading


def trial_will_end(request: Request, event: StripeEvent) -> Reading:
    """A trial ends in three days."""
    properties = {"subscription_id": id_at(event.object, "/id"), "trial_end": _date(event.object.get("trial_end"))}
    return published(request, event, Said("trial_will_end", properties))


def _name(event: StripeEvent) -> str:
    """What to call the event, by its type and status; "" if the subscription has not begun."""
    status, before = event.object.get("status"), event.previous.get("status")
    kind = event.type.removeprefix("customer.subscription.")
    match status:
        case "incomplete":
            return ""
        case "incomplete_expired" if event.is_thin or before == "incomplete" or kind in ("created", "deleted"):
            return ""
    if kind == "deleted" or (isinstance(status, str) and status in ENDED):
        return "subscription_canceled"
    if status == "trialing":
        return "trial_started" if kind == "created" or before == "incomplete" else "subscription_updated"
    if status == "paused":
        return "subscription_updated"
    if kind == "created" or before == "incomplete":
        return "subscription_started"
    if before == "trialing":
        return "trial_converted"
    if kind == "resumed":
        return "subscription_resumed"
    return "subscription_reactivated" if before == "paused" or before in tuple(ENDED) else "subscription_updated"


def _properties(event: StripeEvent, mrr: Mrr | NoMrr) -> dict[str, Any]:
    found = event.object
    plan, quantity = _main(found, mrr)
    return {
        "subscription_id": id_at(found, "/id"),
        "mrr": mrr.number if isinstance(mrr, Mrr) else None,
        "plan": plan,
        "seats": _seats(event, quantity),
        "status": text_at(found, "/status"),
        "currency": text_at(found, "/currency"),
        "renewal_date": _renewal(found),
        "cancel_at_period_end": bool(found.get("cancel_at_period_end")),
        "collection_paused": True if found.get("pause_collection") else None,
        "api_version": event.api_version,
    }


def _ending(event: StripeEvent) -> dict[str, Any]:
    found = event.object
    return {
        "subscription_id": id_at(found, "/id"),
        "status": text_at(found, "/status"),
        "reason": text_at(found, "/cancellation_details/reason"),
        "feedback": text_at(found, "/cancellation_details/feedback"),
        "ends_at": _date(found.get("cancel_at") or found.get("ended_at")),
    }


def _main(found: dict[str, Any], mrr: Mrr | NoMrr) -> tuple[str, int]:
    """The plan and its quantity: of the item that brings most, else, without MRR, of the first that is not metered.

    A plan is called by the nickname of its price, else its lookup key, else its id.
    """
    parts = [part for part in mrr.parts if not part.words] if isinstance(mrr, Mrr) else []
    if parts:
        part = max(parts, key=lambda each: each.amount)
        return part.nickname or part.price, part.quantity
    try:
        priced = [(price, item) for item in items_of(found) if (price := price_of(item, ""))]
        price, item = min(priced, key=lambda each: each[0].is_metered)
        return price.nickname or price.id, 0 if price.is_metered else quantity_of(item)
    except ValueError:  # a refusal, or nothing at all
        return "", 0


def _seats(event: StripeEvent, quantity: int) -> int | None:
    """The quantity of the main item. 1 says nothing of seats, unless there were more before."""
    is_said = quantity > 1 or (quantity == 1 and {"items", "quantity"} & event.previous.keys())
    return quantity if is_said else None


def _renewal(found: dict[str, Any]) -> str | None:
    """When a subscription of at least three months ends its term; in newer versions of the API the items say it."""
    try:
        items = items_of(found)
        prices = [price for item in items if (price := price_of(item, ""))]
    except Refusal:
        return None
    if not prices or min(price.months for price in prices) < RENEWAL_MONTHS:
        return None
    ends = [item["current_period_end"] for item in items if isinstance(item.get("current_period_end"), int)]
    return _date(found.get("current_period_end") or min(ends, default=None))


def _date(found: object) -> str | None:
    try:
        return stamp(instant_ms(found, otherwise_ms=0)) if found else None
    except Untimely:
        return None
