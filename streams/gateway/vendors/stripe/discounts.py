"""What coupons take off an MRR for ever. Coupons that end are no part of MRR. Pure.

Accepts the `discount` of older versions of the API, and `discounts`, which hold coupons in `coupon` or `source.coupon`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from streams.gateway.vendors.stripe.money import Refusal, amount_of, minor_units

Fields = Mapping[str, Any]
_NOT_EXPANDED = "a discount is only named, as newer versions of the API do: set api_key, so that the gateway fetches it"


class Line(msgspec.Struct, frozen=True):
    """What an item brings in a month, in units of its currency. `months` is the interval of its invoices."""

    amount: Fraction
    product: str
    months: Fraction


def discounted(lines: Sequence[Line], holder: Fields, currency: str) -> list[Line]:
    """The lines after the discounts of `holder`, a subscription or an item of one, in their order.

    An amount off is taken off each invoice, so a year's counts a twelfth. No line falls below 0.

    Raises:
        Refusal: when a discount cannot be known.
    """
    found = list(lines)
    for discount in _discounts(holder):
        coupon = _coupon(discount)
        if coupon.get("duration") in ("once", "repeating"):
            continue
        if coupon.get("duration") != "forever":
            raise Refusal("bad_discount", "a coupon lasts neither for ever, nor for some months, nor once")
        found = _taken_off(found, coupon, currency)
    return found


def _discounts(holder: Fields) -> Iterator[Fields]:
    """The discounts of a holder, each once: an old `discount` may be among the `discounts` by its id."""
    old, new = holder.get("discount"), holder.get("discounts") or []
    if not isinstance(new, list):
        raise Refusal("bad_discount", "discounts is not a list")
    named = {old["id"]: old} if isinstance(old, dict) and isinstance(old.get("id"), str) else {}
    seen = set()
    for each in [*new, *([] if old is None else [old])]:
        discount = named.get(each) if isinstance(each, str) else each
        if not isinstance(discount, dict):
            raise Refusal("discount_not_expanded", _NOT_EXPANDED)
        key = discount.get("id")
        if discount.get("deleted") or (isinstance(key, str) and key in seen):
            continue
        seen.add(key if isinstance(key, str) else "")
        yield discount


def _coupon(discount: Fields) -> Fields:
    source = discount.get("source")
    candidates = (discount.get("coupon"), source.get("coupon") if isinstance(source, dict) else None)
    coupon = next((each for each in candidates if isinstance(each, dict)), None)
    if coupon is None:
        raise Refusal("discount_not_expanded", _NOT_EXPANDED)
    return coupon


def _taken_off(lines: Sequence[Line], coupon: Fields, currency: str) -> list[Line]:
    products = _products(coupon)
    eligible = [products is None or line.product in products for line in lines]
    total = sum((line.amount for line, takes in zip(lines, eligible, strict=True) if takes), Fraction(0))
    if not total:
        return list(lines)
    months = {line.months for line, takes in zip(lines, eligible, strict=True) if takes}
    share = 1 - min(_off(coupon, total, months, currency) / total, Fraction(1))
    return [
        msgspec.structs.replace(line, amount=line.amount * share) if takes else line
        for line, takes in zip(lines, eligible, strict=True)
    ]


def _off(coupon: Fields, total: Fraction, months: set[Fraction], currency: str) -> Fraction:
    """What a coupon takes off `total` in a month."""
    percent = amount_of(coupon.get("percent_off"))
    if percent is not None:
        return total * percent / 100
    amount = amount_of(_amount_off(coupon, currency))
    if amount is None:
        raise Refusal("bad_discount", "a coupon has neither percent_off nor amount_off")
    if len(months) > 1:
        raise Refusal("bad_discount", "an amount off a subscription whose items have different intervals")
    return amount / minor_units(currency) / next(iter(months))


def _amount_off(coupon: Fields, currency: str) -> object:
    own = coupon.get("currency")
    if coupon.get("amount_off") is None or not isinstance(own, str) or own.casefold() == currency:
        return coupon.get("amount_off")
    options = coupon.get("currency_options")
    other = options.get(currency) if isinstance(options, dict) else None
    if not isinstance(other, dict):
        raise Refusal("other_currency", f"a coupon takes off {own[:10]}, and the subscription is in {currency}")
    return other.get("amount_off")


def _products(coupon: Fields) -> frozenset[str] | None:
    """The products that a coupon is limited to; None if it is for all."""
    limit = coupon.get("applies_to")
    products = limit.get("products") if isinstance(limit, dict) else None
    return frozenset(each for each in products if isinstance(each, str)) if isinstance(products, list) else None
