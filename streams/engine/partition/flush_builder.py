"""Builds a flush from a partition's pending writes: state, outputs and offsets that belong together.

A flush of many accounts is prepared in parts, so that other tasks can use the event loop between them. The last step
adds the changes since, the partition's own record and the offsets.
"""

from __future__ import annotations

from collections.abc import Sequence

from streams.changelog import records
from streams.changelog.record_types import PartitionRecord, Rank
from streams.engine.flush import Flush, Prepared
from streams.engine.folds import native_flush
from streams.engine.partition.state import PartitionState
from streams.engine.stored_account import StoredAccount
from streams.topics import CONTROL, TOPICS

PART_ACCOUNTS = 250
"""The maximum number of accounts in a part of a flush, some ten milliseconds. They are written, then answered for: they
are in the processor's caches still, and what is made for a call of the kernel's loop is soon given back."""
NO_LIMIT = 1 << 60


def accounts_to_write(state: PartitionState) -> int:
    """The number of accounts that wait, also those whose answer is not due yet."""
    return max(len(state.pending.changed), len(state.pending.unanswered))


def take_transitions(state: PartitionState, now_ms: int) -> Flush:
    """A flush of only the accounts that changed tier or have an alert step to tell."""
    state.flushes.last += 1
    taken = state.pending.take_transitioned()
    written = Prepared()
    _write(state, taken, state.flushes.last, written)
    _answer(state, now_ms, NO_LIMIT, taken, written)
    return Flush(
        partition=state.number,
        number=state.flushes.last,
        changelog=written.changelog,
        notifications=written.notifications,
        alerts=written.alerts,
        scores=written.scores,
        accounts=written.accounts,
    )


def prepare_part(state: PartitionState, now_ms: int) -> None:
    """Prepare the accounts that have waited longest, at most `PART_ACCOUNTS`, for the next flush."""
    _prepare(state, now_ms, PART_ACCOUNTS)


def take_flush(state: PartitionState, now_ms: int) -> Flush:
    """A flush of all prepared and pending accounts, with the partition's own record and the offsets to commit."""
    _prepare(state, now_ms, NO_LIMIT)
    prepared, state.prepared = state.prepared, Prepared()
    state.flushes.last += 1
    controls, state.controls = state.controls, []
    state.forgotten.write(state.epoch, state.flushes.last, prepared)
    prepared.changelog.append([(records.PARTITION_KEY, _own_record(state, controls))])
    flush = Flush(
        partition=state.number,
        number=state.flushes.last,
        changelog=prepared.changelog,
        notifications=prepared.notifications,
        alerts=prepared.alerts,
        scores=prepared.scores,
        accounts=prepared.accounts,
        oldest_unanswered_flush=state.pending.oldest_unanswered_flush(state.flushes.last + 1),
        dead_letters=state.dead_letters,
        forwards=state.forwards,
        controls=controls,
        offsets={topic: offset + 1 for topic, offset in zip(TOPICS, state.taken, strict=True) if offset >= 0},
    )
    state.dead_letters, state.forwards = [], []
    state.pending.note_letters_taken()
    state.flush_requested = state.must_write_record = False
    return flush


def _prepare(state: PartitionState, now_ms: int, limit: int) -> None:
    prepared, taken, answered = state.prepared, state.pending.take_changed(limit), 0
    for begin in range(0, len(taken), PART_ACCOUNTS):
        part = taken[begin : begin + PART_ACCOUNTS]
        _write(state, part, state.flushes.last + 1, prepared)
        answered += _answer(state, now_ms, limit, part, prepared)
    if answered < limit:
        _answer(state, now_ms, limit - answered, None, prepared)


def confirm(state: PartitionState, flush: Flush) -> None:
    """Note that all of `flush` is acknowledged: nothing of it has to be sent again after a crash."""
    state.flushes.acknowledged = max(state.flushes.acknowledged, min(flush.number, flush.oldest_unanswered_flush - 1))
    state.forgotten.confirm(flush.number)
    if state.forgotten.has_unwritten:
        state.flush_requested = True
    for name in flush.accounts - state.idle.waiting:
        if (stored := state.accounts.awake(name)) is not None:
            state.idle.add(stored)


