"""Reads the topic of a source as a member of a group, and has each message taken like a request.

An offset is committed only after everything of its message, and of those before it, is acknowledged. After a crash
some messages come again; the ids of their events make that harmless.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError, KafkaTimeoutError

from streams.deployment.settings import Settings
from streams.gateway.answers import Problem
from streams.gateway.pipeline import Taken
from streams.gateway.reading import BadRequest, Ignored, Reading, Refused, Request
from streams.gateway.sources.ready import ReadySource
from streams.gateway.sources.schema import CloudEventsSource
from streams.gateway.topic_source.message import request_of
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import GapReport, OffsetFollower

BATCH_MESSAGES = 500
"""The most messages that are under way at once."""
POLL_MS = 500
TAKE_SECONDS = 30.0
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
logger = logging.getLogger(__name__)


class Taking(Protocol):
    """What takes requests: `Pipeline`."""

    async def take(self, ready: ReadySource, request: Request, deadline: float) -> Taken: ...
    async def publish(self, ready: ReadySource, request: Request, reading: Reading, deadline: float) -> Taken: ...


class TopicReader:
    """Reads one source's topic for ever. `noted` is called with what became of each message; what the topic's retention
    deleted before it was read is counted by `gap_report`."""

    def __init__(
        self,
        settings: Settings,
        ready: ReadySource,
        taking: Taking,
        noted: Callable[[Taken], None],
        gap_report: GapReport,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert isinstance(ready.source, CloudEventsSource)
        self._settings: Final = settings
        self._ready: Final = ready
        self._source: Final = ready.source
        self._taking: Final = taking
        self._noted: Final = noted
        self._gap_report: Final = gap_report
        self._sleep: Final = sleep

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop` is set, which takes up to half a second. Brokers may go away and come back.

        Raises:
            KafkaError: when Kafka refuses us and no retry helps.
        """
        wait_seconds = FIRST_RETRY_SECONDS
        while not stop.is_set():
            consumer = self._new_consumer()
            try:
                await consumer.start()
                topic = self._source.kafka_topic
                following = OffsetFollower(consumer, self._gap_report, topic, begins_at_zero=False)
                while not stop.is_set():
                    await self.step(consumer, following, stop)
                    wait_seconds = FIRST_RETRY_SECONDS
            except (KafkaError, OSError, TimeoutError) as error:
                if isinstance(error, KafkaError) and not (error.retriable or isinstance(error, KafkaTimeoutError)):
                    raise
                logger.warning("%s is not read (%s); retry in %.1f s", self._source.kafka_topic, error, wait_seconds)
                await self._sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, LONGEST_RETRY_SECONDS)
            finally:
                await consumer.stop()

    def _new_consumer(self) -> AIOKafkaConsumer:
        consumer = new_consumer(
            self._settings,
            "gateway",
            group_id=self._settings.gateway_group(self._ready.name),
            auto_offset_reset="earliest",
            **membership(self._settings),
        )
        consumer.subscribe([self._source.kafka_topic])
        return consumer

    async def step(self, consumer: AIOKafkaConsumer, following: OffsetFollower, stop: asyncio.Event) -> None:
        """Take the next messages, and commit them once everything of them is acknowledged."""
        fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH_MESSAGES)
        await following.look(fetched)
        if not fetched:
            return
        taken = asyncio.ensure_future(self.take([message for batch in fetched.values() for message in batch]))
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({taken, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not taken.done():
                return  # not acknowledged, so not committed: it comes again
            taken.result()
        finally:
            taken.cancel()
            stopped.cancel()
        await _commit(consumer, {tp: batch[-1].offset + 1 for tp, batch in fetched.items()})

    async def take(self, messages: Sequence[ConsumerRecord]) -> None:
        """Take messages, in their order. Returns once everything of all of them is acknowledged, however long that is
        refused."""
        async with asyncio.TaskGroup() as group:
            for message in messages:
                group.create_task(self._until_taken(message))

    async def _until_taken(self, message: ConsumerRecord) -> None:
        wait_seconds = FIRST_RETRY_SECONDS
        while True:
            try:
                self._noted(await self._take(message))
                return
            except Problem as problem:
                where = f"{message.topic}, partition {message.partition}, offset {message.offset}"
                logger.warning("%s waits: %s", where, problem.words)
            await self._sleep(wait_seconds)
            wait_seconds = min(2 * wait_seconds, LONGEST_RETRY_SECONDS)

    async def _take(self, message: ConsumerRecord) -> Taken:
        """What became of a message: a tombstone is ignored, and what cannot be read is a dead letter.

        Raises:
            Problem: 503 when not everything is acknowledged.
        """
        deadline = asyncio.get_running_loop().time() + TAKE_SECONDS
        now_ms = time.time_ns() // 1_000_000
        request = Request(name=self._ready.name, source=self._source, body=message.value or b"", received_ms=now_ms)
        if message.value is None:
            tombstone = Reading(ignored=[Ignored(what="tombstone")])
            return await self._taking.publish(self._ready, request, tombstone, deadline)
        try:
            request = request_of(self._ready.name, self._source, message, now_ms)
            return await self._taking.take(self._ready, request, deadline)
        except BadRequest as bad:
            reason, words = "malformed", str(bad)
        except Problem as problem:
            if problem.status not in (400, 413):
                raise
            reason, words = problem.reason, problem.words
        except Exception as error:  # a fault of ours: the message would end the gateway again and again
            logger.exception("%s, partition %d, offset %d", message.topic, message.partition, message.offset)
            reason, words = "failed", f"the gateway failed to read it ({type(error).__name__}): please report this"
        refused = Reading(refused=[Refused(reason=reason, words=words, value=message.value)])
        return await self._taking.publish(self._ready, request, refused, deadline)


async def _commit(consumer: AIOKafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
    """Commit, unless the partitions went to another member meanwhile: it reads these messages again."""
    ours = {tp: offset for tp, offset in offsets.items() if tp in consumer.assignment()}
    if not ours:
        return
    try:
        await consumer.commit(ours)
    except (CommitFailedError, IllegalStateError) as error:
        logger.info("offsets are not committed, because the group has moved on: %s", error)
