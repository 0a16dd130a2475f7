"""Which parts of an account have records of their own, beside its head.

The head holds what changes often: the open day, the open block of daily totals, the latest ids, and all that is small.
The rest has records of its own, each named in the head: days that are over, closed blocks and chunks, long lists of
items. What is where depends on the state alone. An own record that the head does not name does not count.
"""

from __future__ import annotations

from scoring.instants import DAY_MS
from scoring.plan.plan import Plan
from scoring.state import event_ids
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.tiles import Tile
from streams.changelog import records
from streams.changelog.record_types import Key

OPEN_DAY_MAX = 4_096
"""Cells of the open day (buckets of counts, pairs of bucket and value) that the head holds at most."""
OLDER_DAYS_MAX = 32
"""Cells of older days that the head holds at most, of the newest ones. Many accounts have no more in all."""
TOTALS_MAX = 64
"""With more daily totals than this, the head holds only those of the open block."""
ITEMS_MAX = 256
"""Items of one kind that the head holds at most."""
DAY, TOTALS, ITEMS, IDS = 0, 1, 2, 3
KINDS = (records.TILE, records.TOTALS, records.ITEMS, records.IDS)
_KIND_OF = {kind: number for number, kind in enumerate(KINDS)}

Name = int
"""The name of an own record: four times its number (day, block, identity of the items, chunk), plus its kind."""


def limits() -> tuple[int, int, int, int, int]:
    """The limits that decide which records an account has, in the order in which the kernel takes them."""
    return OPEN_DAY_MAX, OLDER_DAYS_MAX, TOTALS_MAX, ITEMS_MAX, event_ids.CHUNK_MIN


def name_of(kind: int, number: int) -> Name:
    """The name of an own record."""
    return number << 2 | kind


def name_of_key(key: Key) -> Name:
    """The name of the own record with this key."""
    return key.number << 2 | _KIND_OF[key.kind]


def key_of(name: Name, account_id: str) -> bytes:
    """The key of an account's own record."""
    kind, number = name & 3, name >> 2
    if kind == DAY:
        return records.tile_key(account_id, number)
    if kind == TOTALS:
        return records.totals_key(account_id, number)
    return records.items_key(account_id, number) if kind == ITEMS else records.ids_key(account_id, number)


def numbers_of(kind: int, names: set[Name]) -> list[int]:
    """The numbers of the own records of a kind, ascending."""
    return sorted([name >> 2 for name in names if name & 3 == kind])


def own_records(plan: Plan, account: Account, held: set[Name]) -> set[Name]:
    """The own records that the account has from now on; `held` are those that it had when it was last written."""
    own = {name_of(IDS, number) for number in account.event_ids.closed}
    _add_days(account, own)
    _add_totals(plan, account, held, own)
    for identity, place in plan.state_order.items.numbers.items():
        if len(plan.state_order.items_at(account, place)) > ITEMS_MAX:
            own.add(name_of(ITEMS, identity))
    return own


def living(plan: Plan, account: Account, names: set[Name]) -> set[Name]:
    """Those of its own records of which the account still has something."""
    return {name for name in names if _is_living(plan, account, name & 3, name >> 2)}


def _is_living(plan: Plan, account: Account, kind: int, number: int) -> bool:
    if kind == DAY:
        return number in account.tiles
    if kind == TOTALS:
        return _has_totals(account, number)
    if kind == ITEMS:
        return bool(plan.state_order.items_at(account, plan.state_order.items.numbers[number]))
    return number in account.event_ids.closed


def _add_days(account: Account, own: set[Name]) -> None:
    open_day = min(account.as_of_ms // DAY_MS, account.newest_day)
    left = OLDER_DAYS_MAX
    for day in sorted(account.tiles, reverse=True):
        if day >= open_day:
            if _cells(account.tiles[day]) > OPEN_DAY_MAX:
                own.add(name_of(DAY, day))
            continue
        if left > 0:
            left -= _cells(account.tiles[day]) or 1
        if left <= 0:
            own.add(name_of(DAY, day))


def _add_totals(plan: Plan, account: Account, held: set[Name], own: set[Name]) -> None:
    if sum([len(totals) for totals in account.totals]) <= TOTALS_MAX:
        return
    today = account.as_of_ms // DAY_MS
    first_day = max(account.oldest_ms // DAY_MS, today - plan.totals_reach + 1)
    for block in range(first_day // TOTALS_BLOCK_DAYS, today // TOTALS_BLOCK_DAYS):
        name = name_of(TOTALS, block)
        if (name in held and block not in account.changed_blocks) or _has_totals(account, block):
            own.add(name)


def _has_totals(account: Account, block: int) -> bool:
    days = range(block * TOTALS_BLOCK_DAYS, (block + 1) * TOTALS_BLOCK_DAYS)
    return any(day in totals for totals in account.totals for day in days)


def _cells(tile: Tile) -> int:
    """Buckets of counts, and pairs of bucket and value, in a tile."""
    cells = 0
    for counts in tile.counts:
        if counts is not None:
            cells += len(counts.buckets)
    for values in tile.values:
        if values is not None:
            cells += values.size
    return cells
