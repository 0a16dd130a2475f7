"""One partition of accounts: messages in, state and outputs out. No I/O and no clock; the engine drives it.

The rules that keep it exact: a record carries the offsets it has applied, so a replay is recognised account by account;
a flush is taken in one step, so state and offsets belong together; what a flush hands out is found again after a crash
in the records that it wrote (`Head.outbox`, `PartitionRecord.outbox`); and nothing walks over all accounts but in turns
(`timekeeper`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from streams.changelog import records
from streams.changelog.record_types import Walk
from streams.control.messages import NormDue, encode_control
from streams.engine.flush import Flush
from streams.engine.partition import control_handlers, flush_builder, restore, timekeeper
from streams.engine.partition.event_handler import take_event
from streams.engine.partition.state import PartitionState
from streams.message import Message
from streams.topics import CONTROL_INDEX


class Partition(PartitionState):
    """The accounts of one partition, and what is to be written of them."""

    # --- messages

    def process(self, topic_index: int, messages: Sequence[Message], now_ms: int) -> int:
        """Apply messages of one topic in offset order. Returns how many.

        Fewer than given means: flush when it `is_backpressured`, and call again with the rest.
        """
        is_control = topic_index == CONTROL_INDEX
        for taken, message in enumerate(messages):
            waits_for_walk = self.timers.walks and (is_control or self.clock == "event")
            if (waits_for_walk and not timekeeper.run_walk(self)) or self.is_backpressured:
                return taken
            if not self._take(topic_index, message, now_ms):
                return taken
            self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], message.offset)
            self.taken[topic_index] = message.offset
        return len(messages)

    def pass_over(self, topic_index: int, offset: int) -> None:
        """There is nothing more to be read of a topic up to `offset`: what was not read was deleted, or taken back by a
        transaction. Only when all that was read is taken in."""
        self.taken[topic_index] = max(self.taken[topic_index], offset)
        self.applied_offsets[topic_index] = max(self.applied_offsets[topic_index], offset)

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
        """One bounded turn of what concerns all accounts: a declared tick, a norm, another model. True when there is
        nothing of it; False when it `is_backpressured`, too."""
        timekeeper.dehydrate_idle(self)
        return timekeeper.run_walk(self)

    @property
    def is_walking(self) -> bool:
        """Whether something that concerns all accounts has begun and not ended."""
        return bool(self.timers.walks)

    @property
    def pending_ms(self) -> int:
        """The instant of the first message that was put off while a norm was awaited, 0 when there is none.

        Its turn comes after every event that is not later: ask `take_pending` then, and not while a norm is awaited.
        """
        return self.norms.pending_ms

    def take_pending(self) -> bool:
        """Apply the first message that was put off. False when time could not be moved up to it yet: see `advance`."""
        return timekeeper.run_walk(self) and control_handlers.take_pending(self)

    @property
    def awaiting_norm_ms(self) -> int:
        """The declared instant whose norm is awaited, 0 when none is."""
        return self.norms.awaiting_ms

    def ask_for_norm(self, instant_ms: int) -> None:
        """Have a cohort norm made for `instant_ms`: every partition is asked for its part through its control log."""
        due = encode_control(NormDue(instant_ms=instant_ms))
        self.send_control((partition, due) for partition in range(self.partitions))

    def compute_next_forecast(self) -> bool:
        """Compute one account's forecast, which goes out with its next answer. False when none is wanted now."""
        if self.norms.awaiting_ms or self.timers.walks:
            return False
        if (stored := self.forecasts.work_one(self.scorer.norm)) is None:
            return False
        stored.version += 1  # the read model takes only what is newer; the state itself is as it was written
        self.pending.add_answer(stored)
        return True

    # --- flushes

    @property
    def has_pending(self) -> bool:
        """Whether a flush would write anything beside offsets."""
        outputs = self.dead_letters or self.forwards or self.controls
        return bool(self.pending or self.prepared.changelog or outputs or self.must_write_record)

    @property
    def has_transitions(self) -> bool:
        """Whether some account has changed its tier: `take_transitions` writes it at once."""
        return bool(self.pending.transitioned)

    def take_transitions(self, now_ms: int) -> Flush:
        """The accounts that changed their tier, and no more: not the rest, and no offsets.

        A crash after it finds these accounts ahead of the others, as after a flush that was torn between accounts.
        """
        return flush_builder.take_transitions(self, now_ms)

    @property
    def parts_of_flush(self) -> int:
        """How many times `prepare_part` should be called before `take_flush`, so that no step is long."""
        return flush_builder.parts_of_flush(self)

    def prepare_part(self, now_ms: int) -> None:
        """Prepare a bounded part of what `take_flush` takes."""
        flush_builder.prepare_part(self, now_ms)

    def take_flush(self, now_ms: int) -> Flush:
        """Everything that was prepared or waits to be written: state, outputs and offsets that belong together.

        `now_ms` only paces answers: at most one a second an account, but at once with a transition.
        """
        return flush_builder.take_flush(self, now_ms)

    def confirm(self, flush: Flush) -> None:
        """All of `flush` was acknowledged: nothing of it has to be sent again after a crash."""
        flush_builder.confirm(self, flush)

    # --- restore

    def restore(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Restore the state that a changelog holds. Returns the number of records kept.

        Of two records of a key the one of greater rank wins, whatever their order. What the last flush may not have
        sent is queued again: the same bytes under the same ids.
        """
        return self.restore_kept(records.greatest(pairs))

    def restore_kept(self, kept: dict[bytes, bytes], overtaken: Collection[bytes] = ()) -> int:
        """As `restore`, of the greatest record of each key. Those of the keys `overtaken` are written again: a lesser
        record came after them, and compaction would keep that one alone."""
        number = len(kept)
        restore.restore(self, kept)
        self.write_again(overtaken)
        return number

    def write_again(self, keys: Collection[bytes]) -> int:
        """Have whatever these records belong to written once more as a whole. Returns how many accounts that is."""
        return restore.write_again(self, keys)

    def answer_all_again(self) -> None:
        """The topic of the answers was made anew: send all of them."""
        timekeeper.begin_walk(self, Walk(timekeeper.ANSWERS, self.as_of_ms))
