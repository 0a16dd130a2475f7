"""From an event to its notification, by the wall clock: what a person who waits for an alert waits for us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from alerts.notification import Notification
from bench.events import BenchEvent, make_events
from bench.fixture import PARTITIONS, Setup, create_topics, send_events
from bench.throughput import until_committed, workers
from scoring.instants import SECOND_MS
from streams.deployment.settings import Settings
from streams.topics import NOTIFICATIONS, partition_of

EVENTS_PER_SECOND = 5_000
_HISTORY_EVENTS = 30
"""What an account has had before: with much more it hardly changes its tier in some seconds."""
_LIVE_SEED = 2
_SETTLE_SECONDS = 3.0
_LINGER_MS = 5


def measure_latency(setup: Setup, seconds: int) -> list[float]:
    """Seconds from the time at which an event happened to the moment when its notification has reached a consumer.

    One worker with a history (30 events an account), caught up; then `seconds` seconds of
    `EVENTS_PER_SECOND`, each sent at its own time. Only notifications whose cause is such an event count.

    Raises:
        UserError: when the worker ends, or stands still.
    """
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}live-", events=setup.accounts * _HISTORY_EVENTS)
    return asyncio.run(_measured(own, msgspec.structs.replace(own.settings("worker"), settle_ms=0), seconds))


async def _measured(setup: Setup, settings: Settings, seconds: int) -> list[float]:
    await create_topics(settings)
    await send_events(settings, make_events(setup.events, setup.accounts, int(time.time() * 1_000)))
    with workers(settings, 1) as children:
        await until_committed(children, settings, setup.events)
        await asyncio.sleep(_SETTLE_SECONDS)
        starts_ms = int(time.time() * 1_000) + SECOND_MS
        until_ms, count = starts_ms + seconds * SECOND_MS, seconds * EVENTS_PER_SECOND
        events = list(make_events(count, setup.accounts, until_ms, seconds * SECOND_MS, _LIVE_SEED))
        occurred_at_ms = {event.event_id: event.occurred_at_ms for event in events}
        reader = asyncio.ensure_future(_read(settings, occurred_at_ms, until_ms))
        await _send_live(settings, events)
        await until_committed(children, settings, setup.events + count)
        return await reader


async def _send_live(settings: Settings, events: Iterable[BenchEvent]) -> None:
    """Send each event at its own time, and wait for none."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=_LINGER_MS)
    await producer.start()
    try:
        for event in events:
            if (ahead := event.occurred_at_ms / 1_000 - time.time()) > 0:
                await asyncio.sleep(ahead)
            await producer.send(
                settings.topic(event.topic),
                event.value,
                key=event.key,
                partition=partition_of(event.key, PARTITIONS),
                timestamp_ms=event.occurred_at_ms,
            )
    finally:
        await producer.stop()


async def _read(settings: Settings, occurred_at_ms: Mapping[str, int], until_ms: int) -> list[float]:
    """The seconds that notifications of live events took, until a moment after the last of these."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    topic = settings.topic(NOTIFICATIONS)
    await consumer.start()
    took: list[float] = []
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        await consumer.seek_to_end()
        while time.time() * 1_000 < until_ms + _SETTLE_SECONDS * SECOND_MS:
            batches = await consumer.getmany(timeout_ms=100)
            now = time.time()
            for message in (message for messages in batches.values() for message in messages):
                cause = msgspec.json.decode(message.value, type=Notification).cause
                if (at := occurred_at_ms.get(cause.event_id)) is not None:
                    took.append(now - at / 1_000)
        return took
    finally:
        await consumer.stop()
