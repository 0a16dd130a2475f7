"""Adds events to daily totals. Writes `Account.totals` and `changed_blocks`."""

from __future__ import annotations

from scoring.event.event import Event
from scoring.fold.timers import due_by, next_totals_due
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS


def add_to_totals(plan: Plan, account: Account, route: Route, event: Event, day: int, times: int) -> None:
    """Count an event `times` times on its day. Days out of reach have no effect."""
    today = account.as_of_ms // DAY_MS
    has_new_day = False
    for number, amount_of in route.daily_totals:
        if (amount_of is None or amount_of(event)) and day > today - plan.daily_totals[number].reach:
            account.changed_blocks.add(day // TOTALS_BLOCK_DAYS)
            if add_total(plan, account, number, day, times):
                has_new_day = True
    if has_new_day:  # else the timer stands
        due_by(account, next_totals_due(plan, account))


def add_total(plan: Plan, account: Account, number: int, day: int, times: int) -> bool:
    """Add to the total of a day within reach, and to what is cached of it. Returns True when it had none."""
    daily, totals = plan.daily_totals[number], account.totals[number]
    held = totals.get(day, 0)
    totals[day] = held + times
    account.changed_dependents |= plan.totals_dependents[number]
    for peak in daily.peaks:
        peak.grow(account, totals, day, times)
    if not held:
        account.changed_dependents |= plan.use_days_dependents[number]
        for gaps in daily.gaps:
            gaps.note_day(account, day)
        for latest in daily.latest:
            latest.note_day(account, day)
    today = account.as_of_ms // DAY_MS
    if day <= today - daily.lag:
        account.changed_dependents |= plan.past_dependents[number]
        for windows in daily.windows:
            windows.note_event(account, today, day, is_first=not held)
    return not held


def drop_totals(plan: Plan, account: Account) -> None:
    """Drop the totals that are out of reach."""
    today = account.as_of_ms // DAY_MS
    if not plan.daily_totals or account.oldest_ms // DAY_MS > today - plan.totals_reach:
        return
    for daily in plan.daily_totals:
        totals = account.totals[daily.number]
        for day in [day for day in totals if day <= today - daily.reach]:
            del totals[day]
            account.changed_blocks.add(day // TOTALS_BLOCK_DAYS)
