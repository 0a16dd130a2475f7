"""How long things took from opened to closed, through the real fold. `NOON` of 1 March is the instant of judgement."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.model.schema.bounds import ITEMS_MAX
from scoring.plan.read_facts import facts_of
from tests.builders import Sent, ticket, usage
from tests.support.signal_harness import DAY, HOUR, NOON, Table, fact, watched

TOOK: Table = {
    "kind": "duration", "topics": ["tickets"], "events": ["opened"], "closed_by": ["closed"], "item": "ticket_id",
    "window": "30d",
}  # fmt: skip


def opened(item: Any, days: float, **fields: Any) -> Sent:
    return ticket(at=NOON - round(days * DAY), event="opened", ticket_id=item, **fields)


def closed(item: Any, days: float, **fields: Any) -> Sent:
    return ticket(at=NOON - round(days * DAY), event="closed", ticket_id=item, **fields)


def took(item: str, hours: float, *, days: float = 1) -> list[Sent]:
    """Opened so many hours before it was closed, `days` ago."""
    return [opened(item, days + hours / 24), closed(item, days)]


#   a   o────────2h───x            b   o──3h──x           c  o────────────────────10h──x
THREE = [*took("a", 2), *took("b", 3), *took("c", 10)]


def test_the_median_of_an_odd_number_is_the_one_in_the_middle_and_of_an_even_one_the_mean_of_two() -> None:
    assert fact(TOOK, *THREE) == 3
    assert fact(TOOK, *THREE, *took("d", 5)) == 4
    assert fact(TOOK, *took("a", 2)) == 2


def test_the_mean_is_over_all() -> None:
    assert fact(TOOK | {"measure": "mean"}, *THREE) == 5


def test_it_is_unknown_while_nothing_was_closed() -> None:
    assert fact(TOOK, usage(at=NOON)) is None
    assert fact(TOOK, opened("a", 3)) is None


def test_a_close_without_an_open_or_after_another_close_is_no_evidence() -> None:
    assert fact(TOOK, closed("a", 1)) is None
    assert fact(TOOK, *took("a", 2, days=3), closed("a", 1)) == 2
    assert fact(TOOK, closed("a", 3), opened("a", 2)) is None


def test_what_is_opened_again_counts_twice_each_time_from_its_own_open() -> None:
    #   o──6h──x ......... o──2h──x
    assert fact(TOOK | {"measure": "mean"}, *took("a", 6, days=3), *took("a", 2, days=1)) == 4


def test_it_counts_from_the_latest_open_before_the_close() -> None:
    assert fact(TOOK, opened("a", 9), *took("a", 2)) == 2


def test_a_late_event_between_an_open_and_its_close_changes_the_pair() -> None:
    account = watched(TOOK, opened("a", 2), closed("a", 1))
    assert account.facts["it"] == 24
    account.see(closed("a", 1.5))
    assert account.facts["it"] == 12
    account.see(opened("a", 1.25))
    assert account.facts["it"] == 9


def test_at_one_instant_the_close_is_the_later_unless_the_model_orders_otherwise() -> None:
    assert fact(TOOK, opened("a", 1), closed("a", 1)) == 0
    assert fact(TOOK, opened("a", 1), closed("a", 1), order=["closed", "opened"]) is None


def test_ids_are_those_of_items_and_one_without_says_nothing() -> None:
    assert fact(TOOK, opened(7, 2), closed("7", 1)) == 24
    assert fact(TOOK, opened("", 2), closed("", 1)) is None
    assert fact(TOOK, opened("a", 2), closed("b", 1)) is None


def test_events_without_an_id_that_are_sent_twice_are_one() -> None:
    assert fact(TOOK | {"measure": "mean"}, *took("a", 2), *took("a", 2), *took("b", 4)) == 3


def test_conditions_are_on_what_opens() -> None:
    table = TOOK | {"where": [{"property": "severity", "is": "high"}]}
    sent = [opened("a", 2, severity="high"), closed("a", 1), opened("b", 1.5, severity="low"), closed("b", 1)]
    assert fact(table, *sent) == 24


def test_the_window_is_that_of_the_close_and_ends_at_the_bucket_of_its_edge() -> None:
    account = watched(TOOK | {"window": "2d"}, *took("a", 6, days=1), *took("b", 2, days=0.5))
    assert account.facts["it"] == 4
    account.to(NOON + DAY - 1)
    assert account.facts["it"] == 4
    account.to(NOON + DAY)
    assert account.facts["it"] == 2
    account.to(NOON + 2 * DAY)
    assert account.facts["it"] is None


def test_what_took_longer_than_within_is_no_evidence_and_an_open_is_kept_for_as_long_as_it_may_count() -> None:
    table = TOOK | {"within": "10d", "window": "5d"}
    assert fact(table, opened("a", 14), closed("a", 4)) == 240
    assert fact(table, ticket(at=NOON - 14 * DAY - 1, event="opened", ticket_id="a"), closed("a", 4)) is None


def test_of_more_events_than_are_kept_the_latest_count_and_it_is_told() -> None:
    pairs = [
        ticket(at=NOON - number * HOUR // 4, event=event, ticket_id=f"t{number // 2}")
        for number, event in enumerate(("closed", "opened") * (ITEMS_MAX // 2))
    ]
    account = watched(TOOK, *pairs)
    assert (account.facts["it"], account.plan.past_bounds(account.account)) == (0.25, ())
    account.see(*took("old", 1, days=29))
    assert (account.facts["it"], account.plan.past_bounds(account.account)) == (0.25, ("it",))


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ([usage(at=NOON)], "no tickets closed in 30 days"),
        (took("a", 2), "1 ticket closed in 30 days, after 2 hours (median)"),
        (THREE, "3 tickets closed in 30 days, after 3 hours (median)"),
    ],
)
def test_it_is_said_in_words(sent: list[Sent], text: str) -> None:
    account = watched(TOOK | {"label": "tickets"}, *sent)
    plan = account.plan.primary
    assert plan.signals["it"].text(facts_of(plan, account.account, {})) == text
