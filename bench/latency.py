"""From an event to its notification, by the wall clock: what a person who waits for an alert waits for us."""

from __future__ import annotations

import asyncio
import heapq
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
RUN_IN_SECONDS = 10
"""All busy accounts begin at once, and most of them change their tier then: that is a storm, and measured by itself."""
JOIN_EVERY_MS, JOINED_EVENTS, JOINED_MS = 50, 100, 2_000
"""After it another account has a burst of use as often as this: so many events within so long."""
_LIVE_SEED = 2
_SETTLE_SECONDS = 3.0
_MADE_PER_SECOND = 20_000
"""At least so many events are made into batches in a second. They have times, so they are made for a time to come."""

Portion = tuple[int, list[Closed]]
"""What is sent at one instant, in milliseconds since 1970."""


class Live(NamedTuple):
    """The seconds that notifications took: `took` those of events after the run-in, `at_once` those of events in it.
    `late`: the most that a portion was sent after its instant, in seconds, which is in what its notifications took."""

    took: list[float]
    at_once: list[float]
    late: float


class Span(NamedTuple):
    """The live events: `seconds` of them after the run-in, `rate` a second, the last just before `until_ms`."""

    accounts: int
    seconds: int
    rate: int
    until_ms: int

    @property
    def measured_from_ms(self) -> int:
        """When the run-in ends."""
        return self.until_ms - self.seconds * SECOND_MS

    @property
    def joining(self) -> int:
        """How many accounts have a burst of use."""
        return (self.seconds * SECOND_MS - JOINED_MS) // JOIN_EVERY_MS

    def events(self) -> Iterator[BenchEvent]:
        """All of them, in the order of time."""
        span_ms = (RUN_IN_SECONDS + self.seconds) * SECOND_MS
        count = self.rate * span_ms // SECOND_MS
        steady = make_events(count, self.accounts, self.until_ms, span_ms, _LIVE_SEED, are_known=True)
        bursts = [self._burst(number) for number in range(self.joining)]
        return heapq.merge(steady, *bursts, key=lambda event: event.occurred_at_ms)

    def _burst(self, number: int) -> Iterator[BenchEvent]:
        until_ms = self.measured_from_ms + number * JOIN_EVERY_MS + JOINED_MS
        name, seed = f"acct-{self.accounts + number:06d}", _LIVE_SEED + 1 + number
        return make_events(JOINED_EVENTS, 1, until_ms, JOINED_MS, seed, named=name, are_known=True)


def measure_latency(setup: Setup, seconds: int, rate: int) -> Live:
    """Seconds from the time at which an event happened to the moment when its notification has reached a consumer.

    One worker with a history (30 events an account), caught up; then `rate` events a second for the run-in and
    `seconds` seconds more, each sent within `SEND_EVERY_MS` of its own time, in which other accounts have bursts of
    use. Only notifications whose cause is such an event count.

    Raises:
        UserError: when the worker ends, or stands still, or this machine is too slow to send so many.
    """
    accounts = setup.accounts + Span(setup.accounts, seconds, rate, 0).joining
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}live-{rate}-", events=accounts * _HISTORY_EVENTS)
    settings = msgspec.structs.replace(own.settings("worker"), settle_ms=0)
    return asyncio.run(_measured(own, settings, accounts, seconds, rate))


async def _measured(setup: Setup, settings: Settings, accounts: int, seconds: int, rate: int) -> Live:
    await create_topics(settings)
    await send_events(settings, make_events(setup.events, accounts, int(time.time() * 1_000)))
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=0)
    await producer.start()
    try:
        with workers(settings, 1) as children:
            await until_committed(children, settings, setup.events)
            await asyncio.sleep(_SETTLE_SECONDS)
            took_seconds = RUN_IN_SECONDS + seconds
            until_ms = (
                int(time.time() * 1_000) + (1 + took_seconds * rate // _MADE_PER_SECOND + took_seconds) * SECOND_MS
            )
            span = Span(setup.accounts, seconds, rate, until_ms)
            events = list(span.events())
            occurred_at_ms = {event.event_id: event.occurred_at_ms for event in events}
            batches = Batches(producer, settings.topic_prefix)
            portions = list(portions_of(events, batches))
            freeze()
            reader = asyncio.ensure_future(_read(settings, occurred_at_ms, span))
            late = await _send_live(batches, portions)
            await until_committed(children, settings, setup.events + len(events))
            return Live(*await reader, late)
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


async def _read(settings: Settings, occurred_at_ms: Mapping[str, int], span: Span) -> tuple[list[float], list[float]]:
    """The seconds that notifications of live events took, until a moment after the last of these: of events after the
    run-in, and in it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, enable_auto_commit=False)
    topic = settings.topic(NOTIFICATIONS)
    await consumer.start()
    took: list[float] = []
    at_once: list[float] = []
    try:
        consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
        await consumer.seek_to_end()
        while time.time() * 1_000 < span.until_ms + _SETTLE_SECONDS * SECOND_MS:
            batches = await consumer.getmany(timeout_ms=100)
            now_ms = time.time() * 1_000
            for message in (message for messages in batches.values() for message in messages):
                cause = msgspec.json.decode(message.value, type=Notification).cause
                if (at_ms := occurred_at_ms.get(cause.event_id)) is not None:
                    (took if at_ms >= span.measured_from_ms else at_once).append((now_ms - at_ms) / 1_000)
        return took, at_once
    finally:
        await consumer.stop()
