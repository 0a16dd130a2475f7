"""Updates the life of an account. Writes `Account.first_ms`, `latest_ms`, `is_borne_out`, `has_between` and
`earlier`; see `scoring.state.life`."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.fold.timers import due_by, next_age_due, next_totals_due
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.life import Stretch, is_borne_out, joined


def note_event_at(plan: Plan, account: Account, at: int) -> None:
    """Extend the account's life by an event that occurred at `at`, milliseconds since 1970."""
    if at > account.latest_ms and (account.is_borne_out or at // DAY_MS == account.latest_ms // DAY_MS):
        account.latest_ms = at
    elif at < account.first_ms or not account.is_borne_out:
        live(plan, account, (*account.stretches, (at, at, False)))


def live(plan: Plan, account: Account, stretches: Iterable[Stretch]) -> None:
    """Restore the life of an account from its stretches, at least one."""
    *account.earlier, latest = joined(stretches, plan.pause_ms)
    first_ms, account.latest_ms, account.has_between = latest
    account.is_borne_out = is_borne_out(latest)
    if first_ms != account.first_ms:
        account.first_ms = first_ms
        account.changed_dependents |= plan.age_dependents
        due_by(account, next_age_due(plan, account))
    if plan.daily_totals:
        due_by(account, next_totals_due(plan, account))
