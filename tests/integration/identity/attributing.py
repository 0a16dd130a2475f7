"""What the tests of the attribution share: the process in this one, and messages of both topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.identity.alias import ACCOUNT, Alias, By, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.process import run_attribution
from streams.identity.unattributed import Unattributed, encode_unattributed, unattributed_key
from streams.kafka.clients import new_admin, new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.operations.attribution_metrics import AttributionMetrics
from streams.topics import ALIASES, UNATTRIBUTED
from tests.support.kafka.topic import until


@asynccontextmanager
async def attributing(settings: Settings, *, is_killed: bool = False) -> AsyncIterator[AttributionMetrics]:
    """The attribution, running. It must end in peace, unless it is killed."""
    stop, metrics = asyncio.Event(), AttributionMetrics()
    running = asyncio.create_task(run_attribution(settings, stop=stop, metrics=metrics))
    try:
        yield metrics
        if not is_killed:
            stop.set()
            async with asyncio.timeout(20):
                await running
    finally:
        running.cancel()
        await asyncio.wait({running})


class Door:
    """Writes to both topics as the gateway does."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self._settings = settings
        self.producer = producer

    async def alias(self, start: ForeignId, to: ForeignId, by: By = "source") -> None:
        """`start` leads to `to`."""
        alias = Alias(kind=start.kind, id=start.id, to=to, by=by)
        key = alias_key(alias.kind, alias.id, by)
        await self.producer.send_and_wait(self._settings.topic(ALIASES), encode_alias(alias), key=key)

    async def leads(self, start: ForeignId, account: str) -> None:
        """`start` leads to `account`."""
        await self.alias(start, ForeignId(ACCOUNT, account))

    async def event(self, event: Unattributed, event_id: str) -> None:
        """An event without an account."""
        value, key = encode_unattributed(event), unattributed_key(event, event_id)
        await self.producer.send_and_wait(self._settings.topic(UNATTRIBUTED), value, key=key)


@asynccontextmanager
async def a_door(settings: Settings) -> AsyncIterator[Door]:
    """A door; the topics are there."""
    await ensure_topics(settings, "topics")
    async with new_producer(settings, "test") as producer:
        yield Door(settings, producer)


async def until_worker_has_read_all(settings: Settings) -> None:
    """Wait until workers have committed the end of all inputs. What they sent on lies there too before they commit."""
    partitions = [
        TopicPartition(settings.topic(name), number) for name in INPUT_TOPICS for number in range(settings.partitions)
    ]
    admin = new_admin(settings, "test")
    await admin.start()
    async with AIOKafkaConsumer(bootstrap_servers=settings.kafka) as consumer:

        async def has_read_all() -> bool:
            committed = await admin.list_consumer_group_offsets(settings.deployment)
            ends = await consumer.end_offsets(partitions)
            return all(end == 0 or (each in committed and committed[each].offset == end) for each, end in ends.items())

        try:
            await until(has_read_all, within_seconds=60, what="the worker has not read all")
        finally:
            await admin.close()


async def messages_on(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """All messages of a topic, by partition and offset."""
    name, found = settings.topic(topic), []
    # With "latest", the client may reset a position after it was sent to the beginning.
    options = {"enable_auto_commit": False, "auto_offset_reset": "earliest"}
    async with AIOKafkaConsumer(bootstrap_servers=settings.kafka, **options) as consumer:
        partitions = [TopicPartition(name, number) for number in range(settings.partitions)]
        consumer.assign(partitions)
        ends: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        while any([await consumer.position(each) < end for each, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += batch
    return sorted(found, key=lambda message: (message.partition, message.offset))
