"""Reports messages that a reader could not read: once in the log, as a metric, and in `/healthz`.

`streams.kafka.lost_messages` names the lost messages. This module asks the brokers, through the owner of the consumer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.lost_messages import Gaps, Losses, Place, Stalls, loss_text

ASK_EVERY_SECONDS = 1.0
POSITION_SECONDS = 1.0
LOG_EVERY_SECONDS = 60.0
"""How often the losses of one topic are logged. The metric counts every loss at once."""
_LOG = logging.getLogger(__name__)

Starts = Callable[[Collection[Place]], Awaitable[Mapping[Place, int]]]
"""Asks for the first offset that still exists, by place.

Raises:
    KafkaError: when the broker does not answer now.
"""


class LossMetrics(Protocol):
    """The metrics that it writes; see `streams.operations.metrics.ProcessMetrics`."""

    def lost(self, topic: str, count: int, /) -> None: ...

    def notice(self, about: str, words: str, /) -> None: ...


class GapReport:
    """The messages that one process could not read. All methods belong to one event loop. A place is (topic,
    partition)."""

    def __init__(self, metrics: LossMetrics) -> None:
        self._metrics = metrics
        self._gaps = Gaps()
        self._losses = Losses()
        self._stalls = Stalls()
        self._ask_at = 0.0
        self._logged_at: dict[str, float] = {}

    def passed(self, place: Place, expected: int, found: int) -> None:
        """Reading continued at `found` where `expected` was due. No effect where they are equal."""
        if found > expected:
            self._gaps.note(place, expected, found)

    def seek(self) -> None:
        """Forget the gaps: reading starts again from another offset."""
        self._gaps.clear()

    async def settle(self, starts: Starts) -> None:
        """Find out which gaps are losses, at most once a second. What the broker cannot answer now is asked later."""
        places, now = self._gaps.places(), time.monotonic()
        if not places or now < self._ask_at:
            return
        self._ask_at = now + ASK_EVERY_SECONDS
        try:
            found = await starts(places)
        except KafkaError as error:
            _LOG.debug("cannot ask for the first offsets of %s now (%r)", places, error)
            return
        for (topic, partition), lost in self._gaps.settle(found).items():
            self.lost(topic, partition, lost)

    def lost(self, topic: str, partition: int, lost: tuple[int, int, int]) -> None:
        """Count and report `lost`: (messages, first and last offset) that were deleted before they were read."""
        self._metrics.lost(topic, lost[0])
        self._losses.add(topic, lost[0])
        self._metrics.notice("lost", self._losses.text())
        now = time.monotonic()
        if now - self._logged_at.get(topic, -LOG_EVERY_SECONDS) >= LOG_EVERY_SECONDS:
            self._logged_at[topic] = now
            _LOG.error("%s", loss_text(topic, partition, lost))

    def unreadable(self, behind: Mapping[Place, int]) -> set[Place]:
        """The partitions whose messages cannot be read. Reports them; they are no reason to restart the process.
        `behind` is the next offset to read of each partition that has messages and returns none."""
        stalled, new = self._stalls.observe(behind, time.monotonic())
        for topic, partition in sorted(new):
            _LOG.warning(
                "%s, partition %d: messages from offset %d on cannot be read: check that the partition has a leader, "
                "and what aiokafka logs", topic, partition, behind[topic, partition],
            )  # fmt: skip
        names = ", ".join(f"{topic}/{partition}" for topic, partition in sorted(stalled))
        self._metrics.notice("unreadable", f"Messages are waiting and cannot be read: {names}." if names else "")
        return stalled


class OffsetFollower:
    """Compares what a group's consumer returns with the offsets that were due, from the committed offset on."""

    def __init__(
        self, consumer: AIOKafkaConsumer, gap_report: GapReport, topic: str, *, begins_at_zero: bool = True
    ) -> None:
        """`topic` is the logical name of the one topic that the consumer reads. Of a topic of others, a group that has
        committed nothing yet reads what there is: then `begins_at_zero` is false, and nothing before that is lost."""
        self._topic = topic
        self._begins_at_zero = begins_at_zero
        self._named: dict[Place, TopicPartition] = {}
        self._consumer = consumer
        self._gap_report = gap_report
        self._next: dict[TopicPartition, int] = {}

    async def look(self, batch: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        """Find what is missing before, or instead of, the messages of a fetch. May ask the brokers.

        Raises:
            KafkaError: when the committed offsets cannot be read.
        """
        assigned = self._consumer.assignment()
        self._next = {partition: next_ for partition, next_ in self._next.items() if partition in assigned}
        for partition in assigned:
            messages = batch.get(partition)
            if partition not in self._next:
                due = await self._consumer.committed(partition)
                if due is None and not self._begins_at_zero:
                    if not messages:
                        continue
                    due = messages[0].offset
                self._next[partition] = due or 0
            expected = self._next[partition]
            found = messages[0].offset if messages else await self._position(partition, expected)
            place = self._topic, partition.partition
            self._named[place] = partition
            self._gap_report.passed(place, expected, found)
            self._next[partition] = messages[-1].offset + 1 if messages else max(found, expected)
        await self._gap_report.settle(self._starts)

    async def _position(self, partition: TopicPartition, expected: int) -> int:
        if self._consumer.highwater(partition) is None:  # nothing was fetched yet
            return expected
        try:
            async with asyncio.timeout(POSITION_SECONDS):
                position: int = await self._consumer.position(partition)
        except (TimeoutError, KafkaError):
            return expected
        return position

    async def _starts(self, places: Collection[Place]) -> dict[Place, int]:
        found = await self._consumer.beginning_offsets([self._named[place] for place in places])
        return {(self._topic, partition.partition): start for partition, start in found.items()}
