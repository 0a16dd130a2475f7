"""An MRR that an event of a subscription does not say: refused, fetched, or known later."""

from __future__ import annotations

import msgspec
import pytest

from streams.gateway.reading import Fetch
from streams.gateway.vendors.stripe.completion import subscription_url
from tests.support.gateway.moved import moved
from tests.support.gateway.stripe_events import event, reading
from tests.support.gateway.stripe_objects import coupon, item, price, subscription, tiered
from tests.unit.streams.gateway.vendors.stripe.subscription_events import Object

URL = subscription_url("sub_1")


def test_an_mrr_that_is_not_known_is_refused_and_the_event_goes_without() -> None:
    body = event("customer.subscription.created", subscription(item(tiered("volume"), 8)))
    found = reading(body)
    assert [each.event for each in found.events] == ["subscription_started"]
    assert b'"mrr":' not in found.events[0].value
    assert [each.reason for each in found.refused] == ["tiers_missing"]
    assert "sub_1" in found.refused[0].words
    assert found.refused[0].value == msgspec.json.encode(body)


def test_the_same_event_sent_again_counts_once_its_mrr_can_be_known() -> None:
    body = event("customer.subscription.created", subscription(item(price(currency="gbp")), currency="gbp"))
    without, whole = reading(body), reading(body, rates={"gbp": 1.25})
    assert without.events[0].value != whole.events[0].value
    for order in ([*without.events, *whole.events], [*whole.events, *without.events, *whole.events]):
        assert moved(order)["mrr"] == 12.5
    assert moved([*without.events, *without.events]) == moved(without.events)


@pytest.mark.parametrize(
    ("lacking", "whole", "mrr"),
    [
        (subscription(item(tiered("volume"), 8)), subscription(item(tiered("volume", (None, 600, None)), 1)), 48.0),
        (subscription(discounts=["di_1"]), subscription(discounts=[coupon(percent_off=50)]), 5.0),
        (subscription(item(discounts=["di_1"])), subscription(item(discounts=[coupon(percent_off=50)])), 5.0),
        (
            subscription(discounts=[{"id": "di_1", "source": {"coupon": "c"}}]),
            subscription(discounts=[coupon(percent_off=50)]),
            5.0,
        ),
        (
            subscription(currency="eur"),
            subscription(item(price(currency_options={"eur": {"unit_amount": 900}})), currency="eur"),
            9.72,
        ),
    ],
)
def test_with_a_key_what_the_event_lacks_is_fetched(lacking: Object, whole: Object, mrr: float) -> None:
    body = event("customer.subscription.created", lacking)
    source: Object = {"api_key": "VITALS_SECRET_KEY", "rates": {"eur": 1.08}}
    assert reading(body, **source).fetch == Fetch(URL)
    found = reading(body, {URL: whole | {"status": "canceled"}}, **source)
    assert (found.refused, len(found.events)) == ([], 1)
    assert msgspec.json.decode(found.events[0].value)["properties"]["mrr"] == mrr


def test_what_is_gone_by_now_is_not_guessed() -> None:
    body = event("customer.subscription.created", subscription(discounts=["di_1"]))
    found = reading(body, {URL: subscription(discounts=[])}, api_key="VITALS_SECRET_KEY")
    assert [each.reason for each in found.refused] == ["discount_not_expanded"]


def test_what_no_fetch_can_help_is_not_fetched() -> None:
    body = event("customer.subscription.created", subscription(item(price(currency="gbp")), currency="gbp"))
    found = reading(body, api_key="VITALS_SECRET_KEY")
    assert (found.fetch, [each.reason for each in found.refused]) == (None, ["no_rate"])
