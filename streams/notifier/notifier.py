"""The notifier's loop: reads the topic `alerts` and delivers each step that may be told.

`streams.notifier.process` wires it from settings. `streams.notifier.delivery` says how one message reaches one sink,
and what may happen twice.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from alerts.step import AlertStep
from streams.kafka.gap_report import OffsetFollower
from streams.notifier.delivery import Delivery, NotifierMetrics

POLL_MS = 500
BATCH = 100
LAG_SECONDS = 10.0
NEW_SINK_REACH_MS = 86_400_000
"""A sink that is new gets the notifications of the last day, not the weeks that the topic holds."""

logger = logging.getLogger(__name__)


class Notifier:
    """Reads messages one at a time for one sink, and commits an offset only when its message is finished. Each sink has
    its own notifier and consumer group, so that one that is down blocks no other.

    A message is finished when the sink has accepted the notification, now or before, or refuses it for good; or when it
    is stale or cannot be decoded. Until then all messages after it wait. Nothing is lost: it stays on the topic.

    If a partition is revoked during a wait, both this notifier and the new owner process the message; the claims in
    `DeliveredIds` let only one of them deliver it.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        delivery: Delivery,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        *,
        max_age_ms: int = 0,
        following: OffsetFollower | None = None,
    ) -> None:
        """`consumer` is started and does not commit by itself. A notification is stale if its instant of judgement was
        more than `max_age_ms` before it was put on the topic; 0 means never. The time it has waited since then does not
        count: a sink that was down for a week still gets that week. `following` detects messages that were deleted
        before they were read.
        """
        self._consumer = consumer
        self._delivery = delivery
        self._metrics = metrics
        self._stop = stop
        self._max_age_ms = max_age_ms
        self._decoder = msgspec.json.Decoder(AlertStep)
        self._following = following
        self._begin_ms = time.time_ns() // 1_000_000 - NEW_SINK_REACH_MS
        self._next: dict[TopicPartition, int] = {}
        self._placed: set[TopicPartition] = set()
        """The partitions that have a committed offset."""
        self._uncommitted: set[TopicPartition] = set()

    async def run(self) -> None:
        """Notify until `stop` is set, then return within the time of one attempt (seconds). Raises Kafka's errors that
        no retry helps against. After that, or a kill, everything since the last commit is read again and recognised by
        its id.
        """
        counting = asyncio.create_task(self._report_lag_periodically())
        try:
            await self._run()
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting

    async def _run(self) -> None:
        while not self._stop.is_set():
            batch = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
            for partition in await self._place_new():
                batch.pop(partition, None)  # read again, from its new position
            if self._consumer.assignment():
                self._metrics.ready()
            if self._following is not None:
                await self._following.look(batch)
            self._next.update((partition, messages[0].offset) for partition, messages in batch.items())
            self._report_lag()
            for partition, messages in batch.items():
                await self._take(partition, messages)
            await self._commit()
            if not batch:
                self._metrics.progressed()

    async def _place_new(self) -> set[TopicPartition]:
        """Position the partitions for which this sink has no committed offset at one day before our start, and commit
        that, so that a sink that is down for long is not taken for a new one. Returns those partitions.
        """
        unplaced = self._consumer.assignment() - self._placed
        new = {partition for partition in unplaced if await self._consumer.committed(partition) is None}
        if not new or await self._begin(new):
            self._placed |= unplaced
        return new

    async def _begin(self, new: set[TopicPartition]) -> bool:
        """False if the group rebalanced meanwhile."""
        # Ends first: a message that arrives in between is then found by its time, and not taken for older than a day.
        firsts, ends = await self._consumer.beginning_offsets(new), await self._consumer.end_offsets(new)
        found = await self._consumer.offsets_for_times(dict.fromkeys(new, self._begin_ms))
        begins = {partition: ends[partition] if (at := found[partition]) is None else at.offset for partition in new}
        try:
            for partition, offset in begins.items():
                self._consumer.seek(partition, offset)
            await self._consumer.commit(begins)
        except (CommitFailedError, IllegalStateError) as error:
            logger.warning("cannot position the partitions, the group is rebalancing: %s", error)
            return False
        if passed := sum(begins.values()) - sum(firsts.values()):
            logger.info("%d notifications from before this sink existed are not delivered", passed)
            self._metrics.notification("before_sink", passed)
        return True

    async def _take(self, partition: TopicPartition, messages: Sequence[ConsumerRecord]) -> None:
        for message in messages:
            if self._stop.is_set() or partition not in self._consumer.assignment():
                return
            step = self._read(message)
            if step is not None and not await self._delivery.deliver(step):
                return
            self._next[partition] = message.offset + 1
            self._uncommitted.add(partition)
            self._metrics.progressed()
            # Skipping a message again costs nothing, so its offset can wait for the end of the batch.
            if step is not None:
                await self._commit()

    def _read(self, message: ConsumerRecord) -> AlertStep | None:
        """The notification to deliver; None if it cannot be decoded or is stale. Both are counted."""
        try:
            step = self._decoder.decode(message.value or b"")
            _check_id(step.id)
        # ValueError also covers bytes that are not UTF-8; endless nesting has its own error.
        except (ValueError, RecursionError) as error:
            self._metrics.notification("undecodable")
            place = (message.topic, message.partition, message.offset)
            logger.error("skipped %s[%d]@%d: not an alert step: %s", *place, error)
            return None
        if self._max_age_ms and message.timestamp - step.as_of_ms > self._max_age_ms:
            self._metrics.notification("stale")
            return None
        return step if step.is_told else None

    async def _commit(self) -> None:
        if self._delivery.is_in_doubt:
            self._report_lag()
            return
        ours = self._uncommitted & self._consumer.assignment()
        self._uncommitted.clear()
        if not ours:
            return
        try:
            await self._consumer.commit({partition: self._next[partition] for partition in ours})
        except (CommitFailedError, IllegalStateError) as error:
            # The partitions moved: their new owner reads these messages again and finds that they were delivered.
            logger.warning("offsets not committed, the group is rebalancing: %s", error)
        self._report_lag()

    async def _report_lag_periodically(self) -> None:
        """Keep the lag correct during a wait of hours, in which nothing is fetched."""
        while True:
            await asyncio.sleep(LAG_SECONDS)
            try:
                ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
            except (KafkaError, OSError, ValueError) as error:  # no partitions, or no broker, at the moment
                logger.debug("cannot read the end offsets of the topic: %s", error)
            else:
                self._report_lag(ends)

    def _report_lag(self, ends: Mapping[TopicPartition, int] | None = None) -> None:
        assigned = self._consumer.assignment()
        # While another notifier reads a partition, our position in it is out of date.
        self._next = {partition: offset for partition, offset in self._next.items() if partition in assigned}
        lag: dict[tuple[str, int], int] = {}
        for partition in assigned:
            end = max((ends or {}).get(partition, 0), self._consumer.highwater(partition) or 0)
            lag[partition.topic, partition.partition] = max(0, end - self._next.get(partition, end))
        self._metrics.lag(lag)


def _check_id(notification_id: str) -> None:
    """Check that an id is a hash. It becomes a Redis key and an HTTP header; anything else is not our message."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,128}", notification_id):
        raise ValueError(f"its id {notification_id[:40]!r} is no hash")
