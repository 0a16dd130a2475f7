"""MRR of Stripe's subscriptions: the worked cases of the page, and what holds for all of them."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.vendors.stripe.money import Rates
from streams.gateway.vendors.stripe.mrr import Mrr, NoMrr, mrr_of
from tests.support.gateway.spoilt import spoilt
from tests.support.gateway.stripe_mrr_cases import CASES, PAGE, RATES, Case, page
from tests.support.gateway.stripe_objects import coupon, item, price, subscription, tiered

INTERVALS = st.sampled_from(["day", "week", "month", "year"])
PRICES = st.builds(
    price, st.integers(0, 10**8), INTERVALS, st.integers(1, 12), currency=st.just("usd"), product=st.sampled_from("ab")
)
TIERED = st.builds(
    lambda mode, first, unit, flat: tiered(mode, (first, unit, flat), (None, unit, None)),
    st.sampled_from(["graduated", "volume"]),
    st.integers(1, 50),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)
ITEMS = st.builds(item, PRICES | TIERED, st.integers(1, 500))
COUPONS = st.builds(coupon, st.sampled_from(["forever", "once"]), percent_off=st.integers(0, 100))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_a_worked_case_has_its_mrr(case: Case) -> None:
    before = copy.deepcopy(case.subscription)
    found = mrr_of(case.subscription, RATES)
    if isinstance(case.expected, str):
        assert isinstance(found, NoMrr)
        assert found.reason == case.expected
        assert len(found.words) > 10
    else:
        assert isinstance(found, Mrr)
        assert found.amount == case.expected
        assert found.amount == sum((part.amount for part in found.parts), Fraction(0))
    assert case.subscription == before


def test_the_page_has_the_cases() -> None:
    text = PAGE.read_text("utf-8")
    assert page(text) == text, "write it: python -m tests.support.gateway.stripe_mrr_cases"


def test_a_third_of_a_year_is_not_rounded_before_the_end() -> None:
    thirds = [item(price(10_000, "year")) for _ in range(3)]
    assert [mrr_of(subscription(*thirds[:count]), RATES) for count in (1, 3)] == [
        _with_parts(Fraction(25, 3), 1),
        _with_parts(Fraction(25), 3),
    ]


def _with_parts(amount: Fraction, count: int) -> Mrr:
    found = mrr_of(subscription(*[item(price(10_000, "year"))] * count), RATES)
    assert isinstance(found, Mrr)
    return Mrr(amount, "usd", found.parts)


@given(st.lists(ITEMS, min_size=1, max_size=6), COUPONS)
def test_without_an_amount_off_it_is_the_sum_over_the_items(
    items: list[dict[str, Any]], discount: dict[str, Any]
) -> None:
    whole = mrr_of(subscription(*items, discount=discount), RATES)
    each = [mrr_of(subscription(one, discount=discount), RATES) for one in items]
    assert isinstance(whole, Mrr)
    assert whole.amount == sum((one.amount for one in each if isinstance(one, Mrr)), Fraction(0))
    assert whole.amount >= 0


@given(PRICES, st.integers(0, 10_000), st.integers(0, 10_000), COUPONS)
def test_it_is_linear_in_the_quantity(of: dict[str, Any], first: int, second: int, discount: dict[str, Any]) -> None:
    one, other, both = (
        mrr_of(subscription(item(of, quantity), discount=discount), RATES)
        for quantity in (first, second, first + second)
    )
    assert isinstance(one, Mrr)
    assert isinstance(other, Mrr)
    assert isinstance(both, Mrr)
    assert one.amount + other.amount == both.amount


@given(st.lists(ITEMS, min_size=1, max_size=6).flatmap(lambda items: st.tuples(st.just(items), st.permutations(items))))
def test_the_order_of_the_items_does_not_matter(orders: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    one, other = (mrr_of(subscription(*items, discount=coupon(percent_off=7)), RATES) for items in orders)
    assert isinstance(one, Mrr)
    assert isinstance(other, Mrr)
    assert one.amount == other.amount


@given(st.lists(ITEMS, min_size=1, max_size=4), st.integers(0, 10**12), st.integers(0, 200))
def test_no_discount_makes_it_negative(items: list[dict[str, Any]], amount_off: int, percent_off: int) -> None:
    discounts = [
        coupon(percent_off=percent_off) | {"id": "di_a"},
        coupon(amount_off=amount_off, currency="usd") | {"id": "di_b"},
    ]
    found = mrr_of(subscription(*items, discounts=discounts), RATES)
    assert isinstance(found, NoMrr) or found.amount >= 0


@given(st.sampled_from(CASES), st.data())
def test_whatever_is_sent_it_raises_nothing(case: Case, data: st.DataObject) -> None:
    """One value anywhere in a subscription becomes anything that JSON may hold, and more."""
    found = mrr_of(data.draw(spoilt(case.subscription)), RATES)
    assert isinstance(found, NoMrr) or found.amount >= 0


@pytest.mark.parametrize("huge", [10**6_000, -(10**6_000)], ids=["huge", "hugely negative"])
def test_a_number_with_too_many_digits_for_a_text_is_refused(huge: int) -> None:
    assert mrr_of(subscription(item(quantity=huge)), RATES) == NoMrr(
        "bad_quantity", "'a huge number' is not a quantity"
    )
    assert mrr_of(subscription(item(price(None, decimal=None) | {"unit_amount": huge})), RATES) == NoMrr(
        "bad_amount", "'a huge number' is not an amount"
    )


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_no_rate_is_none(rate: float) -> None:
    euros = subscription(item(price(currency="eur")), currency="eur")
    assert mrr_of(euros, Rates("usd", {"eur": rate})) == mrr_of(euros, Rates("usd"))
    assert isinstance(mrr_of(euros, Rates("usd")), NoMrr)


def test_nothing_needs_no_rate() -> None:
    free = subscription(item(price(0, currency="gbp")), currency="gbp")
    found = mrr_of(free, Rates("usd"))
    assert isinstance(found, Mrr)
    assert found.number == 0.0


def test_the_cases_are_json() -> None:
    assert all(json.loads(json.dumps(case.subscription)) == case.subscription for case in CASES)
