"""Copies of an account, to try changes on."""

from __future__ import annotations

from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.state.account import Account


def fork(plan: Plan, account: Account) -> Account:
    """A copy at the same instant; changes to it never affect the account.

    Tiles are shared except that of the current day, so only events of that day may be applied to a fork. Event ids and
    the marks of unwritten changes are not copied.
    """
    copy = Account(plan.sizes, account.as_of_ms)
    copy.next_due, copy.next_purge, copy.edge_timers = account.next_due, account.next_purge, list(account.edge_timers)
    copy.first_ms, copy.latest_ms, copy.earlier = account.first_ms, account.latest_ms, list(account.earlier)
    copy.is_borne_out, copy.has_between = account.is_borne_out, account.has_between
    copy.tiles = dict(account.tiles)
    today = account.as_of_ms // DAY_MS
    if (tile := account.tiles.get(today)) is not None:
        copy.tiles[today] = tile.copy()
    copy.oldest_day, copy.newest_day = account.oldest_day, account.newest_day
    copy.sums, copy.value_counts = list(account.sums), [dict(counts) for counts in account.value_counts]
    copy.totals, copy.peak_cache = [dict(totals) for totals in account.totals], list(account.peak_cache)
    copy.window_cache, copy.gap_cache = list(account.window_cache), list(account.gap_cache)
    copy.latest_days = list(account.latest_days)
    copy.latest_values = list(account.latest_values)
    copy.latest_at, copy.first_at = list(account.latest_at), list(account.first_at)
    copy.open_items = [dict(items) for items in account.open_items]
    copy.tallies = [dict(items) for items in account.tallies]
    copy.is_past_bounds, copy.changed_dependents = account.is_past_bounds, account.changed_dependents
    return copy
