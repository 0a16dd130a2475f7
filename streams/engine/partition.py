"""One partition of accounts: messages in, state and outputs out. No I/O and no clock; the lane drives it.

The rules that keep it exact: a record carries the offsets it has applied, so a replay is recognised account by account;
a flush is taken in one step, so state and offsets belong together; what a flush hands out is found again after a crash
in the records that it wrote (`Head.outbox`, `PartitionRecord.outbox`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from heapq import heapify, heappop, heappush

import msgspec

from scoring.event.event import FUTURE_TOLERANCE_MS, Event, Rejected, scoped_id
from scoring.fold.cohort import merge_norms
from scoring.fold.fold import Outcome, advance, apply
from scoring.instants import DAY_MS, FAR, HOUR_MS
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.changelog import records
from streams.changelog.record_types import PartitionRecord, Rank
from streams.clock_kind import ClockKind
from streams.control.messages import (
    Control,
    EndOverride,
    Norm,
    NormDue,
    NormPart,
    SetOverride,
    Tick,
    decode_control,
    encode_control,
)
from streams.control.overrides import Unfit, override_of
from streams.dead_letter import DeadLetter
from streams.engine.flush import Flush, Forward, Pair
from streams.engine.forecast_queue import ForecastQueue
from streams.engine.norms import Norms
from streams.engine.scorer import Scorer
from streams.engine.stored_account import StoredAccount
from streams.message import Message, arrived_ms, dead_letter_of, first_origin, partition_of_origin, time_of, with_origin
from streams.topics import CONTROL_INDEX, TOPICS, origin_of, partition_of

LATE_MS = HOUR_MS
"""An event that happened longer before its judgement than this is a late correction, and is called so."""
BACKFILL_MS = 2 * DAY_MS
"""An event that happened longer before it came in than this is history, and what it changes is no news: a batch of
yesterday's events is at most so old when it comes in during the next day."""
SETTLE_MS = DAY_MS
"""By the wall clock an account's changes of tier are history for so long after its first event: its past may still be
coming in, in any order, and a score of some hours says little."""
OUTBOX_MAX = 16
"""Notifications of one account in one flush: with so many the partition asks for a flush before it goes on."""
ANSWER_EVERY_MS = 1_000
TIMERS_MAX = 500
"""Accounts that wake in one go: at midnight it may be all of them, and others want the loop too."""
IDLE_AFTER_MS = HOUR_MS
"""An account of which nothing was heard for so long is held as bytes, once all of it is written."""


