"""What events of subscriptions do to a score."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.support.gateway.moved import moved
from tests.support.gateway.stripe_events import AT_S
from tests.support.gateway.stripe_objects import item, price, subscription
from tests.unit.streams.gateway.vendors.stripe.subscription_events import BASIC, PRO, Object, items, read


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
