"""Objects of Stripe: prices, plans, items, subscriptions and discounts."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]


def price(
    amount: object = 1000, interval: str = "month", count: int = 1, *, currency: str = "usd", **fields: Any
) -> Object:
    """A price per unit, of 10 USD a month unless it says otherwise."""
    decimal = fields.pop("decimal", None if amount is None else str(amount))
    recurring = {"interval": interval, "interval_count": count, "usage_type": fields.pop("usage", "licensed")}
    base: Object = {
        "id": "price_1",
        "object": "price",
        "billing_scheme": "per_unit",
        "type": "recurring",
        "product": "prod_1",
    }
    base |= {"currency": currency, "unit_amount": amount, "unit_amount_decimal": decimal, "recurring": recurring}
    return base | fields


def plan(amount: object = 1000, interval: str = "month", count: int = 1, **fields: Any) -> Object:
    """The same as a plan, as older versions of the API have it."""
    base = {"id": "plan_1", "object": "plan", "billing_scheme": "per_unit", "amount": amount, "currency": "usd"}
    return base | {"interval": interval, "interval_count": count, "usage_type": "licensed"} | fields


def tiered(mode: str, *tiers: tuple[int | None, object, object], **fields: Any) -> Object:
    """A price with tiers: (up to, per unit, flat)."""
    shown = [{"up_to": up_to, "unit_amount": unit, "flat_amount": flat} for up_to, unit, flat in tiers]
    return price(None, billing_scheme="tiered", tiers_mode=mode, tiers=shown or None, **fields)


def item(of: Object | None = None, quantity: object = 1, **fields: Any) -> Object:
    """An item of a subscription."""
    return {"id": "si_1", "object": "subscription_item", "price": of or price(), "quantity": quantity} | fields


def subscription(*items: Object, **fields: Any) -> Object:
    """An active subscription of these items, of one item of 10 USD a month without any."""
    listed = [each | {"id": f"si_{number}"} for number, each in enumerate(items or (item(),), start=1)]
    base = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "currency": "usd"}
    return base | {"items": {"object": "list", "data": listed, "has_more": False}} | fields


def coupon(duration: str = "forever", **fields: Any) -> Object:
    """A discount with its coupon."""
    return {"id": "di_1", "object": "discount", "coupon": {"id": "c", "duration": duration} | fields}