def _write(state: PartitionState, taken: Sequence[StoredAccount], number: int, into: Prepared) -> None:
    """Add the records, notifications and alert steps of these accounts. Empties their outboxes."""
    into.changelog += state.epoch_marker
    state.epoch_marker = []
    told: list[tuple[StoredAccount, list[bytes], list[bytes]]] = []
    for stored in taken:
        notifications, alerts = stored.outbox, stored.alerts
        if (earlier := into.outboxes.get(stored.account_id)) is not None:
            stored.outbox, stored.alerts = earlier[0] + notifications, earlier[1] + alerts
        if stored.outbox or stored.alerts:
            told.append((stored, notifications, alerts))
    _write_records(state, taken, number, into)
    for stored, notifications, alerts in told:
        key = stored.account_id.encode()
        into.notifications.extend([(key, body) for body in notifications])
        into.alerts.extend([(key, body) for body in alerts])
        into.outboxes[stored.account_id] = (stored.outbox, stored.alerts)
        stored.outbox, stored.alerts = [], []
        stored.answered_ms = 0


def _write_records(state: PartitionState, taken: Sequence[StoredAccount], number: int, into: Prepared) -> None:
    loop, fold, epoch, arrivals = state.loop, state.fold, state.epoch, state.arrivals
    made = [None] * len(taken) if loop is None else native_flush.written(loop, taken, epoch, number)
    into.accounts.update([stored.account_id for stored in taken])
    for stored, group in zip(taken, made, strict=True):
        into.changelog.append(stored.write(fold, epoch, number) if group is None else group)
        if arrivals.has_sources and (account := stored.account) is not None:
            stored.heard = arrivals.note_written(fold.reading(account).latest_at, stored.heard, state.as_of_ms)


def _answer(state: PartitionState, now_ms: int, limit: int, among: list[StoredAccount] | None, into: Prepared) -> int:
    """Add the answers that are due, of these accounts or of all that wait; others stay for a later flush. Returns how
    many they are.

    There are none while a norm is awaited: they would be for the declared instant, but under the previous norm. An
    account that the walk under way has not visited has none either.
    """
    if state.norms.awaiting_ms:
        return 0
    if state.timers.walks:
        waiting = state.pending.unanswered.values() if among is None else among
        among = [stored for stored in waiting if not state.timers.must_visit(stored)]
    scores = len(into.scores)
    taken = state.pending.take_unanswered(now_ms, limit, among)
    answers = state.scorer.answers(taken, state.outages.stale, state.epoch, state.loop)
    for stored, answer in zip(taken, answers, strict=True):
        if answer is not None:
            stored.answered, stored.answered_ms = answer[0], now_ms
            into.scores.append((stored.account_id.encode(), answer[1]))
            into.accounts.add(stored.account_id)
        else:
            state.idle.add(stored)
    return len(into.scores) - scores


def _own_record(state: PartitionState, controls: list[tuple[int, bytes]]) -> bytes:
    record = PartitionRecord(
        applied_offsets=list(state.applied_offsets),
        as_of_ms=state.as_of_ms,
        flush=state.flushes.last,
        acknowledged_flushes={**state.flushes.acknowledged_by_epoch, state.epoch: state.flushes.acknowledged},
        norm_as_of_ms=state.scorer.norm_as_of_ms,
        norm=state.scorer.norm,
        parts=state.norms.parts,
        outbox=controls,
        awaiting_norm_ms=state.norms.awaiting_ms,
        pending=list(state.norms.pending),
        refused=[each for each in state.dead_letters if each.topic == CONTROL],
        model=state.plan.identity,
        norm_meanings=state.plan.norm_meanings,
        kept=state.scorer.warmup.kept,
        topic_ids=state.topic_ids,
        walks=list(state.timers.walks),
        alarms=list(state.outages.alarms),
        ended_alarms=list(state.outages.ended),
        rules=state.rules,
        id_key=state.id_key,
        id_key_epoch=state.id_key_epoch,
    )
    return records.encode_partition(record, Rank(state.epoch, state.flushes.last))
