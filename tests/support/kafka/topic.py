"""Reading whole topics in tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.topics import SCORES
from tests.support.timeouts import deadline_in

_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)


async def read_until(
    settings: Settings, topic: str, is_enough: Callable[[list[bytes]], bool], *, within_seconds: float
) -> list[bytes]:
    """The values of a topic, from the start until `is_enough` of them; fails when they do not come."""
    values: list[bytes] = []
    async with aclosing(_read(settings, topic, within_seconds)) as batches:
        async for batch in batches:
            values += batch
            if is_enough(values):
                break
    return values


async def newest_scores(
    settings: Settings, are_enough: Callable[[Mapping[str, ScoreSnapshot]], bool], *, within_seconds: float
) -> dict[str, ScoreSnapshot]:
    """The last score of each account on the topic, once they `are_enough`; fails when that does not come."""
    newest: dict[str, ScoreSnapshot] = {}
    async with aclosing(_read(settings, SCORES, within_seconds)) as batches:
        async for batch in batches:
            newest.update((answer.account_id, answer) for answer in map(_SNAPSHOTS.decode, batch))
            if are_enough(newest):
                break
    return newest


async def _read(settings: Settings, topic: str, within_seconds: float) -> AsyncGenerator[list[bytes]]:
    """The values of a topic from its start, in batches, the first of which is empty; fails at the end of the time."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(settings.topic(topic), number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        count, deadline = 0, deadline_in(within_seconds)
        batch: list[bytes] = []
        while True:
            count += len(batch)
            yield batch
            assert time.monotonic() < deadline, f"{count} messages on {topic}, and not what was waited for"
            taken = await consumer.getmany(timeout_ms=200)
            batch = [each.value for messages in taken.values() for each in messages if each.value is not None]
    finally:
        await consumer.stop()


async def read_all(settings: Settings, topic: str) -> list[bytes]:
    """The values of a topic that nobody writes to any more, to its end."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(settings.topic(topic), number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        values: list[bytes] = []
        # The watermark that comes with a fetch is right on every broker, also on the embedded one.
        while not all([consumer.highwater(tp) == await consumer.position(tp) for tp in tps]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                values.extend(message.value for message in messages if message.value is not None)
        return values
    finally:
        await consumer.stop()


async def until(is_so: Callable[[], Awaitable[bool]], *, within_seconds: float, what: str) -> None:
    """Wait for a condition; fails with `what` when it does not come. The seconds are those of a quiet machine."""
    deadline = deadline_in(within_seconds)
    while not await is_so():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)


async def grown(settings: Settings, name: str, partitions: int) -> None:
    """Give a topic this number of partitions, which must be more than it has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.create_partitions({settings.topic(name): NewPartitions(partitions)})
    finally:
        await admin.close()
