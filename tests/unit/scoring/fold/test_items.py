"""`last` with `by`: the sum of what was last said of each item, in every order of arrival."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from tests.builders import Sent, a_model, subscription
from tests.oracle import verdicts
from tests.support.signal_harness import DAY, NOON, Table
from tests.support.watched_account import Watched

MRR: Table = {
    "kind": "last", "topics": ["billing"], "events": ["started", "changed"], "property": "mrr",
    "by": "subscription_id", "zero_on": ["canceled"],
}  # fmt: skip


def mrr(*said: tuple[Any, ...], table: Table = MRR) -> float | None:
    """After events (days before noon, item, value; a value of None cancels), whatever their order."""
    sent = [event(*each) for each in said]
    model = a_model({"age": {"kind": "age"}, "it": table})
    expected = verdicts(model, sent, NOON)["acme"].facts["it"]
    for arrivals in permutations(sent):
        account = Watched(model, NOON)
        account.see(*arrivals)
        assert account.facts["it"] == expected
    assert expected is None or isinstance(expected, float)
    return expected


def event(days: float, item: Any, value: Any) -> Sent:
    fields = {} if item is None else {"subscription_id": item}
    if value is None:
        return subscription(at=NOON - round(days * DAY), event="canceled", **fields)
    return subscription(at=NOON - round(days * DAY), event="changed", mrr=value, **fields)


def test_an_add_on_that_is_cancelled_takes_only_its_own_value_away() -> None:
    assert mrr((60, "s1", 100), (30, "s2", 20)) == 120
    assert mrr((60, "s1", 100), (30, "s2", 20), (10, "s2", None)) == 100
    assert mrr((60, "s1", 100), (30, "s2", 20), (10, "s2", None), (5, "s1", None)) == 0


def test_the_latest_value_of_an_item_replaces_the_one_before() -> None:
    assert mrr((60, "s1", 100), (30, "s2", 20), (20, "s1", 150)) == 170
    assert mrr((60, 7, 100), (30, "7", 20)) == 20, "a number is the text of it"


def test_a_value_without_an_item_is_the_whole_until_an_item_is_told_of() -> None:
    assert mrr((60, "s1", 100), (50, "s2", 20), (40, None, 130)) == 130
    assert mrr((60, "s1", 100), (50, "s2", 20), (40, None, 130), (30, "s2", None)) == 100
    assert mrr((60, None, 100), (30, "s1", 110)) == 110


def test_a_cancellation_without_an_item_ends_all_that_was_before() -> None:
    assert mrr((60, "s1", 100), (50, "s2", 20), (40, None, None)) == 0
    assert mrr((60, "s1", 100), (50, None, 20), (40, None, None), (30, "s3", 5)) == 5
    assert mrr((60, None, 100), (40, None, None)) == 0
    assert mrr((40, None, None), (30, None, 80)) == 80


def test_an_account_of_which_only_wholes_are_known_is_at_0_when_a_subscription_is_cancelled() -> None:
    assert mrr((60, None, 100), (40, "s1", None)) == 0


def test_nothing_is_known_before_a_value_or_an_ending() -> None:
    other = subscription(at=NOON, event="started", subscription_id="s1")
    model = a_model({"age": {"kind": "age"}, "it": MRR})
    account = Watched(model, NOON)
    account.see(other)
    assert account.facts["it"] is None
    assert verdicts(model, [other], NOON)["acme"].facts["it"] is None


def test_an_item_of_the_wrong_type_says_nothing_and_is_counted() -> None:
    assert mrr((60, "s1", 100), (30, ["s2"], 20), (20, {"id": "s1"}, None), (10, True, 7)) == 100


@pytest.mark.parametrize("at", [NOON, NOON - DAY])
def test_at_one_instant_an_ending_is_later_than_a_value(at: int) -> None:
    days = (NOON - at) / DAY
    assert mrr((days, "s1", 100), (days, "s1", None), (days, "s2", 20)) == 20
    assert mrr((days, "s1", 100), (days, None, None)) == 0
