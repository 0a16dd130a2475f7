"""Daily totals: what an event adds to them. Writes `Account.totals` and `changed_blocks`."""

from __future__ import annotations

from scoring.event.event import Event
from scoring.fold.timers import due_by, next_totals_due
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account
from scoring.state.daily_totals import LEDGER_BLOCK_DAYS


def add_to_totals(plan: Plan, account: Account, route: Route, event: Event, day: int, times: int) -> None:
    """Count an event so many times on its day; what is out of reach changes nothing."""
    today = account.as_of_ms // DAY_MS
    for number, amount_of in route.ledgers:
        if amount_of is not None and not amount_of(event):
            continue
        account.changed_dependents |= plan.totals_dependents[number]
        ledger = plan.ledgers[number]
        if day <= today - ledger.reach:
            continue
        totals = account.totals[number]
        totals[day] = totals.get(day, 0) + times
        account.changed_blocks.add(day // LEDGER_BLOCK_DAYS)
        for peak in ledger.peaks:
            peak.grow(account, totals, day, times)
    due_by(account, next_totals_due(plan, account))


def drop_totals(plan: Plan, account: Account) -> None:
    """Forget the totals that are out of reach."""
    today = account.as_of_ms // DAY_MS
    if not plan.ledgers or account.oldest_ms // DAY_MS > today - plan.ledger_reach:
        return
    for ledger in plan.ledgers:
        totals = account.totals[ledger.number]
        for day in [day for day in totals if day <= today - ledger.reach]:
            del totals[day]
            account.changed_blocks.add(day // LEDGER_BLOCK_DAYS)
