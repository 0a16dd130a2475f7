"""The projector: copies the topics `scores` and `models` into the read model, and fills it again when it was lost.

What the read model has beyond the current answers (closes, movements) is made from one answer after the other, and
`scores` does not keep them all: so it is written to `history` as well, and read back from there.

How far each partition has been copied is kept in the read model itself, in the same step as the answers. So the two
cannot disagree: a crash between a write and a commit, a Redis that was emptied, or one that came back from an older
snapshot, all show as a smaller progress, and the projector reads on from exactly there. The offsets committed to
Kafka follow the writes; they serve lag tools, and distinguish a re-created topic from the known one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError

from streams.kafka.gap_report import GapReport
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.history_log import HistoryLog
from streams.read_model.messages import changes_in, models_of
from streams.read_model.models import ModelShelf
from streams.read_model.offsets import commit, ends_of, starts_of
from streams.read_model.port import Batch, ReadModel, ReadModelBroken, ReadModelUnavailable, WritesLost
from streams.read_model.restoring import HistoryShelf
from streams.read_model.state import ReadModelState
from streams.topics import SCORES

log = logging.getLogger(__name__)

POLL_MS = 500
BATCH_MESSAGES = 2_000
VERIFY_EVERY_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0


class Projector(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The loop. `_next` has, for each partition that is placed, the offset at which the next batch begins.

    Only the loop adds to `_next`, and only after reading the progress; the rebalance callbacks, which run between
    any two awaits of the loop, empty it. So a batch of a partition that has meanwhile been given away, or come back
    at another position, is never taken for the one that was asked for.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        shelf: ModelShelf,
        model: ReadModel,
        metrics: ProjectorMetrics,
        history: HistoryLog,
    ) -> None:
        self._consumer: Final = consumer
        self._history: Final = HistoryShelf(history, shelf, model, metrics)
        self._shelf: Final = shelf
        self._model: Final = model
        self._metrics: Final = metrics
        self._gap_report: Final = GapReport(metrics)
        self._next: dict[TopicPartition, int] = {}
        self._rebalances = 0
        self._verify_at = 0.0
        self._is_policy_known = False

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """All partitions go, and may come back. A write under way is harmless: its new owner reads the same progress,
        and the read model keeps the greatest version.
        """
        self._rebalances += 1
        self._next.clear()

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """The loop places them: a callback that waited for Redis would hold up the group while Redis is down."""
        self._rebalances += 1
        self._next.clear()

    async def run(self, stop: asyncio.Event) -> None:
        """Step until `stop` is set. A read model that does not answer costs the placing of all partitions and a
        pause, which doubles up to 5 s; the group goes on, since heartbeats do not wait for us.
        """
        pause_seconds = FIRST_RETRY_SECONDS
        while not stop.is_set():
            try:
                await self._step()
            except ReadModelUnavailable as error:
                log.warning("%s Nothing is lost: retry in %.1f s.", error, pause_seconds)
                self._metrics.waiting(str(error))
                self._next.clear()
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, LONGEST_RETRY_SECONDS)
            else:
                pause_seconds = FIRST_RETRY_SECONDS

    async def _step(self) -> None:
        try:
            await self._copy()
        except ReadModelBroken as error:
            await self._heal(str(error))

    async def _copy(self) -> None:
        await self._place()
        fetched = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MESSAGES)
        written: dict[TopicPartition, int] = {}
        for partition, messages in fetched.items():
            if partition in self._next and await self._project(partition, messages, messages[-1].offset + 1):
                written[partition] = messages[-1].offset + 1
        if written:
            await commit(self._consumer, written)
        await self._verify()
        self._report(has_written=bool(written))

    async def _place(self) -> None:
        """Put each partition that is new to us where the read model's progress ends.

        No progress means the beginning. A progress without any committed offset belongs to another topic of the same
        name (a broker that lost its data): its versions cannot be compared with ours, so the read model is cleared. To
        keep that sign reliable, offset 0 is committed before the first write.
        """
        rebalances = self._rebalances
        new = [partition for partition in self._consumer.assignment() if partition not in self._next]
        if not new:
            return
        progress = await self._model.progress()
        committed = {partition: await self._consumer.committed(partition) for partition in new}
        unknown = [partition for partition in new if committed[partition] is None]
        if any(partition.partition in progress for partition in unknown):
            log.warning("The read model holds the answers of an earlier topic: it is cleared and filled again.")
            await self._model.clear()
            self._shelf.lost()
            self._next.clear()
            return
        held = {partition: progress.get(partition.partition, 0) for partition in new}
        uncommitted = {each: end for each, end in held.items() if committed[each] is None or committed[each] < end}
        if uncommitted and not await commit(self._consumer, uncommitted):
            return
        # Until all current messages are copied, readers report that the read model is being filled.
        await self._model.expect(
            {partition.partition: end for partition, end in (await ends_of(self._consumer, new)).items()}
        )
        for partition in new:
            await self._history.place(partition.partition, progress, committed[partition] or 0)
        starts = await starts_of(self._consumer, new)
        if rebalances == self._rebalances:
            for partition in new:
                # Compaction leaves the beginning of a log where it is: what lies before it was deleted.
                start = starts.get(partition, 0)
                if held[partition] < start:
                    span = (start - held[partition], held[partition], start - 1)
                    self._gap_report.lost(SCORES, partition.partition, span)
                self._seek(partition, held[partition], committed[partition] or 0)
            self._metrics.ready()

    def _seek(self, partition: TopicPartition, held: int, committed: int) -> None:
        if held < committed:
            log.warning(
                "The read model lost partition %d from offset %d on: reading it again.", partition.partition, held
            )
            self._metrics.rebuild()
        self._consumer.seek(partition, held)
        self._next[partition] = held

    async def _project(self, partition: TopicPartition, messages: Sequence[Any], end: int) -> bool:
        """Write one partition's messages, all up to `end`; False when the read model has lost what came before them."""
        changes = changes_in(messages, partial(self._metrics.projected, "malformed", 1))
        await self._shelf.hold(models_of(change.answer for change in changes))
        if partition not in self._next:  # a rebalance came while models were read
            return False
        batch = Batch(
            partition=partition.partition,
            start=self._next[partition],
            end=end,
            changes=changes,
            recorded=self._history.recorded(partition.partition),
        )
        try:
            written = await self._model.write(batch)
        except WritesLost:
            self._shelf.lost()
            self._next.pop(partition, None)
            return False
        for outcome in written.__struct_fields__:
            self._metrics.projected(outcome, getattr(written, outcome))
        if partition in self._next:
            self._next[partition] = end
        return True

    async def _verify(self) -> None:
        """Check, at most once a second, that the read model still holds all written data: without new messages no write
        would detect a loss. A single lost key (evicted, expired, deleted) shows as a difference from the other counts.
        """
        if time.monotonic() < self._verify_at:
            return
        self._verify_at = time.monotonic() + VERIFY_EVERY_SECONDS
        if not self._is_policy_known:
            if words := await self._model.policy_warning():
                log.warning(words)
            self._is_policy_known = True
        state = await self._model.state()
        if state.fault:
            await self._heal(f"The read model is broken: {state.fault}.")
            return
        await self._shelf.keep(state.models)
        lost = [partition for partition, end in self._next.items() if state.held.get(partition.partition, 0) < end]
        for partition in lost:
            del self._next[partition]
        await self._pass_over(state)
        await self._model.heard_of([partition.partition for partition in self._next], int(time.time() * 1_000))

    async def _heal(self, words: str) -> None:
        """Clear everything and read it again from the topic: the projectors of other partitions find theirs lost."""
        log.warning("%s It is cleared, and filled again from %s.", words, SCORES)
        self._metrics.rebuild()
        ends = await ends_of(self._consumer, list(self._next))
        self._next.clear()
        await self._model.clear({partition.partition: end for partition, end in ends.items()})
        self._shelf.lost()

    async def _pass_over(self, state: ReadModelState) -> None:
        """Offsets without a message (compacted, or a transaction's) never come; once passed, nothing is missing."""
        for partition, end in list(self._next.items()):
            if end < state.ends.get(partition.partition, 0):
                with suppress(IllegalStateError):  # a rebalance has taken it
                    position = await self._consumer.position(partition)
                    if position > end:
                        await self._project(partition, [], position)

    def _report(self, *, has_written: bool) -> None:
        lag = {
            (partition.topic, partition.partition): max(0, (self._consumer.highwater(partition) or 0) - end)
            for partition, end in self._next.items()
        }
        self._metrics.lag(lag)
        if has_written or not any(lag.values()):
            self._metrics.progressed()
