"""When the last subscription ended. `T` is noon of 1 March; `s` a start, `x` an end."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from scoring.model import schema
from scoring.plan.read_facts import facts_of
from tests.builders import Sent, an_event, at_ms
from tests.oracle import verdicts
from tests.support.signal_harness import NOON, model_of, watched

CANCELLED: dict[str, Any] = {
    "kind": "ended",
    "label": "cancelled",
    "topics": ["billing"],
    "events": ["subscription_started", "plan_changed"],
    "ended_by": ["subscription_canceled"],
    "by": "subscription_id",
}
START, CHANGE, END = "subscription_started", "plan_changed", "subscription_canceled"


def billing(name: str, day: int, item: object = None) -> Sent:
    fields = {} if item is None else {"subscription_id": item}
    return an_event("billing", "acme", name, f"2026-02-{day:02}T06:00Z", **fields)


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        ([], None),
        ([billing(START, 1, "s1")], None),
        ([billing(START, 1, "s1"), billing(END, 20, "s1")], 20),
        ([billing(START, 1, "s1"), billing(START, 5, "s2"), billing(END, 20, "s2")], None),  # an add-on
        ([billing(START, 1, "s1"), billing(END, 12, "s1"), billing(START, 5, "s2"), billing(END, 9, "s2")], 12),
        ([billing(END, 20, "s1")], 20),  # its start was never sent
        ([billing(END, 20)], 20),
        ([billing(START, 1, "s1"), billing(START, 5, "s2"), billing(END, 20)], 20),  # all of them
        ([billing(START, 1), billing(END, 20)], 20),
        ([billing(START, 1), billing(END, 20), billing(START, 25)], None),
        ([billing(START, 1, "s1"), billing(END, 20, "s1"), billing(CHANGE, 25)], None),
        ([billing(CHANGE, 1), billing(END, 20, "s1")], 20),
        ([billing(START, 7, "s1"), billing(END, 7, "s1")], 7),  # of one instant an end is the later
        ([billing(END, 9, True)], None),  # no id, and not nothing either
        ([billing("payment_failed", 9, "s1")], None),
    ],
)
def test_the_latest_event_of_each_subscription_decides_in_any_order(events: list[Sent], ended: int | None) -> None:
    expected = None if ended is None else f"2026-02-{ended:02} 06:00:00"
    other = an_event("analytics", "acme", "login", "2026-02-01T00:00Z")
    model = model_of(CANCELLED)
    assert verdicts(model, [other, *events], NOON)["acme"].facts["it"] == expected
    for order in itertools.permutations(events):
        assert watched(CANCELLED, *order).facts["it"] == expected


def test_without_an_item_there_is_one_subscription() -> None:
    table = {name: value for name, value in CANCELLED.items() if name != "by"}
    events = [billing(START, 1, "s1"), billing(START, 5, "s2"), billing(END, 20, "s1")]
    assert watched(table, *events).facts["it"] == "2026-02-20 06:00:00"
    assert watched(table, *events, billing(CHANGE, 21)).facts["it"] is None


def test_of_more_subscriptions_than_are_kept_the_latest_count() -> None:
    many = [
        an_event("billing", "acme", END, at_ms("2026-02-01T00:00Z") + n, subscription_id=f"s{n}")
        for n in range(1, schema.ITEMS_MAX + 2)
    ]
    account = watched(CANCELLED, billing(START, 1, "s0"), *many)
    expected = verdicts(account.plan.model, [billing(START, 1, "s0"), *many], NOON)["acme"]
    assert account.facts["it"] == expected.facts["it"]
    assert account.plan.past_bounds(account.account) == expected.past_bounds == ("it",)


def test_its_text_says_when() -> None:
    account = watched(CANCELLED, billing(START, 1, "s1"))
    signal, plan = account.plan.primary.signals["it"], account.plan
    assert signal.text(facts_of(plan.primary, account.account, {})) == "not cancelled"
    account.see(billing(END, 20, "s1"))
    assert signal.text(facts_of(plan.primary, account.account, {})) == "cancelled on 20 February"
    assert signal.is_settled(account.account)
