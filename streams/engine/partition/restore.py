"""Restores a partition from its changelog, and decides which records are written again."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from streams.changelog import records
from streams.changelog.at_rest import packed
from streams.changelog.flat import DamagedRecord
from streams.changelog.record_types import ID_KEY_BYTES, PartitionRecord, Rank, Stored, Walk
from streams.engine.partition.state import PartitionState
from streams.engine.partition.timekeeper import MODEL, RULES, begin_walk
from streams.engine.stored_account import StoredAccount


def restore(state: PartitionState, kept: dict[bytes, bytes]) -> None:
    """Adopt the greatest record of each key of a changelog. Removes the partition's own record from `kept`.

    Outputs that the last flush may not have sent are queued again: the same bytes under the same ids.

    Raises:
        DamagedRecord: when the partition's record has no key of event ids.
    """
    state.epoch = max(state.epoch, records.greatest_epoch(kept.values()) + 1)
    own = kept.pop(records.PARTITION_KEY, None)
    record = records.decode_partition(own) if own is not None else None
    if record is not None:
        _restore_own(state, record)
    else:
        state.id_key_epoch = state.epoch
    state.forgotten.adopt(kept)
    leftovers = _add_records(state, kept)
    state.epoch_marker = [[(records.PARTITION_KEY, _first_record(state, record or records.NO_RECORD))]]
    walks = list(record.walks) if record is not None else []
    is_same_model = record is not None and record.model == state.plan.identity
    has_same_rules = record is not None and record.rules == state.rules
    if state.accounts and not has_same_rules and all(walk.kind != RULES for walk in walks):
        walks.append(Walk(RULES, state.as_of_ms))
    if state.accounts and not is_same_model and all(walk.kind != MODEL for walk in walks):
        walks.insert(0, Walk(MODEL, state.as_of_ms))
    # Until that walk has ended, the tier's number in a head may refer to the previous model.
    is_same_model = is_same_model and all(walk.kind != MODEL for walk in walks)
    epochs = set[int]()
    for account_id in state.accounts:
        stored = state.accounts[account_id]
        epochs.add(stored.epoch)
        _restore_account(state, stored, is_same_model=is_same_model)
    state.flushes.acknowledged_by_epoch = {
        epoch: flush for epoch, flush in state.flushes.acknowledged_by_epoch.items() if epoch in epochs
    }
    write_again(state, leftovers)
    if state.forgotten.has_unwritten:
        state.flush_requested = True
    for walk in walks:
        begin_walk(state, walk)


def _first_record(state: PartitionState, restored: PartitionRecord) -> bytes:
    """What is written before any account. Without accounts there is nothing that another model judged: who restores
    the accounts that follow must not take them for such."""
    first = msgspec.structs.replace(restored, id_key=state.id_key, id_key_epoch=state.id_key_epoch)
    if not state.accounts:
        first = msgspec.structs.replace(first, model=state.plan.identity, rules=state.rules)
    return records.encode_partition(first, Rank(state.epoch, first.flush))


def write_again(state: PartitionState, keys: Collection[bytes]) -> int:
    """Queue the accounts of these records to be written again as a whole, in the order of the keys. Returns the number
    of accounts."""
    account_ids: set[str] = set()
    for key in sorted(keys):
        state.must_write_record = state.flush_requested = True
        if key == records.PARTITION_KEY:
            continue
        is_marker = key[:1] == records.FORGOTTEN
        if is_marker or (stored := state.accounts.get(records.account_of_key(key))) is None:
            state.forgotten.write_again(key)
            continue
        stored.hydrate(state.fold)
        stored.write_all_again(key)
        state.pending.add_rewrite(stored)
        account_ids.add(stored.account_id)
    return len(account_ids)


def _add_records(state: PartitionState, kept: dict[bytes, bytes]) -> list[bytes]:
    """Add the accounts, at rest. Returns the keys of records that an account has from before it was forgotten. An
    account without a head does not count: the flush that wrote its records was torn, and its events are read again. Nor
    does one of a worker before the key of event ids was drawn: see `id_key_epoch`."""
    leftovers: list[bytes] = []
    if state.forgotten:
        by_account: dict[str, list[Stored]] = {}
        for key, value in kept.items():
            by_account.setdefault(records.account_of_key(key), []).append((key, value))
        pairs: list[Stored] = []
        for account_id, stored_records in by_account.items():
            later, earlier = state.forgotten.sift(account_id, stored_records)
            pairs.extend(later)
            leftovers.extend(earlier)
        kept = dict(pairs)
    first_epoch = state.id_key_epoch if state.has_record else 0
    heads: dict[str, bytes] = {}
    others: dict[str, list[Stored]] = {}
    for key, value in kept.items():
        account_id = records.account_of_key(key)
        if key[:1] != records.HEAD:
            others.setdefault(account_id, []).append((key, value))
        elif records.begin_of_head(value)[0] >= first_epoch:
            heads[account_id] = value
    for account_id, head in heads.items():
        own = others.pop(account_id, None)
        state.accounts.add_at_rest(account_id, head if own is None else (head, packed(own)))
    return leftovers


def _restore_own(state: PartitionState, own: PartitionRecord) -> None:
    if len(own.id_key) != ID_KEY_BYTES:  # with another key no id would be known again
        raise DamagedRecord(f"the partition's record has a key of event ids of {len(own.id_key)} bytes")
    state.applied_offsets = own.applied_offsets
    state.id_key, state.id_key_epoch = own.id_key, own.id_key_epoch
    state.fold.use_id_key(own.id_key)
    state.as_of_ms = own.as_of_ms
    state.flushes.last, state.flushes.acknowledged_by_epoch = own.flush, own.acknowledged_flushes
    state.has_record, state.topic_ids = True, dict(own.topic_ids)
    state.scorer.adopt_record(own)
    state.outages.adopt(own.alarms, own.ended_alarms)
    state.dead_letters.extend(own.refused)
    state.norms.parts, state.norms.awaiting_ms, state.norms.pending = own.parts, own.awaiting_norm_ms, own.pending
    if own.outbox:
        state.send_control(own.outbox)


def _restore_account(state: PartitionState, stored: StoredAccount, *, is_same_model: bool) -> None:
    state.flushes.last = max(state.flushes.last, stored.flush)
    if stored.flush > state.flushes.acknowledged_by_epoch.get(stored.epoch, -1):
        stored.hydrate(state.fold, is_unsent=True)
        state.pending.add(stored)
        state.flush_requested = True
    state.timers.set(stored, stored.timer_ms)
    if not is_same_model:
        stored.tier = -1
    state.scorer.ledger.begin(stored)
    if is_same_model and stored.account is None:
        state.accounts.rest(stored)
