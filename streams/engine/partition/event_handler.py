"""How a partition handles a producer's event: find its account, recognise a replay, apply, score again."""

from __future__ import annotations

from alerts.transition import NamedEvent
from scoring.event.event import Rejected
from scoring.fold.fold import Outcome
from scoring.instants import DAY_MS, HOUR_MS
from scoring.state.account import Account
from streams.engine.flush import Forward
from streams.engine.folds.fold import NOTHING_HELD, AlreadyHeld, DecodedEvent
from streams.engine.folds.native_loop import NativeLoop
from streams.engine.partition.forget_handler import is_of_forgotten, refuse, take_replayed
from streams.engine.partition.rescoring import rescore
from streams.engine.partition.state import PartitionState
from streams.engine.partition.timekeeper import advance, visit_first
from streams.engine.stored_account import StoredAccount
from streams.message import Message, arrived_ms, first_origin, own_origin, partition_of_origin, time_of, with_origin
from streams.topics import CONTROL_INDEX, TOPICS, partition_of

LATE_MS = HOUR_MS
"""An event that happened longer than this before it is applied causes a late correction."""
BACKFILL_MS = 2 * DAY_MS
"""An event that happened longer than this before it arrived is history, and its transitions are not notified. Events of
one day that arrive in a batch during the next day are at most this old."""


def take_event(state: PartitionState, topic_index: int, message: Message, now_ms: int) -> bool:
    """Apply one message of an input. False when time could not be advanced to it yet: call again."""
    topic = TOPICS[topic_index]
    time_ms = time_of(message) if message.headers else message.timestamp
    try:
        event = state.fold.decode_event(topic, message.value, time_ms, now_ms, is_plain=not message.headers)
    except Rejected as rejection:
        if not is_of_forgotten(state, topic_index, message):
            state.reject(topic, message, rejection.reason, str(rejection))
        return True
    stored = state.accounts.get(event.account_id)
    if stored is None and (is_taken := _take_unknown(state, topic_index, event, message)) is not None:
        return is_taken
    # A replayed event advances time as it did the first time: accounts whose records were not written depend on it.
    # At the partition's own instant too: after a turn, something may be due at it still.
    if state.clock == "event" and event.occurred_at_ms >= state.as_of_ms and not advance(state, event.occurred_at_ms):
        return False
    if stored is None:  # only now: what time alone causes is no matter of an account that begins with this event
        as_of_ms = max(state.as_of_ms, event.occurred_at_ms) if state.clock == "event" else state.as_of_ms
        stored = _admit(state, event.account_id, as_of_ms)
    if state.timers.walks:
        visit_first(state, stored)
    outcome = _take_known(state, stored, topic_index, event, message, now_ms)
    state.outcomes[topic, outcome] += 1
    state.enter(stored)
    return True


def _take_known(
    state: PartitionState, stored: StoredAccount, topic_index: int, event: DecodedEvent, message: Message, now_ms: int
) -> str:
    """Apply an event of an account of this partition. Returns the outcome."""
    account, offset = stored.hydrate(state.fold), message.offset
    if offset <= stored.applied_offsets[topic_index]:
        return "replayed"
    stored.applied_offsets[topic_index] = offset
    stored.heard_ms = state.as_of_ms
    if message.headers and not event.event_id:
        event = with_origin(state.fold.event_of(event), message)
    outcome = _apply(state, stored, account, event, topic_index, offset)
    if not stored.ahead.is_empty:
        stored.ahead.forget_passed(stored.applied_offsets)
    if outcome is Outcome.DUPLICATE:
        return "duplicate"
    late = event.occurred_at_ms < account.as_of_ms - LATE_MS
    is_history = _is_history(state, event, message, now_ms)
    if not is_history:
        state.arrivals.events[topic_index] += 1
        state.arrivals.latest_ms[topic_index] = now_ms
    judge_event(state, stored, event, offset, "late" if late else "event", is_history=is_history)
    return "expired" if outcome is Outcome.EXPIRED else "late" if late else "applied"


