"""The account's timer: the next bucket at which its signals may change by themselves.

Writes `Account.next_due`. A timer may fire early, when nothing changes yet, but never late.
"""

from __future__ import annotations

from bisect import bisect_right

from scoring.instants import DAY_MS, FAR
from scoring.plan.plan import Plan
from scoring.state.account import Account


def due_by(account: Account, bucket: int) -> None:
    """Make the timer due at `bucket` at the latest."""
    if bucket < account.next_due:
        account.next_due = bucket


def set_timer(plan: Plan, account: Account) -> None:
    """Compute the timer from the whole state."""
    account.next_due = next_due(plan, account)


def next_due(plan: Plan, account: Account) -> int:
    """The first bucket after the current one at which the signals may change by themselves, FAR if never."""
    due = min(account.next_purge, min(account.edge_timers, default=FAR))
    if plan.daily_totals:
        due = min(due, next_totals_due(plan, account))
    due = min(due, next_age_due(plan, account), next_silence_due(plan, account))
    due = min(due, next_instant_due(plan, account))
    for open_items in plan.open_items:
        due = min(due, open_items.next_due(account))
    return max(due, account.current_bucket + 1)


def next_age_due(plan: Plan, account: Account) -> int:
    """The next bucket at which the account's age passes a threshold of some rule."""
    if account.first_ms == FAR:
        return FAR
    first = account.first_ms // plan.resolution_ms
    age = max(0, account.current_bucket - first)
    mark = FAR
    for each in plan.age_marks:
        if each > age:
            mark = each
            break
    step = (age // plan.buckets_a_day + 1) * plan.buckets_a_day if plan.steps_daily else FAR
    return min(first + min(mark, step), _next_day_mark(plan, account))


def _next_day_mark(plan: Plan, account: Account) -> int:
    """The first bucket of the next day on which a signal of daily totals becomes known."""
    first_day, today = account.first_ms // DAY_MS, account.current_bucket // plan.buckets_a_day
    place = bisect_right(plan.day_marks, today - first_day)
    return (first_day + plan.day_marks[place]) * plan.buckets_a_day if place < len(plan.day_marks) else FAR


def next_totals_due(plan: Plan, account: Account) -> int:
    """The next bucket at which a signal of daily totals may change because a day has passed."""
    today = account.as_of_ms // DAY_MS
    days = min((daily.next_due(account, today) for daily in plan.daily_totals), default=FAR)
    return FAR if days >= FAR else days * plan.buckets_a_day


def next_silence_due(plan: Plan, account: Account) -> int:
    """The next bucket at which the number of days since some latest event grows."""
    due = FAR
    for slot in plan.silence_slots:
        at = account.latest_at[slot]
        if at >= 0:
            last = at // plan.resolution_ms
            days = max(0, account.current_bucket - last) // plan.buckets_a_day
            due = min(due, last + (days + 1) * plan.buckets_a_day)
    for slot in plan.day_silence_slots:
        if account.latest_at[slot] >= 0:
            due = min(due, _tomorrow(plan, account))
    return due


def next_instant_due(plan: Plan, account: Account) -> int:
    """The next bucket at which the number of days until some instant that was sent falls."""
    for slot in plan.instant_slots:
        if account.latest_values[slot] is not None:
            return _tomorrow(plan, account)
    return FAR


def _tomorrow(plan: Plan, account: Account) -> int:
    """The first bucket of the next day of UTC."""
    return (account.current_bucket // plan.buckets_a_day + 1) * plan.buckets_a_day