class Partition:
    """The accounts of one partition, and what is to be written of them."""

    def __init__(
        self, number: int, partitions: int, plan: Plan, clock: ClockKind, epoch: int, settle_ms: int = SETTLE_MS
    ) -> None:
        """`settle_ms` is for how long after its first event an account's changes of tier are not told; only by the wall
        clock, since by that of events each is judged at its own time."""
        self.settle_ms = settle_ms
        self.number = number
        self.partitions = partitions
        self.plan = plan
        self.clock = clock
        self.epoch = epoch
        self.accounts: dict[str, StoredAccount] = {}
        self.as_of_ms = 0
        self.scorer = Scorer(number, plan)
        self.norms = Norms(partitions)
        self.applied_offsets = [-1] * len(TOPICS)
        self.taken = [-1] * len(TOPICS)
        """The last offsets taken in since the state was restored: only these may be committed. What lies between the
        last commit and the applied offsets is read again, and what of it must be told (a dead letter, a message to be
        sent on) is told again."""
        self.flush_requested = False
        """A control message waits, or everybody is judged anew: flush now, not at the next second."""
        self.is_backpressured = False
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self._timers: list[tuple[int, str]] = []
        self._dirty: dict[str, StoredAccount] = {}
        self._transitioned: dict[str, StoredAccount] = {}
        """Those of the dirty that changed their tier."""
        self._unanswered: dict[str, StoredAccount] = {}
        self._dead_letters: list[DeadLetter] = []
        self._forwards: list[Forward] = []
        self._controls: list[tuple[int, bytes]] = []
        self._flush = 0
        self._acknowledged_flush = 0
        self._acknowledged_by_epoch: dict[int, int] = {}
        """By epoch, the last emitted flush of each earlier writer that some head is still of."""
        self._forecasts = ForecastQueue(plan)
        self.topic_ids: dict[str, str] = {}
        """The ids of the topics that the state is made from, by plain name; whoever asks the brokers adds to them."""
        self.restored_to = 0
        """Where the changelog ended when the partition was restored from it."""
        self._is_overtaken = False
        """Whether a flush is wanted, since a replaced writer wrote after us."""
        self.has_record = False
        """Whether the partition's own record was found when it was restored."""
        self._epoch_marker: list[list[Pair]] = []
        """The partition's record as it was restored, under the new epoch: the first flush begins with it, so that a
        stale writer's, which comes in later and is further on, is not believed beside our accounts."""

    def process(self, topic_index: int, messages: Sequence[Message], now_ms: int) -> int:
        """Take messages of one topic in, in the order of their offsets; answers how many were taken.

        Fewer than all when `is_backpressured` came up: flush, and go on with the rest; and when many timers are due
        before the next: go on.
        """
        take = self._take_control if topic_index == CONTROL_INDEX else self._take_event
        for taken, message in enumerate(messages):
            if self.is_backpressured:
                return taken
            if take(topic_index, message, now_ms):
                self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], message.offset)
                self.taken[topic_index] = message.offset
            else:
                return taken
        return len(messages)

    def pass_over(self, topic_index: int, offset: int) -> None:
        """There is nothing more to be read of a topic up to `offset`: what was not read was deleted, or taken back by a
        transaction. Only when all that was read is taken in."""
        self.taken[topic_index] = max(self.taken[topic_index], offset)
        self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], offset)

    def advance(self, instant_ms: int) -> bool:
        """Move the partition's instant on, and judge each account whose wake has come at its own exact instant.

        False before all had their turn: when `is_backpressured` came up, flush, and call again; after `TIMERS_MAX` of
        them, call again.
        """
        wakes, left = self._timers, TIMERS_MAX
        while wakes and wakes[0][0] <= instant_ms:
            if self.is_backpressured or not left:
                return False
            left -= 1
            due_at_ms, account_id = heappop(wakes)
            stored = self.accounts[account_id]
            if stored.timer_ms != due_at_ms:
                continue
            account = stored.hydrate(self.plan)
            if advance(self.plan, account, due_at_ms):
                self._rescore(stored, account, "expiry")
            if stored.override is not None and stored.override.until_ms <= due_at_ms:
                stored.override = None
                self._rescore(stored, account, "override")
            self._schedule(stored)
        until_ms = self.scorer.warmup.next_until_ms(self.as_of_ms)
        self.as_of_ms = max(self.as_of_ms, instant_ms)
        if 0 < until_ms <= self.as_of_ms:
            self._answer_all()
        return True

    @property
    def pending_ms(self) -> int:
        """The instant of the first message that was put off while a norm was awaited, 0 when there is none.

        Its turn comes after every event that is not later: ask `take_pending` then, and not while a norm is awaited.
        """
        return self.norms.pending_ms

    def take_pending(self) -> bool:
        """Take in the first message that was put off; False when time could not be moved so far yet: see `advance`."""
        message = self.norms.pending[0]
        if not self._move_on(decode_control(message.value), message):
            return False
        del self.norms.pending[0]
        return True

    @property
    def awaiting_norm_ms(self) -> int:
        """The declared instant whose norm is awaited, 0 when none is."""
        return self.norms.awaiting_ms

    def ask_for_norm(self, instant_ms: int) -> None:
        """Have a cohort norm made for `instant_ms`: every partition is asked for its part through its control log."""
        due = encode_control(NormDue(instant_ms=instant_ms))
        self._send_control((partition, due) for partition in range(self.partitions))

    def compute_next_forecast(self) -> bool:
        """Work out one account's forecast, which goes out with its next answer; False when none is wanted."""
        if self.norms.awaiting_ms or (stored := self._forecasts.work_one(self.scorer.maxima)) is None:
            return False
        stored.version += 1  # the read model takes only what is newer; the state itself is as it was written
        self._unanswered[stored.account_id] = stored
        return True

    @property
    def is_dirty(self) -> bool:
        """Whether a flush would write anything beside offsets."""
        waits = self._dirty or self._unanswered or self._dead_letters or self._forwards or self._controls
        return bool(waits or self._is_overtaken)

    @property
    def has_transitions(self) -> bool:
        """Whether some account has changed its tier: `take_transitions` tells of it at once."""
        return bool(self._transitioned)

    def take_transitions(self, now_ms: int) -> Flush:
        """What is to be written of the accounts that changed their tier, and no more: not the rest, and no offsets.

        A crash after it finds these accounts ahead of the others, as after a flush that was torn between accounts.
        """
        self._flush += 1
        moved = list(self._transitioned.values())
        for stored in moved:
            del self._dirty[stored.account_id]
        changelog, notifications = self._write(moved)
        return Flush(
            partition=self.number,
            number=self._flush,
            changelog=changelog,
            notifications=notifications,
            scores=self._answers(now_ms, moved),
        )

    def take_flush(self, now_ms: int) -> Flush:
        """Everything to be written, taken in one step: state, outputs and offsets that belong together.

        `now_ms` only paces answers: at most one a second an account, but at once with a transition.
        """
        self._flush += 1
        changelog, notifications = self._write(self._dirty.values())
        self._dirty.clear()
        scores = self._answers(now_ms, self._unanswered.values())
        controls, self._controls = self._controls, []
        changelog.append([(records.PARTITION_KEY, self._own_record(controls))])
        flush = Flush(
            partition=self.number,
            number=self._flush,
            changelog=changelog,
            notifications=notifications,
            scores=scores,
            oldest_unanswered_flush=min(
                (stored.flush for stored in self._unanswered.values()), default=self._flush + 1
            ),
            dead_letters=self._dead_letters,
            forwards=self._forwards,
            controls=controls,
            offsets={topic: offset + 1 for topic, offset in zip(TOPICS, self.taken, strict=True) if offset >= 0},
        )
        self._dead_letters, self._forwards = [], []
        self.flush_requested = self._is_overtaken = False
        return flush

    def confirm(self, flush: Flush) -> None:
        """All of `flush` was acknowledged: nothing of it has to be sent again after a crash."""
        self._acknowledged_flush = max(self._acknowledged_flush, min(flush.number, flush.oldest_unanswered_flush - 1))
        heads = (group[-1][0] for group in flush.changelog)
        names = {records.account_of_key(key) for key in heads if key != records.PARTITION_KEY}
        for name in names.union(key.decode() for key, _ in flush.scores):
            self._dehydrate_idle(self.accounts[name])

    def _dehydrate_idle(self, stored: StoredAccount) -> None:
        """Hold an account as bytes again, if nothing more is wanted of it."""
        if stored.heard_ms + IDLE_AFTER_MS > self.as_of_ms or not stored.can_dehydrate:
            return
        name = stored.account_id
        if name not in self._dirty and name not in self._unanswered and not self._forecasts.is_wanted(name):
            stored.dehydrate(self.plan)

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Take up the state that a changelog holds; answers the number of records kept.

        Of two records of a key the one of greater rank wins, whatever their order. What the last flush may not have
        sent is queued again: the same bytes under the same ids.
        """
        return self.restore_kept(records.greatest(pairs))

    def restore_kept(self, kept: dict[bytes, bytes], overtaken: Collection[bytes] = ()) -> int:
        """As `restore`, of the greatest record of each key. Those of the keys `overtaken` are written again: a lesser
        record came after them, and compaction would keep that one alone."""
        number = len(kept)
        self.epoch = max(self.epoch, records.greatest_epoch(kept.values()) + 1)
        own = kept.pop(records.PARTITION_KEY, None)
        record = records.decode_partition(own) if own is not None else None
        if record is not None:
            self._restore_own(record)
        first = record or records.NO_RECORD
        self._epoch_marker = [[(records.PARTITION_KEY, records.encode_partition(first, Rank(self.epoch, first.flush)))]]
        accounts = self.accounts
        for key, value in kept.items():
            account_id = records.account_of_key(key)
            stored = accounts.get(account_id)
            if stored is None:
                stored = accounts[account_id] = StoredAccount(account_id)
            stored.add_record(key, value)
        for account_id in [account_id for account_id, stored in accounts.items() if not stored.has_head]:
            del accounts[account_id]
        is_same_model = record is not None and record.model == self.plan.identity
        for stored in accounts.values():
            self._restore_account(stored, is_same_model=is_same_model)
        epochs = {stored.epoch for stored in accounts.values()}
        self._acknowledged_by_epoch = {
            epoch: flush for epoch, flush in self._acknowledged_by_epoch.items() if epoch in epochs
        }
        heapify(self._timers)
        if accounts and not is_same_model:
            self._rescore_all("model")
        self.write_again(overtaken)
        return number

    def write_again(self, keys: Iterable[bytes]) -> int:
        """Have whatever these records belong to written once more as a whole; answers how many accounts it is."""
        names: set[str] = set()
        for key in keys:
            self._is_overtaken = self.flush_requested = True
            if key == records.PARTITION_KEY or (stored := self.accounts.get(records.account_of_key(key))) is None:
                continue
            stored.hydrate(self.plan)
            stored.write_all_again(key)
            self._dirty[stored.account_id] = stored
            names.add(stored.account_id)
        return len(names)

    def _take_event(self, topic_index: int, message: Message, now_ms: int) -> bool:
        topic = TOPICS[topic_index]
        time_ms = time_of(message) if message.headers else message.timestamp
        try:
            event = self.plan.decoder.decode(topic, message.value, time_ms, now_ms)
        except Rejected as rejection:
            self._reject(topic, message, rejection.reason, str(rejection))
            return True
        stored = self.accounts.get(event.account_id)
        if stored is None and (stored := self._admit(event, message)) is None:
            return True
        # A replayed event moves time as it did the first time: those whose records were not written are judged by it.
        if self.clock == "event" and event.occurred_at_ms > self.as_of_ms and not self.advance(event.occurred_at_ms):
            return False
        account = stored.hydrate(self.plan)
        offset = message.offset
        if offset <= stored.applied_offsets[topic_index]:
            self.outcomes[topic, "replayed"] += 1
            return True
        stored.applied_offsets[topic_index] = offset
        stored.heard_ms = self.as_of_ms
        if message.headers and not event.event_id:
            event = with_origin(event, message)
        origin = origin_of(topic_index, offset)
        arrived_ms = self.as_of_ms if self.clock == "wall" else -1
        if stored.ahead or stored.ahead_blocks or stored.ahead_ids:
            tile, totals = stored.holds(event.occurred_at_ms // DAY_MS, topic_index, offset)
            outcome = apply(
                self.plan,
                account,
                event,
                self.as_of_ms,
                arrived_ms=arrived_ms,
                origin=origin,
                id_is_its_own=bool(event.event_id) and stored.knows_by(scoped_id(event), origin),
                tile_holds_it=tile,
                totals_hold_it=totals,
            )
        else:
            outcome = apply(self.plan, account, event, self.as_of_ms, arrived_ms=arrived_ms, origin=origin)
        if outcome is Outcome.DUPLICATE:
            self.outcomes[topic, "duplicate"] += 1
            return True
        late = event.occurred_at_ms < account.as_of_ms - LATE_MS
        self.outcomes[topic, "expired" if outcome is Outcome.EXPIRED else "late" if late else "applied"] += 1
        kind = "late" if late else "event"
        self._rescore(stored, account, kind, event=event, offset=offset, is_history=self._is_history(event, message))
        if account.next_due * self.plan.resolution_ms < stored.timer_ms:
            self._schedule(stored)
        return True

    def _rescore(
        self,
        stored: StoredAccount,
        account: Account,
        kind: str,
        *,
        event: Event | None = None,
        offset: int = -1,
        author: str = "",
        is_history: bool = False,
    ) -> None:
        """Score again, and note a transition when the tier changed; the rest is told of its cause."""
        # What a person does is news at any time.
        is_told = kind == "override" or not (is_history or self.as_of_ms < stored.settled_ms)
        self._dirty[stored.account_id] = self._unanswered[stored.account_id] = stored
        self._forecasts.touched(stored, account, kind)
        notification = self.scorer.rescore(
            stored, account, self.epoch, kind, event=event, offset=offset, author=author, is_told=is_told
        )
        if notification is not None:
            stored.outbox.append(msgspec.json.encode(notification))
            self._transitioned[stored.account_id] = stored
            self.is_backpressured = self.is_backpressured or len(stored.outbox) >= OUTBOX_MAX

    def _is_history(self, event: Event, message: Message) -> bool:
        """Whether an event was old when it came in. By the clock of events each is judged when it happened."""
        return self.clock == "wall" and arrived_ms(message, self.as_of_ms) - event.occurred_at_ms > BACKFILL_MS

    def _rescore_all(self, kind: str) -> None:
        for stored in self.accounts.values():
            account = stored.hydrate(self.plan)
            advance(self.plan, account, self.as_of_ms)
            self._rescore(stored, account, kind)
            self._schedule(stored)
        self.flush_requested = True

    def answer_all_again(self) -> None:
        """The topic of the answers was made anew: send all of them."""
        for stored in self.accounts.values():
            stored.hydrate(self.plan)
            stored.answered, stored.answered_ms = b"", 0
        self._answer_all()
        self.flush_requested = True

    def _answer_all(self) -> None:
        """Signals that were warming up know all now, which nothing else would tell."""
        for stored in self.accounts.values():
            advance(self.plan, stored.hydrate(self.plan), self.as_of_ms)
            self._dirty[stored.account_id] = self._unanswered[stored.account_id] = stored

    def _take_control(self, topic_index: int, message: Message, now_ms: int) -> bool:
        if message.offset <= self.applied_offsets[topic_index]:
            return True
        try:
            control = decode_control(message.value)
        except ValueError as error:
            self._reject(TOPICS[topic_index], message, "malformed", str(error))
            return True
        if control.instant_ms > now_ms + FUTURE_TOLERANCE_MS:
            self._reject(TOPICS[topic_index], message, "in_the_future", "a control message is ahead of wall time")
            return True
        match control:
            case Tick() | NormDue() | SetOverride() | EndOverride():
                if self.norms.must_wait:
                    self.norms.put_off(message)
                elif not self._move_on(control, message):
                    return False
            case NormPart():
                # Partition 0 alone gets parts; with the last of them the norm is told to all.
                if (norm := self.norms.merge(control)) is not None:
                    body = encode_control(norm)
                    self._send_control((partition, body) for partition in range(self.partitions))
            case Norm():
                self._take_norm(control)
        self.outcomes[TOPICS[topic_index], "applied"] += 1
        return True

    def _move_on(self, control: Control, message: Message) -> bool:
        """Take in a message that moves time; False when it could not be moved so far yet."""
        match control:
            case SetOverride() | EndOverride():
                return self._take_override(control, message)
            case Tick() | NormDue():
                return self._tick(control)
            case _:
                return True

    def _tick(self, tick: Tick | NormDue) -> bool:
        if not self.advance(tick.instant_ms):
            return False
        is_declared = isinstance(tick, Tick) and tick.declare
        if not is_declared and isinstance(tick, Tick):
            return True
        for stored in self.accounts.values():
            account = stored.hydrate(self.plan)
            advance(self.plan, account, tick.instant_ms)
            if is_declared:
                stored.answered, stored.answered_ms = b"", 0
                self._dirty[stored.account_id] = self._unanswered[stored.account_id] = stored
        if self.plan.norm_signals:
            maxima = merge_norms(self.plan.norm_part(stored.hydrate(self.plan)) for stored in self.accounts.values())
            part = NormPart(instant_ms=tick.instant_ms, partition=self.number, maxima=maxima)
            self._send_control([(0, encode_control(part))])
            if self.clock == "event" and self.scorer.norm_as_of_ms < tick.instant_ms:
                self.norms.awaiting_ms = tick.instant_ms
        self.flush_requested = True
        return True

    def _take_norm(self, norm: Norm) -> None:
        self.norms.arrived(norm)
        if norm.instant_ms <= self.scorer.norm_as_of_ms:
            return
        self.scorer.take_norm(norm.instant_ms, norm.maxima)
        for stored in self.accounts.values():
            account = stored.hydrate(self.plan)
            advance(self.plan, account, norm.instant_ms)
            self._rescore(stored, account, "norm")
        self.flush_requested = True

    def _take_override(self, control: SetOverride | EndOverride, message: Message) -> bool:
        """A person sets an account's score, or takes that back; False when time could not be moved so far yet."""
        stored = self.accounts.get(control.account_id)
        if stored is not None:
            stored.hydrate(self.plan)
        # What was refused is refused again when it is replayed, although the account is known by now.
        if stored is None or message.offset <= stored.created_after_control_offset:
            words = f"no account {control.account_id!r} is known here: a score is set when its events have come"
            self._reject(TOPICS[CONTROL_INDEX], message, "no_such_account", words)
            return True
        if self.clock == "event" and not self.advance(control.instant_ms):
            return False
        account = stored.hydrate(self.plan)
        if message.offset <= stored.applied_offsets[CONTROL_INDEX]:
            return True
        advance(self.plan, account, self.as_of_ms)
        try:
            stored.override = override_of(control, account.as_of_ms)
        except Unfit as unfit:
            self._reject(TOPICS[CONTROL_INDEX], message, "invalid", str(unfit))
            return True
        stored.applied_offsets[CONTROL_INDEX] = message.offset
        author = control.author if isinstance(control, EndOverride) else ""
        self._rescore(stored, account, "override", author=author)
        self._schedule(stored)
        return True

    def _admit(self, event: Event, message: Message) -> StoredAccount | None:
        """The stored of an account that is new here; None when the message is not for this partition: it is sent on."""
        key = event.account_id.encode()
        home = partition_of(key, self.partitions)
        if home != self.number:
            origin = first_origin(message) or f"{event.topic}/{self.number}/{message.offset}".encode()
            if partition_of_origin(origin, event.topic) == home:
                # It was sent on when there were fewer partitions, and what it is a copy of lies at home now.
                self.outcomes[event.topic, "duplicate"] += 1
                return None
            value = message.value or b""
            self._forwards.append(Forward(event.topic, home, key, value, time_of(message), origin))
            self.outcomes[event.topic, "forwarded"] += 1
            return None
        stored = self.accounts[event.account_id] = StoredAccount(event.account_id)
        instant_ms = max(self.as_of_ms, event.occurred_at_ms) if self.clock == "event" else self.as_of_ms
        stored.begin(self.plan, Account(self.plan.sizes, instant_ms))
        stored.created_after_control_offset = self.applied_offsets[CONTROL_INDEX]
        stored.settled_ms = self.as_of_ms + self.settle_ms if self.clock == "wall" else 0
        return stored

    def _reject(self, topic: str, message: Message, reason: str, words: str) -> None:
        self.outcomes[topic, f"dead_letter:{reason}"] += 1
        self._dead_letters.append(dead_letter_of(topic, self.number, message, reason, words))

    def _schedule(self, stored: StoredAccount) -> None:
        stored.timer_ms = stored.due_at_ms(self.plan)
        if stored.timer_ms != FAR:
            heappush(self._timers, (stored.timer_ms, stored.account_id))

    def _write(self, accounts: Iterable[StoredAccount]) -> tuple[list[list[Pair]], list[Pair]]:
        """(records, notifications) of these accounts; none of them has anything in its outbox after it."""
        changelog, self._epoch_marker = self._epoch_marker, []
        notifications: list[Pair] = []
        for stored in accounts:
            changelog.append(stored.write(self.plan, self.epoch, self._flush))
            if stored.outbox:
                notifications.extend((stored.account_id.encode(), body) for body in stored.outbox)
                stored.outbox = []
                stored.answered_ms = 0
        self._transitioned.clear()
        self.is_backpressured = False
        return changelog, notifications

    def _answers(self, now_ms: int, wanted: Iterable[StoredAccount]) -> list[Pair]:
        """The answers for these that are due; what is too soon after the last one stays for a later flush.

        While a norm is awaited there are none: they would be of the declared instant, but by the norm before it.
        """
        if self.awaiting_norm_ms:
            return []
        due = [stored for stored in wanted if now_ms - stored.answered_ms >= ANSWER_EVERY_MS]
        scores: list[Pair] = []
        for stored in due:
            del self._unanswered[stored.account_id]
            answer = msgspec.structs.replace(self.scorer.answer(stored, self.epoch), forecast=stored.forecast)
            seen = msgspec.msgpack.encode(
                msgspec.structs.replace(answer, as_of="", as_of_ms=0, generation=0, version=0, applied=())
            )
            if seen != stored.answered:
                stored.answered, stored.answered_ms = seen, now_ms
                scores.append((stored.account_id.encode(), msgspec.json.encode(answer)))
        return scores

    def _send_control(self, messages: Iterable[tuple[int, bytes]]) -> None:
        self._controls.extend(messages)
        self.flush_requested = True

    def _own_record(self, controls: list[tuple[int, bytes]]) -> bytes:
        record = PartitionRecord(
            applied_offsets=list(self.applied_offsets),
            as_of_ms=self.as_of_ms,
            flush=self._flush,
            acknowledged_flushes={**self._acknowledged_by_epoch, self.epoch: self._acknowledged_flush},
            norm_as_of_ms=self.scorer.norm_as_of_ms,
            norm=self.scorer.maxima,
            parts=self.norms.parts,
            outbox=controls,
            awaiting_norm_ms=self.norms.awaiting_ms,
            pending=list(self.norms.pending),
            refused=[each for each in self._dead_letters if each.topic == TOPICS[CONTROL_INDEX]],
            model=self.plan.identity,
            norm_meanings=self.plan.norm_meanings,
            kept=self.scorer.warmup.kept,
            topic_ids=self.topic_ids,
        )
        return records.encode_partition(record, Rank(self.epoch, self._flush))

    def _restore_own(self, own: PartitionRecord) -> None:
        self.applied_offsets = own.applied_offsets
        self.as_of_ms = own.as_of_ms
        self._flush, self._acknowledged_by_epoch = own.flush, own.acknowledged_flushes
        self.has_record, self.topic_ids = True, dict(own.topic_ids)
        self.scorer.take_over(own)
        self._dead_letters.extend(own.refused)
        self.norms.parts, self.norms.awaiting_ms, self.norms.pending = own.parts, own.awaiting_norm_ms, own.pending
        if own.outbox:
            self._send_control(own.outbox)

    def _restore_account(self, stored: StoredAccount, *, is_same_model: bool) -> None:
        self._flush = max(self._flush, stored.flush)
        if stored.flush > self._acknowledged_by_epoch.get(stored.epoch, -1):
            stored.hydrate(self.plan, is_unsent=True)
            self._dirty[stored.account_id] = self._unanswered[stored.account_id] = stored
            self.flush_requested = True
        else:
            stored.pack()
        if stored.timer_ms != FAR:
            self._timers.append((stored.timer_ms, stored.account_id))
        # Under another model the tier's number means another one: everybody is judged anew.
        tier, mrr = (stored.tier, stored.mrr) if is_same_model else (-1, 0.0)
        stored.tier, stored.mrr = -1, 0.0
        self.scorer.gauge(stored, tier, mrr)
