"""An account to records and back: `encode` and `decode`, one call each way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from scoring.fold.fold import note_written, restore
from scoring.fold.life import live
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.daily_totals import TOTALS_BLOCK_DAYS
from scoring.state.event_ids import Chunk
from streams.changelog import account_parts, outbox, records
from streams.changelog.ahead import Ahead, is_ahead
from streams.changelog.record_types import AccountProgress, Head, HeadPrefix, Key, Rank, Stored


class Decoded(NamedTuple):
    """An account decoded from its records."""

    account: Account
    progress: AccountProgress
    ahead: Ahead
    """The messages that some records have applied and the head has not."""


class Encoded(NamedTuple):
    """An account's records: its head, and the others by key."""

    head: bytes
    others: dict[bytes, bytes]


def decode(plan: Plan, head_record: bytes, stored: Iterable[Stored]) -> Decoded:
    """The account in a head and in its other records, none of them a deletion marker."""
    head = records.decode_head(head_record)
    account, ahead = _account_of(plan, head), Ahead(head.applied_offsets)
    for key, value in stored:
        _add(plan, account, ahead, records.parse_key(key), value)
    restore(plan, account)
    progress = AccountProgress(
        applied_offsets=head.applied_offsets,
        sequence=head.sequence,
        outbox=head.outbox,
        baseline=head.baseline,
        matters=head.matters,
        shadows=head.shadows,
        last_transition=head.last_transition,
        created_after_control_offset=head.created_after_control_offset,
        settled_ms=head.settled_ms,
        alerts=outbox.unpacked(head.alerts),
        refused=head.refused,
        alarm_progress=head.alarm_progress,
    )
    return Decoded(account, progress, ahead)


def encode(
    plan: Plan,
    account_id: str,
    account: Account,
    progress: AccountProgress,
    rank: Rank,
    prefix: HeadPrefix,
    *,
    is_whole: bool,
) -> Encoded:
    """The records that changed since the last call, or all records. Marks the account as written."""
    offsets, ids = progress.applied_offsets, account.event_ids
    blocks = set(account.changed_blocks)
    if is_whole:
        blocks |= {day // TOTALS_BLOCK_DAYS for totals in account.totals for day in totals}
    others = {records.tile_key(account_id, day): records.deletion_marker(rank) for day in account.dropped_days}
    for day in sorted(account.tiles if is_whole else account.changed_days):
        tile = account_parts.encode_tile(plan, account.tiles[day], day, offsets, rank)
        others[records.tile_key(account_id, day)] = tile
    for block in sorted(blocks):
        others[records.totals_key(account_id, block)] = account_parts.encode_totals(plan, account, block, offsets, rank)
    if account.items_changed or (is_whole and any((*account.open_items, *account.tallies))):
        others[records.items_key(account_id)] = account_parts.encode_items(plan, account, offsets, rank)
    for day, number in ids.dropped:
        others[records.ids_key(account_id, day, number)] = records.deletion_marker(rank)
    for day, number in sorted(ids.keys() if is_whole else ids.changed):
        chunk = ids.periods[day][number]
        others[records.ids_key(account_id, day, number)] = account_parts.encode_ids(chunk, rank)
        _trim_origins(chunk, offsets)
    note_written(account)
    return Encoded(records.encode_head(_head_of(plan, account, progress), rank, prefix), others)


def _add(plan: Plan, account: Account, ahead: Ahead, key: Key, value: bytes) -> None:
    """Put one record into a restored account."""
    if key.kind == records.TILE:
        ahead.note_tile(key.number, account_parts.add_tile(plan, account, key.number, value))
    elif key.kind == records.TOTALS:
        ahead.note_totals(key.number, account_parts.add_totals(plan, account, key.number, value))
    elif key.kind == records.ITEMS:
        account_parts.add_items(plan, account, value)
    else:
        chunk = account_parts.decode_ids(value)
        account.event_ids.add(key.number, key.chunk, chunk)
        ahead.note_ids(chunk)


def _trim_origins(chunk: Chunk, applied_offsets: list[int]) -> None:
    """From the next write on, leave out the origins of messages that this write's head has applied. This head precedes
    the next records in the log, so a reader of those never takes such a message for a new one."""
    applied = 0
    while applied < len(chunk.origins) and not is_ahead(chunk.origins[applied], applied_offsets):
        applied += 1
    del chunk.origins[:applied]


def _head_of(plan: Plan, account: Account, progress: AccountProgress) -> Head:
    """The current head of an account."""
    return Head(
        applied_offsets=progress.applied_offsets,
        as_of_ms=account.as_of_ms,
        stretches=account.stretches,
        latest_values={
            key: held
            for key, held in zip(plan.latest_value_slots, account.latest_values, strict=True)
            if held is not None
        },
        latest_at={key: at for key, at in zip(plan.latest_at_slots, account.latest_at, strict=True) if at >= 0},
        first_at={key: at for key, at in zip(plan.first_at_slots, account.first_at, strict=True) if at < FAR},
        baseline=progress.baseline,
        sequence=progress.sequence,
        outbox=progress.outbox,
        model=plan.model.name,
        model_version=plan.model.version,
        matters=progress.matters,
        shadows=progress.shadows,
        last_transition=progress.last_transition,
        created_after_control_offset=progress.created_after_control_offset,
        settled_ms=progress.settled_ms,
        alerts=outbox.packed(progress.alerts),
        refused=progress.refused,
        alarm_progress=progress.alarm_progress,
    )


def _account_of(plan: Plan, head: Head) -> Account:
    """An account from its head alone; add its other records, then call `restore`."""
    account = Account(plan.sizes, head.as_of_ms)
    if head.stretches:
        live(plan, account, head.stretches)
    account.latest_values = [head.latest_values.get(key) for key in plan.latest_value_slots]
    account.latest_at = [head.latest_at.get(key, -1) for key in plan.latest_at_slots]
    account.first_at = [head.first_at.get(key, FAR) for key in plan.first_at_slots]
    return account
