"""MRR of a subscription of Stripe: a pure function of the object that Stripe sends, of any version of its API.

It is Stripe's own definition where Stripe says one, and refused with a reason where a number would be a guess. The
rules, and cases worked by hand: docs/connect/stripe-mrr.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import msgspec

from streams.gateway.vendors.stripe.discounts import Line, discounted
from streams.gateway.vendors.stripe.money import Rates, Refusal, shown
from streams.gateway.vendors.stripe.prices import Price, price_of, quantity_of

PAYING = frozenset(("active", "past_due"))
"""Statuses of subscriptions that have an MRR."""
NOT_PAYING = frozenset(("trialing", "incomplete", "paused"))
"""Statuses without MRR that may come to pay."""
ENDED = frozenset(("canceled", "unpaid", "incomplete_expired"))
"""Statuses that end an MRR."""
Fields = Mapping[str, Any]


class Part(msgspec.Struct, frozen=True):
    """What one item brings in a month, in the currency of the source. `words` says why it brings nothing."""

    item: str
    price: str
    nickname: str
    quantity: int
    amount: Fraction
    words: str = ""


class Mrr(msgspec.Struct, frozen=True):
    """The MRR of a subscription, exact, in `currency`. Never negative. It is the sum of its `parts`."""

    amount: Fraction
    currency: str
    parts: tuple[Part, ...] = ()
    words: str = ""

    @property
    def number(self) -> float:
        """The nearest float."""
        return float(self.amount)


class NoMrr(msgspec.Struct, frozen=True):
    """An MRR that is not known. `reason` is a code, `words` say what to do."""

    reason: str
    words: str


def mrr_of(subscription: object, rates: Rates) -> Mrr | NoMrr:
    """The MRR of a subscription, in the currency of `rates`. Raises nothing.

    >>> price = {"unit_amount": 120_000, "currency": "usd", "recurring": {"interval": "year", "interval_count": 1}}
    >>> mrr_of({"status": "active", "items": {"data": [{"price": price, "quantity": 2}]}}, Rates()).number
    200.0
    """
    try:
        return _mrr(subscription, rates)
    except Refusal as refusal:
        return NoMrr(refusal.reason, refusal.words)


def _mrr(subscription: object, rates: Rates) -> Mrr:
    if not isinstance(subscription, dict):
        raise Refusal("malformed", "the subscription is not an object")
    status = subscription.get("status")
    if not isinstance(status, str) or status not in PAYING | NOT_PAYING | ENDED:
        raise Refusal("bad_status", f"{shown(status)!r} is no status that is known")
    if status not in PAYING:
        return Mrr(Fraction(0), rates.currency, (), f"the subscription is {status}")
    currency = subscription.get("currency")
    currency = currency.casefold() if isinstance(currency, str) else ""
    items = items_of(subscription)
    priced = [(item, price_of(item, currency)) for item in items]
    counted = [(item, price) for item, price in priced if price is not None and not price.is_metered]
    currencies = {price.currency for _, price in counted}
    if len(currencies) > 1:
        raise Refusal("other_currency", "the items are in several currencies")
    if not counted:
        return Mrr(Fraction(0), rates.currency, tuple(_empty(item, price) for item, price in priced), "nothing recurs")
    amounts = iter(_amounts(subscription, counted, next(iter(currencies)), rates))
    parts = tuple(
        _empty(item, price) if price is None or price.is_metered else _part(item, price, next(amounts))
        for item, price in priced
    )
    return Mrr(sum((part.amount for part in parts), Fraction(0)), rates.currency, parts)


def items_of(subscription: Fields) -> list[Fields]:
    """The items of a subscription, or its one plan in versions of the API without items.

    Raises:
        Refusal: when they are missing, or not all there.
    """
    items = subscription.get("items")
    if items is None and isinstance(subscription.get("plan"), dict):
        return [{"plan": subscription["plan"], "quantity": subscription.get("quantity")}]
    items = items if isinstance(items, dict) else {}
    data = items.get("data")
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise Refusal("items_missing", "the subscription has neither items nor a plan")
    total = items.get("total_count")
    if items.get("has_more") or (isinstance(total, int) and total > len(data)):
        raise Refusal("items_cut_off", "the event holds only the first items of the subscription")
    return [item for item in data if not item.get("deleted")]


def _amounts(subscription: Fields, counted: list[tuple[Fields, Price]], currency: str, rates: Rates) -> list[Fraction]:
    """What each item brings after all discounts, in the currency of the source."""
    lines = []
    for item, price in counted:
        line = Line(price.monthly(quantity_of(item)), price.product, price.months)
        lines += discounted([line], item, currency)
    if any(line.amount for line in lines):
        lines = discounted(lines, subscription, currency)
    worth = rates.of(currency) if any(line.amount for line in lines) else Fraction(1)
    return [line.amount * worth for line in lines]


def _part(item: Fields, price: Price, amount: Fraction) -> Part:
    return Part(str(item.get("id") or ""), price.id, price.nickname, quantity_of(item), amount)


def _empty(item: Fields, price: Price | None) -> Part:
    words = "one-off" if price is None else "metered"
    found = price or Price(id="", product="", nickname="", currency="", months=Fraction(1), is_metered=False, fields={})
    return Part(str(item.get("id") or ""), found.id, found.nickname, 0, Fraction(0), words)
