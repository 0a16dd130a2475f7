"""What a reader of topics does not find: told once in the log, counted in metrics, and said by `/healthz`.

`streams.kafka.lost_messages` judges; here the brokers are asked, through whoever owns the consumer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from streams.kafka.lost_messages import Gaps, Losses, Place, Stalls, lost_words

ASK_EVERY_SECONDS = 1.0
POSITION_SECONDS = 1.0
TELL_EVERY_SECONDS = 60.0
"""How often one topic's losses go to the log; each is counted at once."""
_LOG = logging.getLogger(__name__)

Starts = Callable[[Collection[Place]], Awaitable[Mapping[Place, int]]]
"""Asks for the first offsets that are still there, by place.

Raises:
    KafkaError: when they cannot be had now.
"""


class LossMetrics(Protocol):
    """What is said of it; see `streams.operations.metrics.ProcessMetrics`."""

    def lost(self, topic: str, count: int, /) -> None: ...

    def notice(self, about: str, words: str, /) -> None: ...


class Missing:
    """What one process does not find. Its methods belong to one event loop; places are (topic, partition)."""

    def __init__(self, metrics: LossMetrics) -> None:
        self._metrics = metrics
        self._gaps = Gaps()
        self._losses = Losses()
        self._stalls = Stalls()
        self._ask_at = 0.0
        self._told_at: dict[str, float] = {}

    def passed(self, place: Place, expected: int, found: int) -> None:
        """Reading went on at `found`, where `expected` was to come; nothing of note where they are equal."""
        if found > expected:
            self._gaps.note(place, expected, found)

    def seek(self) -> None:
        """Reading begins again elsewhere."""
        self._gaps.clear()

    async def settle(self, starts: Starts) -> None:
        """See what of the gaps was lost, at most once a second; what cannot be seen now is seen later."""
        places, now = self._gaps.places(), time.monotonic()
        if not places or now < self._ask_at:
            return
        self._ask_at = now + ASK_EVERY_SECONDS
        try:
            found = await starts(places)
        except KafkaError as error:
            _LOG.debug("the beginnings of %s cannot be had now (%r)", places, error)
            return
        for (topic, partition), lost in self._gaps.settle(found).items():
            self.lost(topic, partition, lost)

    def lost(self, topic: str, partition: int, lost: tuple[int, int, int]) -> None:
        """So many messages, between these offsets, were deleted before they were read."""
        self._metrics.lost(topic, lost[0])
        self._losses.add(topic, lost[0])
        self._metrics.notice("lost", self._losses.words())
        now = time.monotonic()
        if now - self._told_at.get(topic, -TELL_EVERY_SECONDS) >= TELL_EVERY_SECONDS:
            self._told_at[topic] = now
            _LOG.error("%s", lost_words(topic, partition, lost))

    def unreadable(self, behind: Mapping[Place, int]) -> set[Place]:
        """The partitions whose messages cannot be read, which are told of, and no reason to start again. `behind` is
        the next offset to read of each partition that has more and brings nothing."""
        standing, new = self._stalls.observe(behind, time.monotonic())
        for topic, partition in sorted(new):
            _LOG.warning(
                "%s, partition %d: messages wait from offset %d on and cannot be read: see that the partition has a "
                "leader, and what the lines of aiokafka say", topic, partition, behind[topic, partition],
            )  # fmt: skip
        names = ", ".join(f"{topic}/{partition}" for topic, partition in sorted(standing))
        self._metrics.notice("unreadable", f"Messages wait and cannot be read: {names}." if names else "")
        return standing


class Following:
    """Follows what a group's consumer brings, partition by partition, from the committed offset on."""

    def __init__(self, consumer: AIOKafkaConsumer, missing: Missing, topic: str) -> None:
        """`topic` is the plain name of the one topic that it reads."""
        self._topic = topic
        self._named: dict[Place, TopicPartition] = {}
        self._consumer = consumer
        self._missing = missing
        self._next: dict[TopicPartition, int] = {}

    async def look(self, batch: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        """See what is missing before, or instead of, the messages of a fetch. May ask the brokers.

        Raises:
            KafkaError: when committed offsets cannot be had.
        """
        assigned = self._consumer.assignment()
        self._next = {partition: next_ for partition, next_ in self._next.items() if partition in assigned}
        for partition in assigned:
            if partition not in self._next:
                self._next[partition] = await self._consumer.committed(partition) or 0
            expected, messages = self._next[partition], batch.get(partition)
            found = messages[0].offset if messages else await self._position(partition, expected)
            place = self._topic, partition.partition
            self._named[place] = partition
            self._missing.passed(place, expected, found)
            self._next[partition] = messages[-1].offset + 1 if messages else max(found, expected)
        await self._missing.settle(self._starts)

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
