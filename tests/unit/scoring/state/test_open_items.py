"""What is open by id, and milestones, through the real fold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Sent, subscription, ticket, usage
from tests.support.signal_harness import DAY, NOON, Table, days_ago, fact, watched

OPEN: Table = {
    "kind": "open", "topics": ["tickets"], "events": ["opened"], "closed_by": ["resolved", "closed"],
    "item": "ticket_id", "weigh_by": "severity", "weights": {"low": 0.5, "urgent": 4},
}  # fmt: skip


def opened(item: Any, days: float, **fields: Any) -> Sent:
    return ticket(at=NOON - round(days * DAY), event="opened", ticket_id=item, **fields)


def closed(item: Any, days: float, event: str = "resolved") -> Sent:
    return ticket(at=NOON - round(days * DAY), event=event, ticket_id=item)


THREE_OPEN = [
    opened("a", 9.5, severity="urgent"),
    opened("b", 6, severity="low"),
    opened("c", 2, severity="odd"),
    opened("d", 20, severity="urgent"),
    closed("d", 1),
]


@pytest.mark.parametrize(("measure", "value"), [("count", 3), ("weight", 5.5), ("oldest", 9)])
def test_what_is_open_is_counted_weighed_by_severity_or_aged(measure: str, value: float) -> None:
    assert fact(OPEN | {"measure": measure}, *THREE_OPEN) == value


@pytest.mark.parametrize("measure", ["count", "weight", "oldest"])
def test_when_nothing_is_open_every_measure_is_0(measure: str) -> None:
    assert fact(OPEN | {"measure": measure}, opened("a", 3), closed("a", 2, "closed")) == 0
    assert fact(OPEN | {"measure": measure}, ticket(at=NOON)) == 0


def test_the_latest_event_of_an_id_decides_whatever_the_order_of_arrival() -> None:
    assert fact(OPEN, opened("a", 3), closed("a", 2)) == 0
    assert fact(OPEN, opened("a", 3), closed("a", 2), opened("a", 1)) == 1
    assert fact(OPEN | {"measure": "oldest"}, opened("a", 9), closed("a", 8), opened("a", 3)) == 3
    assert fact(OPEN | {"measure": "weight"}, opened("a", 3, severity="low"), opened("a", 2, severity="urgent")) == 4


def test_a_closing_at_the_instant_of_the_opening_closes_it() -> None:
    assert fact(OPEN, opened("a", 1), closed("a", 1)) == 0


def test_a_close_that_comes_before_its_opening_closes_nothing_that_is_opened_later() -> None:
    assert fact(OPEN, closed("a", 3), opened("a", 2)) == 1


def test_ids_are_texts_or_numbers_and_an_event_without_one_says_nothing() -> None:
    nothing = [opened(item, 1) for item in (None, True, ["a"], {"id": "a"})] + [ticket(at=NOON, event="opened")]
    assert fact(OPEN, *nothing) == 0
    assert fact(OPEN, opened(7, 3), closed("7", 2)) == 0


def test_an_opening_without_any_text_in_its_id_says_nothing() -> None:
    assert fact(OPEN, opened("", 1)) == 0


def test_what_closes_on_another_topic_closes_only_when_also_says_so() -> None:
    elsewhere = usage(at=NOON - DAY, event="resolved", ticket_id="a")
    assert fact(OPEN, opened("a", 3), elsewhere) == 1
    assert fact(OPEN | {"also": ["resolved"]}, opened("a", 3), elsewhere) == 0


def test_what_was_opened_too_long_ago_counts_no_more() -> None:
    account = watched(OPEN | {"within": "10d"}, opened("a", 9), opened("b", 12))
    assert account.facts["it"] == 1
    assert account.series("it", [NOON + DAY - 1, NOON + DAY]) == [1, 0]


def test_the_oldest_grows_older_by_itself() -> None:
    account = watched(OPEN | {"measure": "oldest"}, opened("a", 2))
    assert account.series("it", [NOON, NOON + DAY - 1, NOON + DAY, NOON + 12 * DAY]) == [2, 2, 3, 14]


# --- milestones

STEPS: Table = {
    "kind": "milestones",
    "steps": [
        {"name": "signed up", "events": ["signed_up"], "topics": ["analytics", "billing"]},
        {"name": "set up", "events": ["setup", "import"], "due": "7d"},
        {"name": "large import", "events": ["import"], "where": [{"property": "rows", "at_least": 100}], "due": "30d"},
    ],
}


def test_milestones_are_counted_once_however_often_and_however_long_ago_they_were_reached() -> None:
    sent = [subscription(at=NOON - 900 * DAY, event="signed_up"), *days_ago(5, 3, event="import", rows=3)]
    assert fact(STEPS, *sent) == 2
    assert fact(STEPS, *sent, *days_ago(1, event="import", rows=100)) == 3
    assert fact(STEPS, ticket(at=NOON, event="signed_up")) == 0
