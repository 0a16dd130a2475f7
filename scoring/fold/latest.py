"""How an event changes latest values, and the instants of latest and first events.

Writes `Account.latest_values`, `last_at` and `first_at`. The latest event wins, by `EventOrder`.
"""

from __future__ import annotations

from scoring.event.event import Event
from scoring.fold.timers import due_by, next_instant_due, next_silence_due
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account


def note_latest_at(plan: Plan, account: Account, route: Route, event: Event) -> None:
    """Store when the latest event of each slot occurred."""
    at = event.occurred_at_ms
    bucket, current_bucket = at // plan.resolution_ms, account.current_bucket
    for slot, test in route.latest_at:
        held = account.latest_at[slot]
        if at > held and (test is None or test(event)):
            account.latest_at[slot] = at
            is_same_day = held >= 0 and held // DAY_MS == at // DAY_MS
            if is_same_day and max(0, current_bucket - held // plan.resolution_ms) // plan.buckets_a_day == (
                max(0, current_bucket - bucket) // plan.buckets_a_day
            ):
                continue  # the number of whole days is the same, and the timer before the next day stands
            # Fewer whole days, which now step at another time of the day.
            due_by(account, next_silence_due(plan, account))
            account.changed_dependents |= plan.latest_at_dependents[slot]


def note_latest_values(plan: Plan, account: Account, route: Route, event: Event) -> None:
    """Store the values of an event that are the latest of their slots."""
    at, tie = event.occurred_at_ms, -1
    for slot, latest_of in route.latest_values:
        value = latest_of(event)
        held = account.latest_values[slot]
        if value is None or (held is not None and at < held[0]):
            continue
        if tie < 0:
            tie = plan.order.tie(route.rank, event)
        if held is None or (at, tie, value) > held:
            account.latest_values[slot] = (at, tie, value)
            account.changed_dependents |= plan.latest_value_dependents[slot]
            if held is None and slot in plan.instant_slots:
                due_by(account, next_instant_due(plan, account))


def note_first_at(plan: Plan, account: Account, route: Route, event: Event) -> None:
    """Store when the first event of each slot occurred."""
    at = event.occurred_at_ms
    for slot, test in route.first_at:
        if at < account.first_at[slot] and (test is None or test(event)):
            account.first_at[slot] = at
            account.changed_dependents |= plan.first_at_dependents[slot]
