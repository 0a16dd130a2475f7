"""The projector: copies the topic `scores` into the read model, and fills a read model that was lost again.

How far each partition has been copied is kept in the read model itself, in the same step as the answers. So the two
cannot disagree: a crash between a write and a commit, a Redis that was emptied, or one that came back from an older
snapshot, all show as a smaller progress, and the projector reads on from exactly there. The offsets committed to
Kafka follow the writes; they serve lag tools, and tell a topic that was made anew from one that we know.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from redis.exceptions import RedisError

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import GapReport
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.state import ReadModelState
from streams.read_model.store import (
    Batch,
    Change,
    ReadModel,
    ReadModelBroken,
    ReadModelUnavailable,
    RedisReadModel,
    WritesLost,
)
from streams.redis.owner import Lease, lease_of, while_held
from streams.topics import SCORES

log = logging.getLogger(__name__)

POLL_MS = 500
BATCH_MESSAGES = 2_000
VERIFY_EVERY_SECONDS = 1.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0
GRACE_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 1.0
# While Redis is down we do not poll. aiokafka leaves the group of a member that does not poll for this long, and its
# heartbeats run in the background anyway; whether we are stuck is for `/healthz` to say.
POLL_INTERVAL_MS = 24 * 3_600_000
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)


async def run_projector(settings: Settings, *, stop: asyncio.Event, metrics: ProjectorMetrics) -> None:
    """Project until `stop` is set; several projectors share the partitions.

    Redis down stops nothing but the writing: it is asked again, at most every 5 s, for as long as it takes, and
    nothing is committed that was not written. Stopping may happen at any point, since every step can be repeated.

    Raises:
        UserError: when `VITALS_REDIS` is no URL, when another Kafka cluster's projector fills the read model, and what
            `ensure_topics` raises.
        KafkaError: when Kafka refuses us and no retry helps; what was written stays true.
    """
    model = RedisReadModel.open(settings)
    consumer = _consumer(settings)
    try:
        await _until(stop, _run(consumer, model, settings, stop, metrics))
    finally:
        await consumer.stop()
        await model.close()


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it fails or ends, which it does soon after `stop` is set; else, after 2 s, it is cancelled.

    Cancelling comes last since aiokafka loses sight of a connection whose opening is cancelled.
    """
    stopped = asyncio.ensure_future(stop.wait())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=GRACE_SECONDS)
        if working.done():
            working.result()
    finally:
        stopped.cancel()
        # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that comes together with
        # its result, and both clients use it.
        while not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=CANCEL_AGAIN_SECONDS)


def _consumer(settings: Settings) -> AIOKafkaConsumer:
    return new_consumer(
        settings,
        "projector",
        group_id=settings.projector_group,
        auto_offset_reset="earliest",
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        # A join waits for the other members up to the session timeout; the request must outlast it.
        request_timeout_ms=settings.session_timeout_ms + 10_000,
        max_poll_interval_ms=POLL_INTERVAL_MS,
    )


async def _run(
    consumer: AIOKafkaConsumer, model: ReadModel, settings: Settings, stop: asyncio.Event, metrics: ProjectorMetrics
) -> None:
    await ensure_topics(settings, "projector")
    if stop.is_set():
        return
    lease = await lease_of(settings, SCORES)
    try:
        if lease is not None:
            await _take_over(lease, model, metrics)
        await consumer.start()
        projector = _Projector(consumer, model, metrics)
        consumer.subscribe([settings.topic(SCORES)], listener=projector)
        await while_held(lease, projector.run(stop))
    finally:
        if lease is not None:
            await lease.close()


async def _take_over(lease: Lease, model: ReadModel, metrics: ProjectorMetrics) -> None:
    """Take the lease, and clear what another cluster has left. Waits while Redis is down."""
    pause_seconds = FIRST_RETRY_SECONDS
    while True:
        try:
            if await lease.take(metrics.waiting):
                log.warning("The read model was another Kafka cluster's or topic's: it is cleared and filled again.")
                await model.clear()
            await lease.settle()
            return
        except (ReadModelUnavailable, RedisError, OSError) as error:
            log.warning("Redis does not serve (%s): retry in %.1f s.", error, pause_seconds)
            metrics.waiting(f"Redis does not serve ({error}).")
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_RETRY_SECONDS)


