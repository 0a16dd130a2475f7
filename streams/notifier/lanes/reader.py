"""Reads the topic `alerts` for one lane: all partitions, in the order in which messages were put on the topic."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Collection, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from streams.kafka.gap_report import OffsetFollower
from streams.notifier.notifier_metrics import NotifierMetrics

BATCH = 500
BEHIND_MS = 200
"""How long to wait for the messages of a partition that has some, while others are here already."""
POSITION_SECONDS = 1.0
NEW_LANE_REACH_MS = 86_400_000
"""A lane that is new gets the steps of the last day, not the weeks that the topic holds."""

logger = logging.getLogger(__name__)


class LaneReader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The consumer of one lane. It is the listener of its own subscription.

    `epoch` changes whenever partitions are given or taken, also when the same ones are given again: all that was read
    before and not committed is then read again. 0 until the group has answered.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        metrics: NotifierMetrics,
        *,
        now_ms: int,
        following: OffsetFollower | None = None,
    ) -> None:
        """`consumer` is started and does not commit by itself. `now_ms` is the instant of the start. `following` finds
        messages that were deleted before they were read."""
        self.epoch = 0
        self.ends: Mapping[int, int] | None = None
        """Nothing from these offsets on is read, by partition, and nothing at all of others: for a lane that goes on
        where it was killed. None for no limits."""
        self._consumer = consumer
        self._metrics = metrics
        self._following = following
        self._begin_ms = now_ms - NEW_LANE_REACH_MS
        self._waiting: dict[TopicPartition, deque[ConsumerRecord]] = {}
        self._placed: set[TopicPartition] = set()
        """The partitions that have a committed offset."""

    def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        """See `ConsumerRebalanceListener`."""
        self.epoch += 1
        self._waiting.clear()

    def on_partitions_assigned(self, _: Iterable[TopicPartition]) -> None:
        """See `ConsumerRebalanceListener`."""
        self.epoch += 1
        self._waiting.clear()

    @property
    def partitions(self) -> frozenset[TopicPartition]:
        """All partitions of the topic, or none: another member has them."""
        return frozenset(self._consumer.assignment())

    async def read(self, wait_ms: int) -> list[ConsumerRecord]:
        """The next messages, at most 500, by their time on the topic as far as they are here; in each partition in its
        order. None if there are none within `wait_ms`.

        Raises:
            KafkaError: one that no retry helps against.
        """
        epoch, assigned = self.epoch, self.partitions
        empty = [partition for partition in assigned if not self._waiting.get(partition)]
        if empty or not assigned:
            await self._fetch(empty, await self._patience_ms(empty, wait_ms))
        behind = await self._behind(assigned)
        return self._merged(behind) if epoch == self.epoch else []

    async def _patience_ms(self, empty: list[TopicPartition], wait_ms: int) -> int:
        if not any(self._next_of(partition) for partition in self._waiting):
            return wait_ms
        return BEHIND_MS if await self._behind(empty) else 0

    async def _fetch(self, empty: list[TopicPartition], wait_ms: int) -> None:
        epoch = self.epoch
        batch = await self._consumer.getmany(*empty, timeout_ms=wait_ms, max_records=BATCH)
        for partition in await self._place_new():
            batch.pop(partition, None)  # read again, from its new position
        if epoch != self.epoch:
            await self._give_back(batch)
            return
        if self._following is not None:
            await self._following.look(batch)
        if epoch == self.epoch:
            for partition, messages in batch.items():
                self._waiting.setdefault(partition, deque()).extend(messages)

    async def _give_back(self, batch: Collection[TopicPartition]) -> None:
        """The partitions moved during the fetch, which may be of the time before or after: read again."""
        for partition in self.partitions & set(batch):
            try:
                # `seek_to_committed` has no effect where the committed offset is 0.
                if (offset := await self._consumer.committed(partition)) is not None:
                    self._consumer.seek(partition, offset)
            except IllegalStateError:
                logger.debug("%s has moved on", partition)

    def _merged(self, behind: set[TopicPartition]) -> list[ConsumerRecord]:
        """Of what is here, the earliest first, up to where a partition that is `behind` would have the next one."""
        taken: list[ConsumerRecord] = []
        while len(taken) < BATCH:
            heads = [head for partition in self._waiting if (head := self._next_of(partition)) is not None]
            if not heads:
                break
            first = min(heads, key=lambda head: (head.timestamp, head.partition))
            partition = TopicPartition(first.topic, first.partition)
            taken.append(self._waiting[partition].popleft())
            if not self._waiting[partition] and partition in behind:
                break
        return taken

    def _next_of(self, partition: TopicPartition) -> ConsumerRecord | None:
        waiting = self._waiting.get(partition)
        if not waiting or (self.ends is not None and waiting[0].offset >= self.ends.get(partition.partition, 0)):
            return None
        return waiting[0]

    async def is_at_ends(self) -> bool:
        """Whether everything before `ends` was returned."""
        for partition in self.partitions:
            end, waiting = (self.ends or {}).get(partition.partition, 0), self._waiting.get(partition)
            reached = waiting[0].offset if waiting else await self._position(partition)
            if reached is None or reached < end:
                return False
        return True

    async def _behind(self, partitions: Iterable[TopicPartition]) -> set[TopicPartition]:
        """Those that have messages which were not fetched yet."""
        found = set()
        for partition in partitions:
            end = self._consumer.highwater(partition)
            position = await self._position(partition) if end else None
            if end and position is not None and position < end:
                found.add(partition)
        return found

    async def _position(self, partition: TopicPartition) -> int | None:
        try:
            async with asyncio.timeout(POSITION_SECONDS):
                position: int = await self._consumer.position(partition)
        except (TimeoutError, KafkaError):
            return None
        return position

    async def _place_new(self) -> set[TopicPartition]:
        """Position the partitions for which this lane has no committed offset at one day before our start, and commit
        that, so that a lane whose sink is down for long is not taken for a new one. Returns those partitions.
        """
        unplaced = self.partitions - self._placed
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
            logger.info("%d steps from before this lane existed are not delivered", passed)
            self._metrics.notification("before_route", passed)
        return True

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Commit `offsets`; False if the partitions moved: their new owner reads the rest again."""
        try:
            await self._consumer.commit(dict(offsets))
        except (CommitFailedError, IllegalStateError) as error:
            logger.warning("offsets not committed, the group is rebalancing: %s", error)
            return False
        return True

    async def end_offsets(self) -> dict[TopicPartition, int]:
        """The end of each partition that this lane has, by the broker; by the last fetch when it does not answer."""
        assigned = self.partitions
        ends = {partition: self._consumer.highwater(partition) or 0 for partition in assigned}
        try:
            return ends | (dict(await self._consumer.end_offsets(list(assigned))) if assigned else {})
        except (KafkaError, OSError, ValueError) as error:
            logger.debug("cannot read the end offsets of the topic: %s", error)
            return ends
