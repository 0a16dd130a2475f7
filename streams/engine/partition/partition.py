"""One partition of accounts: messages in, state and outputs out. No I/O and no clock; the engine drives it.

Four rules keep it exact. A record carries the offsets it has applied, so a replay is recognised account by account. A
flush is taken in one step, so state and offsets belong together. After a crash the outputs of a flush are found in the
records that it wrote (`OpaquePart.outbox`, `PartitionRecord.outbox`). Walks over all accounts run in bounded turns
(`timekeeper`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from streams.arrivals import Arrivals
from streams.changelog import records
from streams.changelog.record_types import Walk
from streams.control.messages import NormDue, encode_control
from streams.engine.flush import Flush
from streams.engine.inputs.topic_buffer import RUN_MAX
from streams.engine.partition import control_handlers, flush_builder, restore, timekeeper
from streams.engine.partition.event_handler import take_event
from streams.engine.partition.message_run import may_run, take_natively
from streams.engine.partition.state import PartitionState
from streams.kernel.inputs import new_inputs
from streams.kernel.worker import Stop
from streams.message import Message
from streams.topics import CONTROL_INDEX

if TYPE_CHECKING:
    from streams.kernel.inputs import Inputs

STOPS_MAX = 50
"""How many messages that need Python one call of `take_inputs` takes: each lasts as long as many others, and the event
loop should not be held for long."""


class Partition(PartitionState):
    """The accounts of one partition and their pending writes."""

    # --- messages

    def process(self, topic_index: int, messages: Sequence[Message], now_ms: int) -> int:
        """Apply messages of one topic in offset order. Returns how many.

        Fewer than given means: flush when it `is_backpressured`, and call again with the rest.
        """
        for taken, message in enumerate(messages):
            if not self._take_one(topic_index, message, now_ms):
                return taken
        return len(messages)

    @property
    def takes_natively(self) -> bool:
        """Whether `take_inputs` may be called now."""
        return self.loop is not None and may_run(self)

    def new_inputs(self) -> Inputs | None:
        """What `take_inputs` takes messages of; None where it never may be called."""
        return None if self.loop is None else new_inputs()

    def take_inputs(self, inputs: Inputs, last_ms: int, now_ms: int) -> int:
        """Take messages of the inputs, none later than `last_ms`, until one of them has no more: natively, but for
        those that need Python. Returns how many; fewer than there are as from `process`, after `RUN_MAX`, and after
        `STOPS_MAX` that needed Python.
        """
        taken = stops = 0
        while self.loop is not None and self.takes_natively and not self.is_backpressured:
            if taken >= RUN_MAX or stops >= STOPS_MAX:
                break
            stopped = take_natively(self, self.loop, inputs, last_ms, RUN_MAX - taken, now_ms)
            taken += stopped.taken
            if stopped.why == Stop.END:
                break
            if stopped.message is None:
                continue
            stops += 1
            if stopped.why != Stop.NOTABLE:
                if not self._take_one(stopped.topic_index, stopped.message, now_ms):
                    break
                inputs.take(stopped.topic_index, 1)
                taken += 1
            if not inputs.head(stopped.topic_index)[0]:
                break
        return taken

    def pass_over(self, topic_index: int, offset: int) -> None:
        """Note that nothing more can be read of a topic up to `offset`: unread messages were deleted, or their
        transaction was aborted. Call only when all messages that were read are applied."""
        self.taken[topic_index] = max(self.taken[topic_index], offset)
        self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], offset)

    def _take_one(self, topic_index: int, message: Message, now_ms: int) -> bool:
        """Take one message. False when something has to come first: a flush, a walk, or what is due before it."""
        waits_for_walk = self.timers.walks and (topic_index == CONTROL_INDEX or self.clock == "event")
        if (waits_for_walk and not timekeeper.run_walk(self)) or self.is_backpressured:
            return False
        if not self._take(topic_index, message, now_ms):
            return False
        self.note_offset(topic_index, message.offset)
        return True

    def _take(self, topic_index: int, message: Message, now_ms: int) -> bool:
        if topic_index == CONTROL_INDEX:
            return control_handlers.take_control(self, message, now_ms)
        return take_event(self, topic_index, message, now_ms)

    # --- time

    def advance(self, as_of_ms: int) -> bool:
        """Advance time to `as_of_ms` and fire every due account timer, each at its own due time.

        False before all is done: after a bounded turn, and when it `is_backpressured`. Call again.
        """
        timekeeper.dehydrate_idle(self)
        return timekeeper.advance(self, as_of_ms)

    def run_walk(self) -> bool:
        """Run one bounded turn of the walk over all accounts: for a declared tick, a norm or another model. True when
        there is no walk; False also when it `is_backpressured`."""
        timekeeper.dehydrate_idle(self)
        return timekeeper.run_walk(self)

    @property
    def is_walking(self) -> bool:
        """Whether a walk over all accounts is under way."""
        return bool(self.timers.walks)

    @property
    def pending_ms(self) -> int:
        """The instant of the first message deferred while a norm was awaited, 0 for none.

        It comes after every event that is not later: then call `take_pending`, but not while a norm is awaited.
        """
        return self.norms.pending_ms

    def take_pending(self) -> bool:
        """Apply the first deferred message. False when time could not be advanced to it yet: see `advance`."""
        return timekeeper.run_walk(self) and control_handlers.take_pending(self)

    @property
    def awaiting_norm_ms(self) -> int:
        """The declared instant whose norm is awaited, 0 when none is."""
        return self.norms.awaiting_ms

    def ask_for_norm(self, instant_ms: int) -> None:
        """Request a cohort norm for `instant_ms`: asks every partition for its part through its control log."""
        due = encode_control(NormDue(instant_ms=instant_ms))
        self.send_control((partition, due) for partition in range(self.partitions))

    def compute_next_forecast(self) -> bool:
        """Compute one account's forecast, to be sent with its next answer. False when none is needed now."""
        if self.norms.awaiting_ms or self.timers.walks:
            return False
        if (stored := self.forecasts.work_one(self.accounts, self.scorer.norm)) is None:
            return False
        stored.version += 1  # the read model accepts only newer versions; the written state has not changed
        self.pending.add_answer(stored)
        return True

    def take_arrivals(self, now_ms: int) -> Arrivals | None:
        """The message for the guard about what arrived since the last one, None when none is due."""
        return self.arrivals.take(now_ms, sum(self.scorer.ledger.tier_accounts))

    # --- flushes

    @property
    def has_pending(self) -> bool:
        """Whether a flush would write anything besides offsets."""
        outputs = self.dead_letters or self.forwards or self.controls or self.prepared.alerts
        return bool(
            self.pending or self.prepared.changelog or outputs or self.must_write_record or self.forgotten.has_unwritten
        )

    @property
    def has_transitions(self) -> bool:
        """Whether some account has changed tier: `take_transitions` writes it at once."""
        return bool(self.pending.transitioned)

    def take_transitions(self, now_ms: int) -> Flush:
        """A flush of only the accounts that changed tier: no others, and no offsets.

        After a crash these accounts are ahead of the others, as after a flush that was torn between accounts.
        """
        return flush_builder.take_transitions(self, now_ms)

    @property
    def accounts_to_write(self) -> int:
        """The number of accounts that wait for a flush, also those whose answer is not due yet."""
        return flush_builder.accounts_to_write(self)

    def prepare_part(self, now_ms: int) -> None:
        """Prepare at most `PART_ACCOUNTS` accounts for the next `take_flush`, so that no call takes long."""
        flush_builder.prepare_part(self, now_ms)

    def take_flush(self, now_ms: int) -> Flush:
        """A flush of all prepared and pending writes: state, outputs and offsets that belong together.

        `now_ms` only paces answers: at most one a second for an account, but at once with a transition.
        """
        return flush_builder.take_flush(self, now_ms)

    def confirm(self, flush: Flush) -> None:
        """Note that all of `flush` is acknowledged: nothing of it has to be sent again after a crash."""
        flush_builder.confirm(self, flush)

    # --- restore

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Restore the state that a changelog holds. Returns the number of records kept.

        Of two records of a key the one with the greater rank wins, in any order. Outputs that the last flush may not
        have sent are queued again: the same bytes under the same ids.
        """
        return self.restore_kept(records.greatest(pairs))

    def restore_kept(self, kept: dict[bytes, bytes], overtaken: Collection[bytes] = ()) -> int:
        """Like `restore`, from the greatest record of each key. Records under the keys `overtaken` are written again: a
        lesser record came after them, and compaction would keep only that one."""
        number = len(kept)
        restore.restore(self, kept)
        self.write_again(overtaken)
        return number

    def write_again(self, keys: Collection[bytes]) -> int:
        """Queue the accounts of these records to be written again as a whole. Returns the number of accounts."""
        return restore.write_again(self, keys)

    def remove_answers_again(self) -> None:
        """See `ForgottenAccounts.remove_answers_again`."""
        self.forgotten.remove_answers_again()

    def answer_all_again(self) -> None:
        """Send all answers again, because their topic was re-created."""
        timekeeper.begin_walk(self, Walk(timekeeper.ANSWERS, self.as_of_ms))
