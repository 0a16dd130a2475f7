"""On a real broker, a consumer that gets whole batches gets the messages that any consumer of ours gets.

One log has what a log can have: batches of every codec, transactions that were committed, aborted and are open, offsets
whose messages were deleted. It is read from its start and from the middle of batches.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.undecoded import UndecodedBatches
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.unpacking import Seen, seen

CODECS = (None, "gzip", "snappy", "lz4", "zstd")
EACH, DELETED = 6, 3
"""Messages of a batch, and the first offsets that were deleted: half of the first batch."""


async def fill(settings: Settings, place: TopicPartition) -> None:
    """Send to the log, and delete its beginning."""
    for codec in CODECS:
        async with AIOKafkaProducer(
            bootstrap_servers=settings.kafka, compression_type=codec, linger_ms=200
        ) as producer:
            await send(producer, place, codec or "none")
    for end in ("commit", "abort", "commit", "abort"):
        producer = await transactional(settings, end)
        await producer.begin_transaction()
        await send(producer, place, end)
        await (producer.commit_transaction() if end == "commit" else producer.abort_transaction())
        await producer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=DELETED)})
    finally:
        await admin.close()


async def transactional(settings: Settings, name: str) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, transactional_id=f"{settings.group}-{name}", linger_ms=200
    )
    await producer.start()
    return producer


async def send(producer: AIOKafkaProducer, place: TopicPartition, name: str) -> None:
    """Messages of one batch, some of them without key, value or headers."""
    waits = []
    for number in range(EACH):
        value = f"{name} {number} ".encode() * 20 if number else None
        headers = [("number", b"%d" % number), ("nothing", None)] if number % 2 else []
        waits.append(
            await producer.send(
                place.topic,
                value,
                None if number == 3 else b"key",
                place.partition,
                1_000 + number,
                headers,
            )
        )
    await asyncio.gather(*waits)


async def read(consumer: AIOKafkaConsumer, place: TopicPartition, start: int) -> tuple[list[Any], int]:
    """Everything that can be read from an offset on, as it is handed out, and where the next fetch begins."""
    consumer.seek(place, start)
    found: list[Any] = []
    for _ in range(100):
        fetched = await consumer.getmany(place, timeout_ms=100)
        found.extend(fetched.get(place, []))
        end = consumer.last_stable_offset(place)
        if not fetched and end is not None and await consumer.position(place) >= end:
            break
    return found, await consumer.position(place)


async def test_batches_have_the_messages_of_getmany_from_every_offset(
    settings: Settings, broker: RunningBroker
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker has neither transactions nor compression")
    place = TopicPartition(f"{settings.group}-mixed", 0)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(place.topic, 1, 1)])
    await admin.close()
    await fill(settings, place)
    open_one = await transactional(settings, "open")
    await open_one.begin_transaction()
    await send(open_one, place, "open")
    plain = new_consumer(settings, "test")
    whole = new_consumer(settings, "test", value_deserializer=UndecodedBatches)
    for consumer in (plain, whole):
        await consumer.start()
        consumer.assign([place])
    try:
        everything, end = await read(plain, place, DELETED)
        assert len(everything) == EACH * (len(CODECS) + 2) - DELETED, "two transactions were aborted, one is open"
        expected = seen(everything)
        for start in (DELETED, DELETED + 1, EACH, EACH + 4, 5 * EACH + 2, 5 * EACH + EACH, 6 * EACH + 3, end):
            batches, position = await read(whole, place, start)
            found: list[Seen] = [each for batch in batches for each in seen(batch.messages())]
            assert found == [each for each in expected if each[0] >= start]
            assert position == end
            assert start == end or max(batch.count for batch in batches) == EACH
    finally:
        for client in (plain, whole, open_one):
            await client.stop()
