"""Thin events of Stripe: their object is fetched."""

from __future__ import annotations

import msgspec
import pytest

from streams.gateway.sources.schema import AccountRule
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.stripe_events import AT_S, CUSTOMER, UPDATED, outcome, reading, thin, updated
from tests.support.gateway.stripe_objects import subscription

FETCH_URL = (
    "/v1/subscriptions/sub_1?expand[]=discounts&expand[]=items.data.discounts&expand[]=items.data.price.tiers"
    "&expand[]=items.data.price.currency_options&expand[]=customer"
)


def test_a_thin_event_without_a_key_is_refused() -> None:
    found = reading(UPDATED)
    assert outcome(found) == "refuses thin_event_without_key"
    assert found.refused[0].words.startswith("thin event without key: ")
    assert "api_key" in found.refused[0].words


def test_a_thin_event_asks_for_its_object_and_has_its_own_time() -> None:
    assert outcome(reading(UPDATED, api_key="VITALS_SECRET_KEY")) == f"fetches {FETCH_URL}"
    found = reading(UPDATED, {FETCH_URL: subscription(status="past_due")}, api_key="VITALS_SECRET_KEY")
    value = msgspec.json.decode(found.events[0].value)
    assert (value["event"], value["id"]) == ("subscription_updated", "evt_thin")
    assert value["timestamp"] == "2026-03-01T09:00:00.123Z"
    assert (value["properties"]["mrr"], value["properties"]["status"]) == (10.0, "past_due")


def test_a_thin_event_and_the_snapshot_of_it_have_one_id() -> None:
    body = UPDATED | {"snapshot_event": f"evt_customer.subscription.updated_{AT_S}"}
    found = reading(body, {FETCH_URL: subscription()}, api_key="VITALS_SECRET_KEY")
    same = [msgspec.json.decode(each.events[0].value) for each in (found, reading(updated()))]
    assert same[0]["id"] == same[1]["id"]
    assert same[0]["event"] == same[1]["event"]


def test_the_changes_of_a_thin_event_say_what_it_was_before() -> None:
    body = UPDATED | {"changes": {"before": {"status": "trialing"}, "after": {"status": "active"}}}
    found = reading(body, {FETCH_URL: subscription()}, api_key="VITALS_SECRET_KEY")
    assert outcome(found) == "publishes trial_converted"


def test_the_rules_of_a_source_look_into_the_object_of_a_thin_event() -> None:
    rules = (AccountRule(pointer="/data/object/metadata/org"),)
    fetched = {FETCH_URL: subscription(metadata={"org": "acme"})}
    found = reading(UPDATED, fetched, api_key="VITALS_SECRET_KEY", account=rules)
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "acme"), CUSTOMER)


@pytest.mark.parametrize(
    ("kind", "url", "asked"),
    [
        ("v1.invoice.payment_failed", "/v1/invoices/in_1", "/v1/invoices/in_1?expand[]=customer"),
        ("v1.customer.updated", "/v1/customers/cus_1", "/v1/customers/cus_1"),
        ("v1.charge.dispute.created", "/v1/disputes/dp_1", "/v1/disputes/dp_1"),
        ("v1.customer.subscription.past_due", "/v1/subscriptions/sub_1", FETCH_URL),
        ("v1.customer.subscription.item_price_changed", "/v1/subscriptions/sub_1", FETCH_URL),
    ],
)
def test_a_thin_event_asks_for_what_its_snapshot_would_hold(kind: str, url: str, asked: str) -> None:
    assert outcome(reading(thin(kind, url), api_key="VITALS_SECRET_KEY")) == f"fetches {asked}"


@pytest.mark.parametrize("related", [None, {}, {"url": None}, {"url": ""}, {"url": "/v1/x?y"}, "sub_1"])
def test_a_thin_event_without_an_address_is_refused(related: object) -> None:
    found = reading(UPDATED | {"related_object": related}, api_key="VITALS_SECRET_KEY")
    assert outcome(found) == "refuses invalid"


def test_the_object_of_another_kind_is_refused() -> None:
    found = reading(UPDATED, {FETCH_URL: {"object": "customer", "id": "cus_1"}}, api_key="VITALS_SECRET_KEY")
    assert outcome(found) == "refuses invalid"
