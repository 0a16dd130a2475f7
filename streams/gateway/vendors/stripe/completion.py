"""What snapshots lack and the API has: tiers of prices, their other currencies, coupons of discounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

COMPLETABLE = frozenset(("tiers_missing", "discount_not_expanded", "other_currency"))
"""Why an MRR is not known, where fetching helps."""
_EXPANDED = ("discounts", "items.data.discounts", "items.data.price.tiers", "items.data.price.currency_options")
Fields = dict[str, Any]


def subscription_url(subscription_id: str, *more: str) -> str:
    """The path of a subscription with all that its MRR needs."""
    return f"/v1/subscriptions/{subscription_id}{expanded(*_EXPANDED, *more)}"


def expanded(*fields: str) -> str:
    """
    >>> expanded("customer", "discounts")
    '?expand[]=customer&expand[]=discounts'
    """
    return "?" + "&".join(f"expand[]={field}" for field in fields)


def completed(found: Fields, fetched: Fields) -> Fields:
    """A subscription as its event has it, with the prices and discounts that it names as they were fetched.

    Nothing else is taken: the fetched object is that of now, and the event may be older.
    """
    prices = _by_id(item.get("price") for item in _items(fetched))
    discounts = _by_id(each for holder in (fetched, *_items(fetched)) for each in _discounts(holder))
    whole = _with_discounts(found, discounts)
    items = [_with_price(_with_discounts(item, discounts), prices) for item in _items(found)]
    if isinstance(found.get("items"), dict):
        whole["items"] = {**found["items"], "data": items}
    return whole


def _items(found: Fields) -> list[Fields]:
    items = found.get("items")
    data = items.get("data") if isinstance(items, dict) else None
    return [item for item in data if isinstance(item, dict)] if isinstance(data, list) else []


def _discounts(holder: Fields) -> list[object]:
    listed = holder.get("discounts")
    return listed if isinstance(listed, list) else []


def _by_id(found: Iterable[object]) -> dict[str, Fields]:
    objects = (each for each in found if isinstance(each, dict))
    return {each["id"]: each for each in objects if isinstance(each.get("id"), str)}


def _with_discounts(holder: Fields, known: Fields) -> Fields:
    listed = holder.get("discounts")
    if not isinstance(listed, list):
        return {**holder}
    return {**holder, "discounts": [_whole(each, known) for each in listed]}


def _whole(discount: object, known: Fields) -> object:
    """A discount that is only named, or whose coupon is, as it was fetched."""
    discount_id = discount.get("id") if isinstance(discount, dict) else discount
    return known.get(discount_id, discount) if isinstance(discount_id, str) else discount


def _with_price(item: Fields, known: Fields) -> Fields:
    price = item.get("price")
    price_id = price.get("id") if isinstance(price, dict) else price
    return {**item, "price": known[price_id]} if isinstance(price_id, str) and price_id in known else item
