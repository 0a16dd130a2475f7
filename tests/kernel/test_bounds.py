"""Accounts that pass the bounds of their state: the same is kept in both folds, and the same is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from scoring.event.event import Event
from scoring.model.model import Model
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from streams.kernel.kernel import is_built
from tests.builders import a_model, at_ms, ticket, usage
from tests.kernel.both import BothCohort
from tests.oracle import DAY_MS

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
BEGINS_MS = at_ms("2026-03-01T00:00:30Z")
FUTURE_MS = at_ms("2100-01-01T00:00Z")


def fold(plan: Plan, events: Iterable[Event], near: int) -> BothCohort:
    """Compare all around the event with the number `near`, and now and then."""
    cohort = BothCohort(plan)
    for number, event in enumerate(events):
        looks = abs(number - near) < 4 or number % 500 == 0
        cohort.apply(event, event.occurred_at_ms, looks=looks)
    both = cohort.accounts["acme"]
    both.compare()
    both.advance_by_timers(both.account.as_of_ms + 40 * DAY_MS, most=5)
    return cohort


def of_users() -> Model:
    users = {"kind": "distinct", "of": "user", "window": "1d"}
    return a_model(
        {"users": users, "week": {**users, "window": "7d"}, "before": {**users, "window": "7d", "prior": True}}
    )


def of_tickets() -> Model:
    tickets = {"topics": ["tickets"], "events": ["ticket_opened"], "closed_by": ["ticket_closed"]}
    opened = {"kind": "open", "item": "ticket_id", "within": "60d", **tickets}
    return a_model({"open": opened, "oldest": opened | {"measure": "oldest"}})


def test_more_users_in_a_day_than_are_kept() -> None:
    plan = Plan(of_users())

    def events() -> Iterator[Event]:
        for number in range(VALUES_MAX + 300):
            sent = usage(at=BEGINS_MS + number * 20_000 % DAY_MS, user_id=f"user-{number % (VALUES_MAX + 200)}")
            yield plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)

    cohort = fold(plan, events(), VALUES_MAX)
    assert cohort.accounts["acme"].account.is_past_bounds


def test_more_open_tickets_than_are_kept() -> None:
    plan = Plan(of_tickets())

    def events() -> Iterator[Event]:
        for number in range(ITEMS_MAX + 300):
            name = "ticket_closed" if number % 9 == 5 else "ticket_opened"
            sent = ticket(at=BEGINS_MS + number * 61_000, event=name, ticket_id=f"t{number * 7 % 2_600}")
            yield plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)

    cohort = fold(plan, events(), ITEMS_MAX)
    assert cohort.accounts["acme"].account.is_past_bounds
