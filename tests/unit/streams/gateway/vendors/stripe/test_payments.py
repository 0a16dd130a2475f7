"""Invoices, refunds and disputes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from streams.gateway.reading import Fetch, Reading
from streams.identity.alias import ACCOUNT, ForeignId
from tests.support.gateway.moved import moved
from tests.support.gateway.stripe_events import AT_S, event, reading, thin

INVOICE = {
    "object": "invoice",
    "id": "in_1",
    "customer": "cus_1",
    "currency": "usd",
    "amount_due": 12_050,
    "amount_paid": 12_050,
    "attempt_count": 2,
    "billing_reason": "subscription_cycle",
    "subscription": "sub_1",
    "customer_email": "ann@acme.example",
}
CHARGE_URL = "/v1/charges/ch_1?expand[]=customer"
DISPUTE = {
    "object": "dispute",
    "id": "dp_1",
    "charge": "ch_1",
    "amount": 1000,
    "currency": "jpy",
    "reason": "fraudulent",
}


def value(found: Reading) -> dict[str, Any]:
    return dict(msgspec.json.decode(found.events[0].value))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("invoice.payment_failed", "payment_failed"),
        ("invoice.paid", "payment_succeeded"),
        ("invoice.payment_succeeded", "payment_succeeded"),
        ("invoice.overdue", "invoice_overdue"),
        ("invoice.payment_action_required", "payment_action_required"),
        ("invoice.marked_uncollectible", "invoice_marked_uncollectible"),
    ],
)
def test_an_invoice_becomes_one_event(kind: str, name: str) -> None:
    found = value(reading(event(kind, INVOICE)))
    assert found["event"] == name
    assert found["properties"] == {
        "invoice_id": "in_1",
        "subscription_id": "sub_1",
        "amount": 120.5,
        "currency": "usd",
        "attempt_count": 2,
        "billing_reason": "subscription_cycle",
    }


def test_one_failed_payment_is_one_event_of_all_that_stripe_sends() -> None:
    kinds = ("charge.failed", "payment_intent.payment_failed", "invoice.payment_failed", "invoice.updated")
    assert [each.event for kind in kinds for each in reading(event(kind, INVOICE)).events] == ["payment_failed"]


def test_one_paid_invoice_is_one_event_of_the_two_that_stripe_sends() -> None:
    both = [value(reading(event(kind, INVOICE))) for kind in ("invoice.paid", "invoice.payment_succeeded")]
    assert both[0] == both[1]
    assert both[0]["id"] == "in_1:paid"


def test_retries_are_events_of_their_own() -> None:
    both = [value(reading(event("invoice.payment_failed", INVOICE, at=at))) for at in (AT_S, AT_S + 60)]
    assert both[0]["id"] != both[1]["id"]


def test_an_invoice_of_nothing_is_no_payment() -> None:
    assert reading(event("invoice.paid", INVOICE | {"amount_paid": 0})).events == []


def test_a_newer_invoice_has_its_subscription_and_its_account_in_its_parent() -> None:
    details = {"subscription": "sub_2", "metadata": {"account_id": "acme"}}
    newer = INVOICE | {"subscription": None, "parent": {"subscription_details": details}}
    found = reading(event("invoice.payment_failed", newer))
    assert value(found)["properties"]["subscription_id"] == "sub_2"
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "acme"), ForeignId("stripe.customer", "cus_1"))
    assert [each.to.id for each in found.aliases] == ["acme"]


def test_an_older_invoice_has_its_account_beside_its_subscription() -> None:
    older = INVOICE | {"subscription_details": {"metadata": {"account_id": "acme"}}}
    assert reading(event("invoice.payment_failed", older)).events[0].accounts[0].id == "acme"


def test_failed_payments_on_two_days_move_what_the_score_reads() -> None:
    failures = [reading(event("invoice.payment_failed", INVOICE, at=AT_S + day * 86_400)) for day in (0, 0, 3)]
    signals = moved([each for found in failures for each in found.events])
    assert signals["failed_payments_45d"] == 2
    assert signals["payment_failed_7d"] == 2


def test_what_is_given_back_is_an_event() -> None:
    charge = {"object": "charge", "id": "ch_1", "customer": "cus_1", "amount_refunded": 500, "currency": "eur"}
    found = value(reading(event("charge.refunded", charge)))
    assert (found["event"], found["properties"]) == (
        "payment_refunded",
        {"charge_id": "ch_1", "amount": 5.0, "currency": "eur"},
    )


def test_a_dispute_without_a_key_is_refused_with_what_to_do() -> None:
    found = reading(event("charge.dispute.created", DISPUTE))
    assert [each.reason for each in found.refused] == ["no_account"]
    assert "api_key" in found.refused[0].words


def test_a_dispute_asks_for_its_charge_which_says_whose_it_is() -> None:
    body = event("charge.dispute.created", DISPUTE)
    assert reading(body, api_key="VITALS_SECRET_KEY").fetch == Fetch(CHARGE_URL)
    charge = {"object": "charge", "customer": {"id": "cus_1", "metadata": {"account_id": "acme"}}, "metadata": {}}
    found = reading(body, {CHARGE_URL: charge}, api_key="VITALS_SECRET_KEY")
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "acme"), ForeignId("stripe.customer", "cus_1"))
    assert value(found)["event"] == "payment_disputed"
    assert value(found)["properties"] == {
        "charge_id": "ch_1",
        "amount": 1000.0,
        "currency": "jpy",
        "reason": "fraudulent",
    }


@pytest.mark.parametrize(
    "named", [{"metadata": {"account_id": "acme"}}, {"charge": {"id": "ch_1", "metadata": {"account_id": "acme"}}}]
)
def test_a_dispute_that_names_its_account_needs_no_charge(named: dict[str, Any]) -> None:
    found = reading(event("charge.dispute.created", DISPUTE | named))
    assert found.events[0].accounts == (ForeignId(ACCOUNT, "acme"),)


@pytest.mark.parametrize("amount", [None, -5, "x", [], True])
def test_an_amount_that_cannot_be_read_is_left_out(amount: object) -> None:
    found = value(reading(event("invoice.payment_failed", INVOICE | {"amount_due": amount})))
    assert "amount" not in found["properties"]


def test_a_thin_dispute_asks_for_itself_and_then_for_its_charge() -> None:
    body = thin("v1.charge.dispute.created", "/v1/disputes/dp_1")
    fetched: dict[str, dict[str, Any]] = {}
    asked = []
    for answer in (DISPUTE, {"object": "charge", "customer": "cus_1"}):
        fetch = reading(body, fetched, api_key="VITALS_SECRET_KEY").fetch
        assert fetch is not None
        asked.append(fetch.url)
        fetched[fetch.url] = answer
    assert asked == ["/v1/disputes/dp_1", CHARGE_URL]
    found = reading(body, fetched, api_key="VITALS_SECRET_KEY")
    assert found.events[0].accounts == (ForeignId("stripe.customer", "cus_1"),)
