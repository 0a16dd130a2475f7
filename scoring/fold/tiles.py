"""The days of an account: creates and drops tiles, and with them the ids of events.

Writes `Account.tiles`, `oldest_day`, `newest_day`, `changed_days` and `event_ids`.
"""

from __future__ import annotations

from scoring.fold.timers import due_by
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.tiles import Tile


def tile_of(plan: Plan, account: Account, day: int) -> Tile:
    """The tile of a day, created when needed, and marked as changed."""
    tile = account.tiles.get(day)
    if tile is None:
        tile = account.tiles[day] = Tile(len(plan.count_series), len(plan.value_series))
        account.oldest_day = min(account.oldest_day, day)
        account.newest_day = max(account.newest_day, day)
        _purge_by(account, plan.tile_goes(day))
    account.changed_days.add(day)
    return tile


def remember_id(plan: Plan, account: Account, print_of_id: int, period: int) -> bool:
    """Store the fingerprint of an event's id. Returns False when it is known already."""
    goes = plan.ids_go(period)
    if goes <= account.current_bucket:
        return True  # too old: a copy of it could change nothing either
    before = account.event_ids.count
    if not account.event_ids.put(period, print_of_id):
        return False
    if account.event_ids.count < before:
        plan.past["ids"] += before + 1 - account.event_ids.count
    _purge_by(account, goes)
    return True


def drop_days(plan: Plan, account: Account) -> None:
    """Drop the tiles and ids that no signal can reach any more."""
    current_bucket = account.current_bucket
    if current_bucket < account.next_purge:
        return
    for day in [day for day in account.tiles if plan.tile_goes(day) <= current_bucket]:
        del account.tiles[day]
        account.changed_days.discard(day)
    drop_ids(plan, account)
    bound_days(plan, account)


def drop_ids(plan: Plan, account: Account) -> None:
    """Drop the ids that are beyond the dedupe horizon."""
    for period in [each for each in account.event_ids.periods if plan.ids_go(each) <= account.current_bucket]:
        account.event_ids.forget(period)


def bound_days(plan: Plan, account: Account) -> None:
    """Recompute the bounds over all tiles, and over the ids."""
    account.oldest_day = min(account.tiles, default=FAR)
    account.newest_day = max(account.tiles, default=-1)
    account.next_purge = plan.tile_goes(account.oldest_day) if account.tiles else FAR
    for period in account.event_ids.periods:
        account.next_purge = min(account.next_purge, plan.ids_go(period))


def _purge_by(account: Account, bucket: int) -> None:
    if bucket < account.next_purge:
        account.next_purge = bucket
        due_by(account, bucket)