def judge_event(
    state: PartitionState, stored: StoredAccount, event: NamedEvent, offset: int, kind: str, *, is_history: bool
) -> None:
    """Score an account again to which an event was applied, and set its timer. `kind` is that of the cause."""
    account = stored.hydrate(state.fold)
    rescore(state, stored, account, kind, event=event, offset=offset, is_history=is_history)
    if account.next_due * state.plan.resolution_ms < stored.timer_ms:
        state.set_timer(stored)


def _apply(
    state: PartitionState, stored: StoredAccount, account: Account, event: DecodedEvent, topic_index: int, offset: int
) -> Outcome:
    """The step of the fold. State that a torn flush wrote ahead of the account's head is not counted again."""
    arrived_at_ms = state.as_of_ms if state.clock == "wall" else -1
    held = NOTHING_HELD
    if not stored.ahead.is_empty:
        held = AlreadyHeld(*stored.ahead.holds(event.occurred_at_ms // DAY_MS, topic_index, offset))
    return state.fold.apply(account, event, state.as_of_ms, arrived_ms=arrived_at_ms, held=held)


def _is_history(state: PartitionState, event: DecodedEvent, message: Message, now_ms: int) -> bool:
    """Whether an event was old when it arrived. Never under the event clock: it judges each when it happened.

    By `now_ms`, and not the partition's time: that stays behind while many accounts are due.
    """
    return state.clock == "wall" and arrived_ms(message, now_ms) - event.occurred_at_ms > BACKFILL_MS


def _take_unknown(state: PartitionState, topic_index: int, event: DecodedEvent, message: Message) -> bool | None:
    """Take an event whose account is not here: of another partition, or forgotten. None when it begins an account of
    this one, False when a flush or time must come first: call again."""
    if state.forgotten and (gone := state.forgotten.of(event.account_id)) is not None:
        if message.offset <= gone.applied_offsets[topic_index]:
            return take_replayed(state, event, topic_index)
        if not gone.is_lifted:
            refuse(state, state.fold.event_of(event), gone, message)
            return True
        if not state.forgotten.is_settled(event.account_id):
            state.forgotten.awaits_flush = True
            return False
        return None
    key = event.account_id.encode()
    home = partition_of(key, state.partitions)
    if home == state.number:
        return None
    _forward(state, TOPICS[topic_index], message, key, home)
    return True


def begin_natively(state: PartitionState, loop: NativeLoop, account_id: str, as_of_ms: int) -> int | None:
    """Create an account for the loop, which then applies its first event, at this instant of the partition. Returns its
    number in the kernel; None when its message has to take Python's way, as that of one which is here has."""
    if account_id in state.accounts or state.forgotten.of(account_id) is not None:
        return None
    if partition_of(account_id.encode(), state.partitions) != state.number:
        return None
    return loop.begin(_admit(state, account_id, as_of_ms))


def _admit(state: PartitionState, account_id: str, as_of_ms: int) -> StoredAccount:
    """Create an account of this partition, at an instant of it."""
    stored = state.accounts[account_id] = StoredAccount(account_id)
    stored.begin(state.fold, state.fold.begin(as_of_ms))
    if (gone := state.forgotten.of(account_id)) is not None:
        stored.version, stored.sequence = gone.version, gone.sequence
        stored.applied_offsets = list(gone.applied_offsets)
    stored.created_after_control_offset = state.applied_offsets[CONTROL_INDEX]
    pending = state.norms.pending  # these are not applied yet
    stored.alarm_progress = state.outages.progress(
        pending[0].offset - 1 if pending else state.applied_offsets[CONTROL_INDEX]
    )
    stored.settled_ms = as_of_ms + state.settle_ms if state.clock == "wall" else 0
    state.timers.note_visited(stored)
    return stored


def _forward(state: PartitionState, topic: str, message: Message, key: bytes, home: int) -> None:
    origin = first_origin(message) or own_origin(topic, state.number, message.offset)
    if partition_of_origin(origin, topic) == home:
        # It was forwarded when there were fewer partitions; the original now lies in the right partition itself.
        state.outcomes[topic, "duplicate"] += 1
        return
    value = message.value or b""
    state.forwards.append(Forward(topic, home, key, value, time_of(message), origin))
    state.outcomes[topic, "forwarded"] += 1
