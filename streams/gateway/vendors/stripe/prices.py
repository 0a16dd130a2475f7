"""What an item of a subscription costs in a month: a `price` of Stripe's API, or the `plan` of older versions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from streams.gateway.vendors.stripe.money import Refusal, amount_of, minor_units, shown

MONTHS = {"day": Fraction(12, 365), "week": Fraction(84, 365), "month": Fraction(1), "year": Fraction(12)}
"""Months in an interval: a year has 12 months and 365 days."""
MOST_UNITS = 10**12
Fields = Mapping[str, Any]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A recurring price. `fields` holds amounts and tiers in minor units of `currency`; `months` is its interval."""

    id: str
    product: str
    nickname: str
    currency: str
    months: Fraction
    is_metered: bool
    fields: Fields

    def monthly(self, quantity: int) -> Fraction:
        """The price of `quantity` for a month, in units of the currency, before discounts.

        Raises:
            Refusal: when it cannot be known.
        """
        if self.fields.get("billing_scheme") == "tiered" or self.fields.get("tiers"):
            minor = _tiered(self.fields, quantity)
        else:
            minor = _unit_amount(self.fields) * _packages(self.fields, quantity)
        return minor / minor_units(self.currency) / self.months


def price_of(item: Fields, currency: str) -> Price | None:
    """The recurring price of an item of a subscription in `currency`, "" if that is not known; None for a one-off one.

    Raises:
        Refusal: when it cannot be read.
    """
    found = next((each for name in ("price", "plan") if isinstance(each := item.get(name), dict)), None)
    if found is None:
        raise Refusal("price_missing", "an item has neither a price nor a plan: expand items.data.price")
    recurring = found.get("recurring")
    if recurring is None and "interval" in found:
        recurring = found
    if recurring is None and found.get("type") == "one_time":
        return None
    if not isinstance(recurring, dict):
        raise Refusal("price_missing", "a price says neither an interval nor that it is one-off")
    fields, currency = _in_currency(found, currency)
    return Price(
        id=_text(found.get("id")),
        product=_text(found.get("product")),
        nickname=_text(found.get("nickname")) or _text(found.get("lookup_key")),
        currency=currency,
        months=_months(recurring),
        is_metered=recurring.get("usage_type") == "metered",
        fields=fields,
    )


def quantity_of(item: Fields) -> int:
    """The quantity of an item. null is 1, which is what Stripe takes where none is given.

    Raises:
        Refusal: when it is no whole number of 0 or more.
    """
    found = item.get("quantity")
    if found is None:
        return 1
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= MOST_UNITS:
        raise Refusal("bad_quantity", f"{shown(found)!r} is not a quantity")
    return found


def _months(recurring: Fields) -> Fraction:
    interval, count = recurring.get("interval"), recurring.get("interval_count")
    count = 1 if count is None else count
    months = MONTHS.get(interval) if isinstance(interval, str) else None
    if months is None or isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise Refusal("bad_interval", f"{shown(count)} {shown(interval)} is not an interval")
    return months * count


def _in_currency(found: Fields, currency: str) -> tuple[Fields, str]:
    """A price's amounts in the currency of the subscription: those of `currency_options` if it is not its own."""
    own = _text(found.get("currency")).casefold()
    wanted = currency.casefold() or own
    if not wanted:
        raise Refusal("price_missing", "a price has no currency")
    if own in ("", wanted):
        return found, wanted
    options = found.get("currency_options")
    other = options.get(wanted) if isinstance(options, dict) else None
    if not isinstance(other, dict):
        words = f"the price is in {own} and the subscription in {wanted}: expand items.data.price.currency_options"
        raise Refusal("other_currency", words)
    amounts = {name: other.get(name) for name in ("unit_amount", "unit_amount_decimal", "tiers")}
    return {**found, **amounts}, wanted


def _unit_amount(fields: Fields) -> Fraction:
    for name in ("unit_amount_decimal", "unit_amount", "amount_decimal", "amount"):
        if (amount := amount_of(fields.get(name))) is not None:
            return amount
    raise Refusal("no_amount", "the price has no amount: it is chosen by the customer, or has tiers that are not shown")


def _packages(fields: Fields, quantity: int) -> int:
    """What is paid for: `transform_quantity` divides the quantity into packages."""
    transform = fields.get("transform_quantity") or fields.get("transform_usage")
    if transform is None:
        return quantity
    divide_by = transform.get("divide_by") if isinstance(transform, dict) else None
    if isinstance(divide_by, bool) or not isinstance(divide_by, int) or divide_by < 1:
        raise Refusal("bad_price", "transform_quantity has no divide_by")
    match transform.get("round"):
        case "up":
            return -(-quantity // divide_by)
        case "down":
            return quantity // divide_by
    raise Refusal("bad_price", "transform_quantity rounds neither up nor down")


def _tiered(fields: Fields, quantity: int) -> Fraction:
    tiers = fields.get("tiers")
    if not isinstance(tiers, list) or not tiers:
        words = "the price has tiers, which webhooks do not hold: set api_key, so that the gateway fetches them"
        raise Refusal("tiers_missing", words)
    bounds = _bounds(tiers)
    if quantity == 0 and _flat(tiers[0]):
        raise Refusal("bad_quantity", "a quantity of 0 of a price whose first tier has a flat fee")
    match fields.get("tiers_mode"):
        case "volume":
            tier = next((tier for tier, bound in zip(tiers, bounds, strict=True) if quantity <= bound), None)
            return _of_tier(tier, quantity)
        case "graduated":
            return _graduated(tiers, bounds, quantity)
    raise Refusal("bad_price", "the price has tiers, and its tiers_mode is neither graduated nor volume")


def _graduated(tiers: Sequence[Fields], bounds: Sequence[int], quantity: int) -> Fraction:
    total, below = Fraction(0), 0
    for tier, bound in zip(tiers, bounds, strict=True):
        units = min(quantity, bound) - below
        total += _of_tier(tier, units)
        below += units
        if below == quantity:
            return total
    return _of_tier(None, quantity)


def _of_tier(tier: Fields | None, units: int) -> Fraction:
    if tier is None:
        raise Refusal("bad_price", "the quantity is beyond the last tier")
    return _tier_unit(tier) * units + (_flat(tier) if units else 0)


def _bounds(tiers: Sequence[object]) -> list[int]:
    """The upper bound of each tier, which belongs to it."""
    bounds: list[int] = []
    for tier in tiers:
        found = tier.get("up_to", msgspec.UNSET) if isinstance(tier, dict) else msgspec.UNSET
        bound = MOST_UNITS if found is None or found == "inf" else found
        if isinstance(bound, bool) or not isinstance(bound, int) or bound <= (bounds[-1] if bounds else 0):
            raise Refusal("bad_price", "the bounds of the tiers do not rise")
        bounds.append(bound)
    return bounds


def _tier_unit(tier: Fields) -> Fraction:
    amounts = (amount_of(tier.get(name)) for name in ("unit_amount_decimal", "unit_amount", "amount"))
    return next((amount for amount in amounts if amount is not None), Fraction(0))


def _flat(tier: Fields) -> Fraction:
    amounts = (amount_of(tier.get(name)) for name in ("flat_amount_decimal", "flat_amount"))
    return next((amount for amount in amounts if amount is not None), Fraction(0))


def _text(found: object) -> str:
    if isinstance(found, dict):
        found = found.get("id")
    return found if isinstance(found, str) else ""
