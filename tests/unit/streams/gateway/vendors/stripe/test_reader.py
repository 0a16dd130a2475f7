"""Stripe's events: which are read, which are ignored, and that nothing raises."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.reading import BadRequest, Reading, Refused
from streams.gateway.sources.schema import AccountRule, StripeSource
from streams.gateway.vendors.stripe.reader import read
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from tests.support.gateway.requests import RECEIVED_MS, a_request
from tests.support.gateway.spoilt import spoilt
from tests.support.gateway.stripe_events import AT_S, CUSTOMER, UPDATED, event, outcome, reading, thin, updated
from tests.support.gateway.stripe_objects import coupon, item, plan, price, subscription


def test_an_event_has_the_id_and_the_time_of_stripes() -> None:
    (found,) = reading(updated()).events
    value = msgspec.json.decode(found.value)
    assert (value["id"], value["timestamp"]) == (f"evt_customer.subscription.updated_{AT_S}", "2026-03-01T09:00:00Z")
    assert (found.topic, found.occurred_at_ms, found.accounts) == ("billing", AT_S * 1_000, (CUSTOMER,))
    assert list(value) == ["event", "timestamp", "id", "properties"]


def test_the_account_of_the_metadata_comes_before_the_customer_and_makes_an_alias() -> None:
    found = reading(updated(metadata={"account_id": " acme "}))
    account = ForeignId(ACCOUNT, "acme")
    assert found.events[0].accounts == (account, CUSTOMER)
    assert found.aliases == [Alias(kind="stripe.customer", id="cus_1", to=account, author="stripe", at_ms=AT_S * 1_000)]


def test_an_expanded_customer_says_both() -> None:
    found = reading(updated(customer={"id": "cus_1", "object": "customer", "metadata": {"account_id": "acme"}}))
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "acme"), CUSTOMER)


def test_a_customer_that_is_an_account_of_stripes_second_api_counts_too() -> None:
    found = reading(updated(customer=None, customer_account="acct_1"))
    assert found.events[0].accounts == (ForeignId("stripe.account", "acct_1"),)


def test_a_source_has_kinds_and_rules_of_its_own() -> None:
    rules = (AccountRule(pointer="/data/object/metadata/org"),)
    found = reading(updated(metadata={"org": 7, "account_id": "other"}), ids="eu", account=rules)
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "7"), ForeignId("eu.customer", "cus_1"))
    assert [(each.kind, each.to.id) for each in found.aliases] == [("eu.customer", "7")]


def test_the_source_chooses_the_topic() -> None:
    assert reading(updated(), topics={"subscription_updated": "analytics"}).events[0].topic == "analytics"


def test_an_object_without_any_id_is_refused() -> None:
    found = reading(updated(customer=None))
    assert outcome(found) == "refuses no_account"
    assert "metadata.account_id" in found.refused[0].words


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (event("charge.failed", {}), "ignores charge.failed"),
        (event("payment_intent.payment_failed", {}), "ignores payment_intent.payment_failed"),
        (event("invoiceitem.created", {}), "ignores invoiceitem.created"),
        (thin("v2.core.account.updated", "/v2/core/accounts/acct_1"), "ignores v2.core.account.updated"),
        (thin("v1.charge.failed", "/v1/charges/ch_1"), "ignores charge.failed"),
        (updated() | {"livemode": False}, "ignores customer.subscription.updated of test mode"),
        (UPDATED | {"livemode": False}, "ignores customer.subscription.updated of test mode"),
        (updated() | {"account": "acct_1"}, "ignores customer.subscription.updated of a connected account"),
    ],
)
def test_what_says_nothing_is_ignored(body: dict[str, Any], what: str) -> None:
    assert outcome(reading(body, api_key="VITALS_SECRET_KEY")) == what


def test_events_of_test_mode_are_taken_where_the_source_says_so() -> None:
    assert outcome(reading(updated() | {"livemode": False}, test_mode=True)) == "publishes subscription_updated"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "invalid"),
        ({"object": "subscription", "id": "sub_1", "type": "x"}, "invalid"),
        ({"object": "event", "type": 7}, "invalid"),
        (updated() | {"created": "yesterday"}, "bad_timestamp"),
        (event("customer.subscription.updated", {"object": "invoice"}), "invalid"),
        (event("customer.subscription.updated", None), "no_account"),
        (event("customer.subscription.updated", []), "no_account"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(body: dict[str, Any], reason: str) -> None:
    found = reading(body)
    assert [each.reason for each in found.refused] == [reason]
    assert found.events == []
    assert len(found.refused[0].words.split()) > 3
    assert msgspec.json.decode(found.refused[0].value) == body


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_json_object_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read(a_request(StripeSource(insecure=True), body))


def test_an_event_without_an_id_has_one_of_its_content() -> None:
    body = updated() | {"id": None}
    ids = [
        msgspec.json.decode(reading(each).events[0].value)["id"] for each in (body, body, body | {"created": AT_S + 1})
    ]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].startswith("content-")


def test_an_event_without_a_time_has_that_of_its_arrival() -> None:
    assert reading(updated() | {"created": None}).events[0].occurred_at_ms == RECEIVED_MS


RICH = event(
    "customer.subscription.updated",
    subscription(
        item(price(120_000, "year", current_period_end=1_801_051_200), 3),
        {"id": "si", "plan": plan()},
        discounts=[coupon(percent_off=50)],
        cancel_at_period_end=True,
        cancellation_details={"reason": "x"},
        metadata={"account_id": "acme"},
    ),
    {"items": {"data": [item(price(1000))]}, "cancel_at_period_end": False, "status": "trialing", "discounts": None},
)
DISPUTE = event("charge.dispute.created", {"object": "dispute", "charge": "ch_1", "amount": 5, "currency": "usd"})
INVOICE = {"object": "invoice", "id": "in_1", "customer": {"id": "cus_1"}, "amount_due": 5, "currency": "usd"}
CHECKOUT = {"object": "checkout.session", "customer": "cus_1", "client_reference_id": "acme"}
BODIES = (
    RICH,
    DISPUTE,
    event("customer.subscription.deleted", subscription(status="canceled", ended_at=AT_S)),
    event("customer.subscription.trial_will_end", subscription(trial_end=AT_S)),
    event("invoice.payment_failed", INVOICE),
    event("checkout.session.completed", CHECKOUT),
    UPDATED | {"changes": {"before": {"status": "trialing"}}, "snapshot_event": "evt_1"},
)


@given(st.sampled_from(BODIES), st.sampled_from(["", "VITALS_SECRET_KEY"]), st.data())
def test_whatever_is_sent_is_read_ignored_or_refused(body: dict[str, Any], api_key: str, data: st.DataObject) -> None:
    """A reader that raises would answer 500, and Stripe would repeat the event for three days."""
    found = read_spoilt(data.draw(spoilt(body)), api_key, {})
    assert found.events or found.aliases or found.refused or found.ignored or found.fetch


@given(
    st.sampled_from([subscription(discounts=[coupon(percent_off=50)]), {"object": "charge", "customer": "cus_1"}]),
    st.data(),
)
def test_whatever_is_fetched_is_read_ignored_or_refused(fetched: dict[str, Any], data: st.DataObject) -> None:
    whole = data.draw(spoilt(fetched))
    whole = whole if isinstance(whole, dict) else {}
    lacking = event("customer.subscription.updated", subscription(discounts=["di_1"], id="sub_1"))
    for body in (UPDATED, DISPUTE, lacking):
        url = read_spoilt(body, "VITALS_SECRET_KEY", {}).fetch
        assert url is not None
        found = read_spoilt(body, "VITALS_SECRET_KEY", {url.url: whole})
        assert found.fetch is None
        assert found.events or found.refused or found.ignored


def read_spoilt(body: Any, api_key: str, fetched: dict[str, dict[str, Any]]) -> Reading:
    try:
        raw = json.dumps(body, allow_nan=False).encode()
    except ValueError:
        raw = b"{}"
    source = StripeSource(insecure=True, api_key=api_key, rates={"eur": 1.1})
    try:
        return read(a_request(source, raw, fetched=fetched))
    except BadRequest:
        return Reading(refused=[Refused(reason="malformed", words="", value=raw)])
