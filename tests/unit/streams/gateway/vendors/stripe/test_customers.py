"""Aliases that customers and checkouts say."""

from __future__ import annotations

from typing import Any

import pytest

from streams.gateway.sources.schema import StripeSource
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from tests.support.gateway.memory_door import MemoryDoor
from tests.support.gateway.requests import a_request
from tests.support.gateway.stripe_events import AT_S, event, reading
from tests.support.gateway.stripe_objects import item, price, subscription

CUSTOMER = {"object": "customer", "id": "cus_1", "email": "ann@acme.example"}
CHECKOUT = {"object": "checkout.session", "id": "cs_1", "customer": "cus_1"}
ALIAS = Alias(kind="stripe.customer", id="cus_1", to=ForeignId(ACCOUNT, "acme"), author="stripe", at_ms=AT_S * 1_000)


@pytest.mark.parametrize("kind", ["customer.created", "customer.updated", "customer.deleted"])
def test_a_customers_metadata_say_its_account(kind: str) -> None:
    found = reading(event(kind, CUSTOMER | {"metadata": {"account_id": "acme"}}))
    assert (found.aliases, found.events, found.ignored, found.refused) == ([ALIAS], [], [], [])


@pytest.mark.parametrize(
    "found", [CUSTOMER, CUSTOMER | {"metadata": {"account_id": "null"}}, CUSTOMER | {"metadata": None}, CHECKOUT]
)
def test_without_an_account_there_is_no_alias(found: dict[str, Any]) -> None:
    kind = "customer.created" if found["object"] == "customer" else "checkout.session.completed"
    read = reading(event(kind, found))
    assert (read.aliases, len(read.ignored)) == ([], 1)


@pytest.mark.parametrize(
    "named",
    [
        {"client_reference_id": "acme"},
        {"metadata": {"account_id": "acme"}},
        {"client_reference_id": "cart-7", "metadata": {"account_id": "acme"}},
    ],
)
def test_a_checkout_says_the_account_of_its_customer(named: dict[str, Any]) -> None:
    assert reading(event("checkout.session.completed", CHECKOUT | named)).aliases == [ALIAS]


def test_a_checkout_of_a_guest_says_nothing() -> None:
    guest = CHECKOUT | {"customer": None, "client_reference_id": "acme"}
    assert reading(event("checkout.session.completed", guest)).aliases == []


def test_what_comes_before_its_alias_counts_once_the_alias_is_known() -> None:
    door, source = MemoryDoor(), StripeSource(insecure=True)
    started = event("customer.subscription.created", subscription(item(price(9_900))))
    door.take(a_request(source, started))
    assert (dict(door.events), len(door.waiting)) == ({}, 1)
    door.take(
        a_request(source, event("customer.updated", CUSTOMER | {"metadata": {"account_id": "acme"}}, at=AT_S + 9))
    )
    assert door.waiting == []
    assert door.facts()["mrr"] == 99.0
