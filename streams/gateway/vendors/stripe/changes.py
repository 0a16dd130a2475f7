"""What an update of a subscription changed, from the values that Stripe says it had before. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from streams.gateway.vendors.stripe.envelope import StripeEvent
from streams.gateway.vendors.stripe.money import Rates, Refusal
from streams.gateway.vendors.stripe.mrr import Mrr, items_of, mrr_of
from streams.gateway.vendors.stripe.prices import price_of, quantity_of

Fields = dict[str, Any]


def change_name(now: Fields, previous: Fields, rates: Rates) -> str:
    """What an update is called: a downgrade or another change of the plan, a change of seats, or just an update."""
    then = before(now, previous)
    try:
        old, new = _quantities(then), _quantities(now)
    except Refusal:
        return "subscription_updated"
    if old.keys() != new.keys():
        less = _is_less(mrr_of({**then, "status": "active"}, rates), mrr_of({**now, "status": "active"}, rates))
        return "plan_downgraded" if less else "plan_changed"
    return "subscription_updated" if old == new else "seat_count_set"


def before(now: Fields, previous: Fields) -> Fields:
    """A subscription as it was: Stripe gives whole lists, and of other objects the fields that changed."""
    then = {**now}
    for name, value in previous.items():
        current = now.get(name)
        then[name] = {**current, **value} if isinstance(current, dict) and isinstance(value, dict) else value
    if "items" not in previous and ("plan" in previous or "quantity" in previous):
        then["items"] = None
    return then


def is_announced(event: StripeEvent) -> bool:
    """Whether this event says that the subscription will end, and the one before did not."""
    if event.is_thin and not event.previous:
        return event.type.endswith(".cancel_at_changed") and bool(_end(event.object))
    changed = {"cancel_at_period_end", "cancel_at"} & event.previous.keys()
    return bool(changed and _end(event.object) and not _end(before(event.object, event.previous)))


def _end(found: Fields) -> object:
    return found.get("cancel_at_period_end") or found.get("cancel_at")


def _quantities(found: Fields) -> Counter[str]:
    """How many of which price."""
    quantities = Counter[str]()
    for item in items_of(found):
        price = price_of(item, "")
        if price is not None:
            quantities[price.id] += 1 if price.is_metered else quantity_of(item)
    return quantities


def _is_less(then: object, now: object) -> bool:
    return isinstance(then, Mrr) and isinstance(now, Mrr) and now.amount < then.amount
