"""The fold: how an event, and time alone, change an account.

All steps are commutative: counts add up, sets unite, the latest value wins by a total order on events. So any
permutation of the same events gives the same state. Nothing is scored here; `ScoreCache.refresh` does that.
"""

from __future__ import annotations

from enum import IntEnum

from scoring.event.event import Event, scoped_id
from scoring.fingerprint import fingerprint
from scoring.fold.items import drop_items, note_items, note_stated
from scoring.fold.latest import note_first_at, note_latest_at, note_latest_values
from scoring.fold.life import note_event_at
from scoring.fold.tiles import bound_days, drop_days, remember_id
from scoring.fold.timers import set_timer
from scoring.fold.totals import add_to_totals, drop_totals
from scoring.fold.windows import add_value, count, move_windows, note_alike, restore_windows
from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account
from scoring.state.event_ids import period_of_block


class Outcome(IntEnum):
    """What an event did to its account."""

    APPLIED = 0
    DUPLICATE = 1
    EXPIRED = 2
    """Too old for any window: only latest values and daily totals may have changed."""


def apply(
    plan: Plan,
    account: Account,
    event: Event,
    as_of_ms: int,
    *,
    times: int = 1,
    arrived_ms: int = -1,
    print_of_id: int = -1,
    is_new: bool = False,
    tile_holds_it: bool = False,
    totals_hold_it: bool = False,
) -> Outcome:
    """Advance the account's instant to `as_of_ms`, if that is later, and apply `event`.

    `arrived_ms` is the time of arrival, where known: the id is then kept for the model's dedupe horizon from there;
    otherwise for as long as the event could count. `print_of_id` is the fingerprint that stands for its scoped id, -1
    for that of `scoring.fingerprint`: all ids of an account have one kind. `is_new` means that the caller knows that
    the event is no duplicate. `tile_holds_it` and `totals_hold_it` mean that the restored record of the event's day
    already counts it: those parts are then skipped. `times` counts an event without an id this many times. Cost:
    independent of the history.
    """
    if as_of_ms > account.as_of_ms:
        advance(plan, account, as_of_ms)
    at = event.occurred_at_ms
    day = at // DAY_MS
    if event.event_id:
        period = arrived_ms // DAY_MS if arrived_ms >= 0 else period_of_block(day)
        print_of_id = print_of_id if print_of_id >= 0 else fingerprint(scoped_id(event))
        if not remember_id(plan, account, print_of_id, period) and not is_new:
            return Outcome.DUPLICATE
    note_event_at(plan, account, at)
    route = plan.routes.of(event.topic, event.name)
    if route.latest_at:
        note_latest_at(plan, account, route, event)
    if route.latest_values:
        note_latest_values(plan, account, route, event)
    if route.first_at:
        note_first_at(plan, account, route, event)
    if route.items:
        note_items(plan, account, route, event)
    if route.tallies:
        note_stated(plan, account, route, event)
    if route.daily_totals and not totals_hold_it:
        add_to_totals(plan, account, route, event, day, times)
    return Outcome.APPLIED if tile_holds_it else _apply_to_windows(plan, account, route, event, day, times)


def advance(plan: Plan, account: Account, as_of_ms: int) -> bool:
    """Advance the account's instant to `as_of_ms`. Returns True when signals may have changed.

    An instant at or before the current one has no effect.
    """
    if as_of_ms <= account.as_of_ms:
        return False
    account.as_of_ms = as_of_ms
    before = account.current_bucket
    bucket = as_of_ms // plan.resolution_ms
    if bucket == before:
        return False
    account.current_bucket = bucket
    if bucket < account.next_due:
        return False
    account.changed_dependents |= plan.time_dependents
    if bucket // plan.buckets_a_day != before // plan.buckets_a_day:
        account.changed_dependents |= plan.day_dependents
        drop_totals(plan, account)
    move_windows(plan, account, before)
    drop_days(plan, account)
    drop_items(plan, account)
    set_timer(plan, account)
    return True


def restore(plan: Plan, account: Account) -> None:
    """Compute what records do not store (sums, distinct values, timers) from the account's tiles and totals."""
    account.event_ids.restore(lambda period: plan.ids_go(period) <= account.current_bucket)
    account.is_past_bounds = plan.has_passed_bounds(account)
    bound_days(plan, account)
    restore_windows(plan, account)
    set_timer(plan, account)


def note_written(account: Account) -> None:
    """Clear the marks of changes, because all of them are in records now."""
    account.changed_days.clear()
    account.changed_blocks.clear()
    account.items_changed = False


def _apply_to_windows(plan: Plan, account: Account, route: Route, event: Event, day: int, times: int) -> Outcome:
    bucket = event.occurred_at_ms // plan.resolution_ms
    if plan.span and bucket <= account.current_bucket - plan.span:
        for series, value_of in route.values:  # their day may be in reach still, and its bound be passed by them
            add_value(plan, account, series, value_of(event), bucket, day)
        return Outcome.EXPIRED
    for series in route.counts:
        count(plan, account, series, times, bucket, day)
    for series, amount_of in route.amounts:
        if amount := amount_of(event):
            count(plan, account, series, amount * times, bucket, day)
    for series, value_of in route.values:
        add_value(plan, account, series, value_of(event), bucket, day)
    for series, amount_of_it in route.alikes:
        if amount_of_it is None or amount_of_it(event):
            note_alike(plan, account, series, event, bucket, day, times)
    return Outcome.APPLIED