class _Projector(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The loop. `_next` has, for each partition that is placed, the offset at which the next batch begins.

    Only the loop adds to `_next`, and only after reading the progress; the rebalance callbacks, which run between
    any two awaits of the loop, empty it. So a batch of a partition that has meanwhile been given away, or come back
    at another position, is never taken for the one that was asked for.
    """

    def __init__(self, consumer: AIOKafkaConsumer, model: ReadModel, metrics: ProjectorMetrics) -> None:
        self._consumer: Final = consumer
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
            await self._commit(written)
        await self._verify()
        self._report(has_written=bool(written))

    async def _place(self) -> None:
        """Put each partition that is new to us where the read model's progress ends.

        No progress means the beginning. A progress without any committed offset belongs to another topic of the same
        name (a broker that began anew): its versions say nothing about ours, so the read model starts anew too. To keep
        that sign clear, the first commit comes before the first write, and says 0.
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
            self._next.clear()
            return
        held = {partition: progress.get(partition.partition, 0) for partition in new}
        uncommitted = {
            partition: offset
            for partition, offset in held.items()
            if committed[partition] is None or committed[partition] < offset
        }
        if uncommitted and not await self._commit(uncommitted):
            return
        # Readers are told that the model is being filled until what is there now is in it.
        await self._model.expect({partition.partition: end for partition, end in (await self._ends(new)).items()})
        starts = await self._starts(new)
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
        changes = self._decode(messages)
        batch = Batch(partition=partition.partition, start=self._next[partition], end=end, changes=changes)
        try:
            written = await self._model.write(batch)
        except WritesLost:
            self._next.pop(partition, None)
            return False
        for outcome in written.__struct_fields__:
            self._metrics.projected(outcome, getattr(written, outcome))
        if partition in self._next:
            self._next[partition] = end
        return True

    def _decode(self, messages: Sequence[Any]) -> list[Change]:
        """What can be read of `messages`. The rest is counted and skipped: it will never become readable."""
        changes = []
        for message in messages:
            try:
                changes.append(_change(message))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                where = f"{message.topic}[{message.partition}] at offset {message.offset}"
                log.warning("Skipped the message on %s, which is no answer: %s", where, error)
                self._metrics.projected("malformed", 1)
        return changes

    async def _commit(self, offsets: dict[TopicPartition, int]) -> bool:
        """Commit; False when Kafka did not take it, as in a rebalance. That loses nothing: see the module."""
        try:
            await self._consumer.commit(offsets)
        except KafkaError as error:
            log.info("Offsets not committed (%s); the next batch's will do.", error)
            return False
        return True

    async def _verify(self) -> None:
        """See, at most once a second, that the read model still holds what was written: when nothing arrives, no
        write would find out. A key that is gone alone (evicted, expired, deleted) shows by what the others count.
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
        lost = [partition for partition, end in self._next.items() if state.held.get(partition.partition, 0) < end]
        for partition in lost:
            del self._next[partition]
        await self._pass_over(state)
        await self._model.heard_of([partition.partition for partition in self._next], int(time.time() * 1_000))

    async def _heal(self, words: str) -> None:
        """Clear everything and read it again from the topic: the projectors of other partitions find theirs lost."""
        log.warning("%s It is cleared, and filled again from %s.", words, SCORES)
        self._metrics.rebuild()
        ends = await self._ends(list(self._next))
        self._next.clear()
        await self._model.clear({partition.partition: end for partition, end in ends.items()})

    async def _pass_over(self, state: ReadModelState) -> None:
        """Offsets without a message (compacted, or a transaction's) never come; once passed, nothing is missing."""
        for partition, end in list(self._next.items()):
            if end < state.ends.get(partition.partition, 0):
                with suppress(IllegalStateError):  # a rebalance has taken it
                    position = await self._consumer.position(partition)
                    if position > end:
                        await self._project(partition, [], position)

    async def _ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where each partition ends now; nothing when Kafka does not say."""
        if not partitions:
            return {}
        try:
            ends: dict[TopicPartition, int] = await self._consumer.end_offsets(partitions)
        except KafkaError as error:
            log.info("Where the topic ends is not known (%s).", error)
            return {}
        return ends

    async def _starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where each partition begins now; nothing when Kafka does not say."""
        try:
            starts: dict[TopicPartition, int] = await self._consumer.beginning_offsets(partitions)
        except KafkaError as error:
            log.info("Where the topic begins is not known (%s).", error)
            return {}
        return starts

    def _report(self, *, has_written: bool) -> None:
        lag = {
            (partition.topic, partition.partition): max(0, (self._consumer.highwater(partition) or 0) - end)
            for partition, end in self._next.items()
        }
        self._metrics.lag(lag)
        if has_written or not any(lag.values()):
            self._metrics.progressed()


def _change(message: Any) -> Change:
    """Raises `msgspec.DecodeError`, `UnicodeDecodeError` or `RecursionError` for what is no answer and no removal."""
    if message.value is not None:
        answer = _SNAPSHOTS.decode(message.value)
        return Change(message.offset, answer.account_id, answer)
    if message.key is None:
        raise msgspec.DecodeError("it has neither a key nor a value")
    return Change(message.offset, message.key.decode(), None)
