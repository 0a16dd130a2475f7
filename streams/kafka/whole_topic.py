"""Reads a topic, all partitions from the beginning, and follows it for ever: for what a process has in memory."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer

logger = logging.getLogger(__name__)

BATCH_MESSAGES = 2_000
POLL_MS = 500
LOOK_FOR_PARTITIONS_SECONDS = 10.0
METADATA_MS = 30_000
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
STEP_SECONDS = 60.0
"""A step that takes longer waits for a broker: aiokafka has waits without an end."""


class WholeTopic:
    """A consumer without a group: each process that has one reads all of the topic.

    It goes on where it was when brokers come back. One event loop owns it and the table that it fills.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        role: str,
        take: Callable[[ConsumerRecord], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`topic` is one of `streams.topics`, `role` names the process in Kafka's logs. `take` gets each message, in
        the order of its partition, and raises `ValueError` for one that says nothing that can be used; that one is
        skipped. `sleep` waits for seconds; tests pass their own."""
        self.taken = 0
        """Messages that could be used."""
        self.unreadable = 0
        """Messages that could not, and were skipped."""
        self._settings = settings
        self._name = topic
        self._topic = settings.topic(topic)
        self._take_one = take
        self._role = role
        self._sleep = sleep
        self._next: dict[TopicPartition, int] = {}
        self._behind: set[TopicPartition] | None = None
        """The partitions of the first look whose end was not reached yet."""
        self._looked_at = 0.0
        self._first_read = asyncio.Event()

    def caught_up(self) -> bool:
        """Whether the end of all partitions was reached once."""
        return self._first_read.is_set()

    async def wait_until_caught_up(self) -> None:
        """Return once `caught_up`."""
        await self._first_read.wait()

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set, which takes up to half a second. Brokers may go away and come back.

        Raises:
            KafkaError: when Kafka refuses us and no retry helps.
        """
        wait_seconds = FIRST_RETRY_SECONDS
        while not stop.is_set():
            consumer = new_consumer(
                self._settings, self._role, auto_offset_reset="earliest", metadata_max_age_ms=METADATA_MS
            )
            try:
                await consumer.start()
                self._looked_at = 0.0
                while not stop.is_set():
                    async with asyncio.timeout(STEP_SECONDS):
                        await self._step(consumer)
                    wait_seconds = FIRST_RETRY_SECONDS
            except (KafkaError, OSError, TimeoutError) as error:
                if isinstance(error, KafkaError) and not (error.retriable or isinstance(error, KafkaTimeoutError)):
                    raise
                logger.warning("%s is not read (%s); retry in %.1f s", self._topic, error, wait_seconds)
                await self._sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, LONGEST_RETRY_SECONDS)
            finally:
                await consumer.stop()

    async def _step(self, consumer: AIOKafkaConsumer) -> None:
        if time.monotonic() >= self._looked_at + LOOK_FOR_PARTITIONS_SECONDS:
            await self._take_partitions(consumer)
        for partition, messages in (await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MESSAGES)).items():
            self._take(messages)
            self._next[partition] = messages[-1].offset + 1
        if not self.caught_up() and await self._has_reached_ends(consumer):
            self._first_read.set()
            logger.info("%s is read: %d messages", self._name, self.taken)

    async def _take_partitions(self, consumer: AIOKafkaConsumer) -> None:
        """Read all partitions that there are now, new ones from their beginning."""
        if not consumer.assignment():
            # The client asks for the partitions of topics that are assigned only; a topic has a first partition.
            first = TopicPartition(self._topic, 0)
            consumer.assign([first])
            await consumer.end_offsets([first])
        found = {TopicPartition(self._topic, each) for each in consumer.partitions_for_topic(self._topic) or {0}}
        if self._behind is None:
            self._behind = set(found)
        if found != consumer.assignment() or self._looked_at == 0.0:
            consumer.assign(sorted(found))
            for partition in found & self._next.keys():
                consumer.seek(partition, self._next[partition])
        self._looked_at = time.monotonic()

    def _take(self, messages: Iterable[ConsumerRecord]) -> None:
        for message in messages:
            try:
                self._take_one(message)
                self.taken += 1
            except ValueError as error:
                self.unreadable += 1
                where = f"{message.topic}, partition {message.partition}, offset {message.offset}"
                logger.warning("%s is skipped: %s", where, error)

    async def _has_reached_ends(self, consumer: AIOKafkaConsumer) -> bool:
        """By the position and the watermark of the last fetch: compacted messages and markers of transactions never
        come, and the embedded broker knows no other end."""
        for partition in list(self._behind or ()):
            end = consumer.highwater(partition)
            if end is not None and self._behind and await consumer.position(partition) >= end:
                self._behind.remove(partition)
        return self._behind is not None and not self._behind
