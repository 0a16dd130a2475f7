"""What becomes of the events and objects of Stripe that others recorded."""

from __future__ import annotations

from typing import Any

import pytest

from streams.gateway.vendors.stripe.reader import HANDLERS
from tests.support.gateway.fixtures import Fixture, fixtures
from tests.support.gateway.stripe_events import event, outcome, reading

OBJECTS = {
    "subscription": "customer.subscription.updated",
    "invoice": "invoice.payment_failed",
    "customer": "customer.created",
    "charge": "charge.refunded",
    "dispute": "charge.dispute.created",
}
EXPECTED = {
    "dj-stripe_events/customer_created.json": "ignores customer.created without an account",
    "dj-stripe_events/customer_updated.json": "ignores customer.updated without an account",
    "dj-stripe_events/customer_deleted.json": "ignores customer.deleted without an account",
    "dj-stripe_events/customer_subscription_created.json": "publishes subscription_started",
    "dj-stripe_events/customer_subscription_deleted.json": "publishes subscription_canceled",
    "dj-stripe_events/dispute_created.json": "refuses no_account",
    "dj-stripe_events/session_completed.json": "ignores checkout.session.completed without an account",
    "openapi_fixtures3/charge.json": "refuses no_account",
    "openapi_fixtures3/customer.json": "ignores customer.created without an account",
    "openapi_fixtures3/dispute.json": "refuses no_account",
    "openapi_fixtures3/invoice.json": "publishes payment_failed",
    "openapi_fixtures3/subscription.json": "publishes subscription_updated",
    "stripe-mock/invoice.json": "publishes payment_failed",
    "stripe-mock/subscription.json": "publishes subscription_updated",
}
"""What becomes of each file; what is not here is ignored by its type."""


def _as_event(found: Fixture) -> dict[str, Any]:
    """The event of a file; an object is wrapped in an event of its type."""
    if found.body["object"] == "event":
        return dict(found.body)
    kind = found.body["object"]
    return event(OBJECTS.get(kind, f"{kind}.created"), found.body)


@pytest.mark.parametrize("folder", ["dj-stripe_events", "openapi_fixtures3", "stripe-mock"])
def test_every_recorded_event_becomes_what_it_should(folder: str) -> None:
    became = {}
    for each in fixtures(f"stripe/{folder}"):
        body = _as_event(each)
        path = each.path.removeprefix("stripe/")
        became[path] = (outcome(reading(body, test_mode=True)), f"ignores {body['type']}")
        assert body["type"] not in HANDLERS or path in EXPECTED, path
    wrong = {path: found for path, (found, usual) in became.items() if found != EXPECTED.get(path, usual)}
    assert wrong == {}
    assert {path for path in EXPECTED if path.startswith(folder)} <= became.keys()


@pytest.mark.parametrize("folder", ["dj-stripe_events", "openapi_fixtures3", "stripe-mock"])
def test_no_recorded_event_of_test_mode_counts_in_a_live_source(folder: str) -> None:
    bodies = [_as_event(each) | {"livemode": False} for each in fixtures(f"stripe/{folder}")]
    assert [reading(body).events for body in bodies] == [[]] * len(bodies)
