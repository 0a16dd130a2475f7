"""Events of subscriptions: their names, and what they hold."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.gateway.stripe_events import AT_S, event, reading
from tests.support.gateway.stripe_objects import item, plan, price, subscription, tiered
from tests.unit.streams.gateway.vendors.stripe.subscription_events import BASIC, PRO, Object, items, read


def names(kind: str, found: Object, previous: Object | None = None) -> list[str]:
    return [each.event for each in read(kind, found, previous)]


def properties(kind: str, found: Object, previous: Object | None = None) -> Object:
    return dict(msgspec.json.decode(read(kind, found, previous)[0].value)["properties"])


# --- names


@pytest.mark.parametrize(
    ("kind", "status", "before", "name"),
    [
        ("created", "active", None, "subscription_started"),
        ("created", "past_due", None, "subscription_started"),
        ("created", "trialing", None, "trial_started"),
        ("updated", "active", "incomplete", "subscription_started"),
        ("updated", "trialing", "incomplete", "trial_started"),
        ("updated", "active", "trialing", "trial_converted"),
        ("updated", "past_due", "trialing", "trial_converted"),
        ("updated", "trialing", "active", "subscription_updated"),
        ("updated", "past_due", "active", "subscription_updated"),
        ("updated", "active", "past_due", "subscription_updated"),
        ("updated", "active", "unpaid", "subscription_reactivated"),
        ("updated", "active", "paused", "subscription_reactivated"),
        ("resumed", "active", "paused", "subscription_resumed"),
        ("resumed", "active", None, "subscription_resumed"),
        ("paused", "paused", "active", "subscription_updated"),
        ("updated", "unpaid", "past_due", "subscription_canceled"),
        ("updated", "canceled", "active", "subscription_canceled"),
        ("updated", "incomplete_expired", "active", "subscription_canceled"),
        ("deleted", "canceled", None, "subscription_canceled"),
        ("deleted", "active", None, "subscription_canceled"),
    ],
)
def test_a_name_says_what_happened(kind: str, status: str, before: str | None, name: str) -> None:
    previous = None if before is None else {"status": before}
    assert names(kind, subscription(status=status), previous) == [name]


@pytest.mark.parametrize(
    ("kind", "status", "before"),
    [
        ("created", "incomplete", None),
        ("updated", "incomplete", None),
        ("updated", "incomplete_expired", "incomplete"),
        ("deleted", "incomplete_expired", None),
    ],
)
def test_what_was_never_paid_has_not_begun_and_does_not_end(kind: str, status: str, before: str | None) -> None:
    body = event(f"customer.subscription.{kind}", subscription(status=status), {"status": before} if before else None)
    found = reading(body)
    assert (found.events, len(found.ignored)) == ([], 1)


@pytest.mark.parametrize(
    ("now", "before", "name"),
    [
        ([item(PRO)], items(item(BASIC)), "plan_changed"),
        ([item(BASIC)], items(item(PRO)), "plan_downgraded"),
        ([item(PRO), item(BASIC)], items(item(PRO)), "plan_changed"),
        ([item(PRO)], items(item(PRO), item(BASIC)), "plan_downgraded"),
        ([item(BASIC, 3)], items(item(PRO)), "plan_changed"),
        ([item(PRO, 7)], items(item(PRO, 5)), "seat_count_set"),
        ([item(PRO, 5)], items(item(PRO, 7)), "seat_count_set"),
        ([item(PRO)], items(item(PRO, current_period_end=1)), "subscription_updated"),
        ([item(PRO)], {"metadata": {}}, "subscription_updated"),
        ([item(PRO)], {}, "subscription_updated"),
        ([item(PRO)], None, "subscription_updated"),
        ([item(PRO)], items(item(tiered("volume", id="price_t"))), "plan_changed"),
        ([item(PRO)], {"items": {"data": "?"}}, "subscription_updated"),
    ],
)
def test_an_update_is_named_by_what_changed(now: list[Object], before: Object | None, name: str) -> None:
    assert names("updated", subscription(*now), before) == [name]


def test_older_versions_say_the_plan_and_the_quantity_that_changed() -> None:
    now = {"id": "sub_1", "customer": "cus_1", "status": "active", "plan": plan(id="basic"), "quantity": 2}
    assert names("updated", now, {"plan": {"id": "pro", "amount": 9900}}) == ["plan_downgraded"]
    assert names("updated", now, {"quantity": 5}) == ["seat_count_set"]


@pytest.mark.parametrize(
    ("fields", "before", "is_announced"),
    [
        ({"cancel_at_period_end": True}, {"cancel_at_period_end": False}, True),
        ({"cancel_at": AT_S}, {"cancel_at": None}, True),
        ({"cancel_at_period_end": True, "cancel_at": AT_S}, {"cancel_at_period_end": False, "cancel_at": None}, True),
        ({"cancel_at_period_end": True}, {"metadata": {}}, False),
        ({"cancel_at_period_end": False}, {"cancel_at_period_end": True}, False),
        ({"cancel_at": AT_S}, {"cancel_at": AT_S + 1}, False),
        ({"cancel_at_period_end": True}, None, False),
    ],
)
def test_that_it_will_end_is_announced_once_and_the_mrr_stays(
    fields: Object, before: Object | None, is_announced: bool
) -> None:
    details = {
        "cancellation_details": {"reason": "cancellation_requested", "feedback": "unused", "comment": "Ann left"}
    }
    found = read("updated", subscription(**fields, **details), before)
    assert [each.event for each in found] == ["subscription_updated", "cancellation_announced"][: 1 + is_announced]
    assert msgspec.json.decode(found[0].value)["properties"]["mrr"] == 10.0
    assert b"Ann" not in found[-1].value
    assert not is_announced or b'"feedback":"unused"' in found[-1].value


# --- properties


def test_an_event_says_the_mrr_the_plan_the_seats_and_the_state() -> None:
    named = price(1000, nickname="Pro")
    assert properties("created", subscription(item(named, 7), item(price(id="addon")))) == {
        "subscription_id": "sub_1",
        "mrr": 80.0,
        "plan": "Pro",
        "seats": 7,
        "status": "active",
        "currency": "usd",
        "cancel_at_period_end": False,
        "api_version": "2026-10-28.endive",
    }


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"nickname": "Pro", "lookup_key": "k"}, "Pro"), ({"lookup_key": "pro_monthly"}, "pro_monthly"), ({}, "price_1")],
)
def test_a_plan_is_called_by_its_nickname_its_key_or_its_id(fields: Object, name: str) -> None:
    assert properties("created", subscription(item(price(**fields))))["plan"] == name
    assert properties("created", subscription(item(price(**fields)), status="trialing"))["plan"] == name


def test_one_of_a_plan_says_nothing_of_seats_unless_there_were_more() -> None:
    assert "seats" not in properties("created", subscription())
    assert properties("updated", subscription(item()), items(item(quantity=5)))["seats"] == 1


@pytest.mark.parametrize(
    "found",
    [
        subscription(item(price(5, usage="metered", id="m"), None), item(price(nickname="Pro"), 7), status="trialing"),
        subscription(item(tiered("volume", nickname="Pro"), 7)),
    ],
)
def test_plan_and_seats_are_known_without_mrr(found: Object) -> None:
    said = properties("created", found)
    assert (said["plan"], said["seats"]) == ("Pro", 7)


def test_what_is_only_metered_has_a_plan_and_no_seats() -> None:
    said = properties("created", subscription(item(price(5, usage="metered", nickname="API"), None)))
    assert (said["plan"], said["mrr"], "seats" in said) == ("API", 0.0, False)


def test_a_term_of_three_months_or_more_has_a_renewal() -> None:
    yearly = price(120_000, "year")
    newer = subscription(item(yearly, current_period_end=1_801_051_200), item(yearly, current_period_end=1_900_000_000))
    older = subscription(item(yearly), current_period_end=1_801_051_200)
    for found in (newer, older):
        assert properties("created", found)["renewal_date"] == "2027-01-27T12:00:00Z"
    assert "renewal_date" not in properties("created", subscription(item(current_period_end=1_801_051_200)))


def test_collection_that_is_paused_is_said() -> None:
    assert properties("updated", subscription(pause_collection={"behavior": "void"}))["collection_paused"] is True


def test_a_trial_that_will_end_says_when() -> None:
    (found,) = read("trial_will_end", subscription(status="trialing", trial_end=AT_S + 259_200))
    assert found.event == "trial_will_end"
    assert b'"trial_end":"2026-03-04T09:00:00Z"' in found.value
