"""Events of subscriptions: their names, what they hold, and what they do to a score."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from streams.gateway.reading import Fetch, Inbound
from streams.gateway.vendors.stripe.completion import subscription_url
from tests.support.gateway.moved import moved
from tests.support.gateway.stripe_events import AT_S, event, reading
from tests.support.gateway.stripe_objects import coupon, item, plan, price, subscription, tiered

Object = dict[str, Any]
URL = subscription_url("sub_1")


def read(kind: str, found: Object, previous: Object | None = None, *, at: int = AT_S, **fields: Any) -> list[Inbound]:
    return reading(event(f"customer.subscription.{kind}", found, previous, at=at, **fields)).events


def names(kind: str, found: Object, previous: Object | None = None) -> list[str]:
    return [each.event for each in read(kind, found, previous)]


def properties(kind: str, found: Object, previous: Object | None = None) -> Object:
    return dict(msgspec.json.decode(read(kind, found, previous)[0].value)["properties"])


def items(*listed: Object) -> Object:
    """What `previous_attributes` say of items: the whole list."""
    return {"items": {"data": [each | {"id": f"si_{number}"} for number, each in enumerate(listed, start=1)]}}


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


PRO, BASIC = price(5000, id="price_pro"), price(2000, id="price_basic")


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


# --- an MRR that is not known


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


# --- what it does to a score


def test_a_subscription_moves_what_the_model_reads() -> None:
    signals = moved(read("created", subscription(item(price(120_000, "year", nickname="Pro"), 5))))
    assert (signals["mrr"], signals["plan"], signals["seats"]) == (500.0, "Pro", 5.0)


def test_subscriptions_of_one_account_add_up_and_one_that_ends_takes_its_own() -> None:
    day = 86_400
    events = [
        *read("created", subscription(item(price(10_000)))),
        *read("created", subscription(item(price(2_000)), id="sub_2"), at=AT_S + day),
    ]
    assert moved(events)["mrr"] == 120.0
    events += read("deleted", subscription(item(price(2_000)), id="sub_2", status="canceled"), at=AT_S + 2 * day)
    assert moved(events)["mrr"] == 100.0
    events += read("updated", subscription(item(price(10_000)), status="unpaid"), at=AT_S + 3 * day)
    assert moved(events)["mrr"] == 0.0
    assert moved(events)["cancelled"] is not None
    back = read("updated", subscription(item(price(10_000))), {"status": "unpaid"}, at=AT_S + 4 * day)
    assert moved([*events, *back])["mrr"] == 100.0
    assert "cancelled" not in moved([*events, *back])


def test_a_trial_has_no_mrr_and_is_a_signup() -> None:
    trial = read("created", subscription(status="trialing"))
    assert "mrr" not in moved(trial)
    assert moved(trial)["onboarding"] == 1
    converted = read("updated", subscription(), {"status": "trialing"}, at=AT_S + 86_400)
    assert moved([*trial, *converted])["mrr"] == 10.0


def test_a_downgrade_is_one_for_the_alerts() -> None:
    started = read("created", subscription(item(PRO)))
    lower = read("updated", subscription(item(BASIC)), items(item(PRO)), at=AT_S + 86_400)
    signals = moved([*started, *lower])
    assert (signals["plan_downgraded_30d"], signals["mrr"], signals["plan"]) == (1, 20.0, "price_basic")


SAME_SECOND: tuple[tuple[str, Object, Object | None], ...] = (
    ("created", subscription(item(BASIC)), None),
    ("updated", subscription(item(BASIC), metadata={"x": "y"}), {"metadata": {}}),
    ("updated", subscription(item(PRO)), items(item(BASIC))),
    ("updated", subscription(item(PRO, 3)), items(item(PRO))),
)


@pytest.mark.parametrize("order", list(permutations(range(len(SAME_SECOND)))), ids=str)
def test_in_one_second_the_change_beats_the_start_whatever_the_order(order: tuple[int, ...]) -> None:
    events = [found for number in order for found in read(*SAME_SECOND[number])]
    signals = moved(events)
    assert (signals["mrr"], signals["plan"], signals["seats"]) == (150.0, "price_pro", 3.0)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_in_one_second_the_end_comes_last(order: tuple[int, ...]) -> None:
    happened: tuple[tuple[str, Object, Object | None], ...] = (
        SAME_SECOND[0],
        SAME_SECOND[2],
        ("deleted", subscription(item(PRO), status="canceled"), None),
    )
    events = [found for number in order for found in read(*happened[number])]
    assert moved(events)["mrr"] == 0.0


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_deliveries_out_of_order_and_repeated_end_the_same(order: tuple[int, ...]) -> None:
    happened = [
        read("created", subscription(item(BASIC))),
        read("updated", subscription(item(PRO)), items(item(BASIC)), at=AT_S + 60),
        read("updated", subscription(item(PRO, 4)), items(item(PRO)), at=AT_S + 120),
    ]
    events = [found for number in (*order, *order) for found in happened[number]]
    assert moved(events)["mrr"] == 200.0
