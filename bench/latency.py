"""From an event to its notification, by the wall clock: what a person who waits for an alert waits for us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from alerts.notification import Notification
from bench.events import BenchEvent, make_events
from bench.fixture import PARTITIONS, Batches, Closed, Setup, create_topics, send_events
from bench.throughput import until_committed, workers
from scoring.instants import SECOND_MS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.operations.gc_tuning import freeze
from streams.topics import NOTIFICATIONS

RATES = (5_000, 50_000)
"""Events a second."""
SEND_EVERY_MS = 5
"""The events of so long are sent at once, at its end: as a producer does with this linger."""
_HISTORY_EVENTS = 30
"""What an account has had before: with much more it hardly changes its tier in some seconds."""
_LIVE_SEED = 2
_SETTLE_SECONDS = 3.0
_MADE_PER_SECOND = 20_000
"""At least so many events are made into batches in a second. They have times, so they are made for a time to come."""

Portion = tuple[int, list[Closed]]
"""What is sent at one instant, in milliseconds since 1970."""


class Live(NamedTuple):
    """`took`: the seconds of each notification. `late`: the most that a portion was sent after its instant, in seconds,
    which is in what its notifications took."""

    took: list[float]
    late: float


def measure_latency(setup: Setup, seconds: int, rate: int) -> Live:
    """Seconds from the time at which an event happened to the moment when its notification has reached a consumer.

    One worker with a history (30 events an account), caught up; then `seconds` seconds of `rate` events a second, each
    sent within `SEND_EVERY_MS` of its own time. Only notifications whose cause is such an event count.

    Raises:
        UserError: when the worker ends, or stands still, or this machine is too slow to send so many.
    """
    events = setup.accounts * _HISTORY_EVENTS
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}live-{rate}-", events=events)
    settings = msgspec.structs.replace(own.settings("worker"), settle_ms=0)
    return asyncio.run(_measured(own, settings, seconds, rate))


async def _measured(setup: Setup, settings: Settings, seconds: int, rate: int) -> Live:
    await create_topics(settings)
    await send_events(settings, make_events(setup.events, setup.accounts, int(time.time() * 1_000)))
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=0)
    await producer.start()
    try:
        with workers(settings, 1) as children:
            await until_committed(children, settings, setup.events)
            await asyncio.sleep(_SETTLE_SECONDS)
            count = seconds * rate
            until_ms = int(time.time() * 1_000) + (1 + count // _MADE_PER_SECOND + seconds) * SECOND_MS
            events = list(make_events(count, setup.accounts, until_ms, seconds * SECOND_MS, _LIVE_SEED))
            occurred_at_ms = {event.event_id: event.occurred_at_ms for event in events}
            batches = Batches(producer, settings.topic_prefix)
            portions = list(portions_of(events, batches))
            freeze()
            reader = asyncio.ensure_future(_read(settings, occurred_at_ms, until_ms))
            late = await _send_live(batches, portions)
            await until_committed(children, settings, setup.events + count)
            return Live(await reader, late)
    finally:
        await producer.stop()


def portions_of(events: Iterable[BenchEvent], batches: Batches) -> Iterator[Portion]:
    """The events by the instant at which they are sent, in their order: the next multiple of `SEND_EVERY_MS`."""
    due_ms = 0
    for event in events:
        if event.occurred_at_ms >= due_ms:
            if due_ms:
                yield due_ms, batches.take()
            due_ms = (event.occurred_at_ms // SEND_EVERY_MS + 1) * SEND_EVERY_MS
        batches.add(event)
    yield due_ms, batches.take()


async def _send_live(batches: Batches, portions: Sequence[Portion]) -> float:
    """Send each portion at its instant, without waiting for those before. Returns by how many seconds one was late at
    the most.

    Raises:
        UserError: when the first is late already.
    """
    if portions[0][0] < time.time() * 1_000:
        raise UserError("This machine was too slow to make the events in time: lower RATES in bench/latency.py.")
    sent: list[Awaitable[object]] = []
    late = 0.0
    for due_ms, portion in portions:
        if (ahead := due_ms / 1_000 - time.time()) > 0:
            await asyncio.sleep(ahead)
        sent += await batches.send(portion)
        late = max(late, time.time() - due_ms / 1_000)
    await asyncio.gather(*sent)
    return late


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
