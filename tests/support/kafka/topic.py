"""Reading whole topics in tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.deployment.settings import Settings


async def read_until(
    settings: Settings, topic: str, is_enough: Callable[[list[bytes]], bool], *, within_seconds: float
) -> list[bytes]:
    """The values of a topic, from the start until `is_enough` of them; fails when they do not come."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        tps = [TopicPartition(settings.topic(topic), number) for number in range(settings.partitions)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        values: list[bytes] = []
        deadline = time.monotonic() + within_seconds
        while not is_enough(values):
            assert time.monotonic() < deadline, f"{len(values)} messages on {topic}, and not what was waited for"
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                values.extend(message.value for message in messages if message.value is not None)
        return values
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
    """Wait for a condition; fails with `what` when it does not come."""
    deadline = time.monotonic() + within_seconds
    while not await is_so():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.1)
