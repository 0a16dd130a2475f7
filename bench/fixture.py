"""What all rows have in common: the broker, the topics on it, and the events that were sent there once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.producer.message_accumulator import BatchBuilder

from bench.events import BenchEvent
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import SCORES, partition_of

ROOT = Path(__file__).parents[1]
PARTITIONS = 4
_BATCH_BYTES = 64 * 1024
"""Some 200 events: what a busy producer sends at once."""
_PROGRESS_EVERY = 10_000


class Closed(NamedTuple):
    """A batch that can be sent."""

    topic: str
    partition: int
    batch: BatchBuilder


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark: `events` events of `accounts` accounts, the last of them just before `until_ms`.

    Every topic and group of the run begins with `prefix`. A worker is watched for `watch_seconds` at most;
    `stock_events` is how many events a row takes that is too slow for all of them. `broker_pid` is 0 where the broker
    is not a process of this machine. `scratch` is an empty folder for whatever a row writes.
    """

    address: str
    broker_pid: int
    prefix: str
    events: int
    accounts: int
    until_ms: int
    watch_seconds: float
    stock_events: int
    idempotent: int
    scratch: str

    def settings(self, group: str) -> Settings:
        """A worker's settings; all that is not the run's own is the default."""
        return Settings(
            kafka=self.address,
            topic_prefix=self.prefix,
            group=group,
            partitions=PARTITIONS,
            idempotent=self.idempotent,
            session_timeout_ms=10_000,  # the embedded broker has whoever joins wait for half of it
        )


async def create_topics(settings: Settings) -> None:
    """Create a worker's topics so that messages are kept whatever their age. Idempotent."""
    # Under the event clock topics keep their messages; by the wall clock the oldest would go.
    await ensure_topics(msgspec.structs.replace(settings, clock="event"))


async def create_peer_topic(setup: Setup) -> None:
    """Create the topic that the peers send scores to; our worker has one of its own group. Not idempotent."""
    admin = AIOKafkaAdminClient(bootstrap_servers=setup.address)
    await admin.start()
    try:
        kept = {"cleanup.policy": "compact"}
        await admin.create_topics([NewTopic(setup.prefix + SCORES, PARTITIONS, 1, topic_configs=kept)])
    finally:
        await admin.close()


async def send_events(
    settings: Settings,
    events: Iterable[BenchEvent],
    on_made: Callable[[int], None] = lambda more: None,
    before_sending: Callable[[], None] = lambda: None,
) -> None:
    """Send the events, each with the time at which it happened as its message's time. The topics are there.

    All are made into batches first, then `before_sending` is called, then they are sent, as fast as the broker takes
    them. `on_made` is told how many more were made. Returns when all are acknowledged. Not idempotent.
    """
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all", max_batch_size=_BATCH_BYTES)
    await producer.start()
    try:
        batches = Batches(producer, settings.topic_prefix)
        for number, event in enumerate(events, start=1):
            batches.add(event)
            if number % _PROGRESS_EVERY == 0:
                on_made(_PROGRESS_EVERY)
        before_sending()
        await asyncio.gather(*await batches.send(batches.take()))
    finally:
        await producer.stop()


async def delete_topics(setup: Setup) -> None:
    """Delete every topic of the run, for a broker that lives on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=setup.address)
    await admin.start()
    try:
        await admin.delete_topics([name for name in await admin.list_topics() if name.startswith(setup.prefix)])
    finally:
        await admin.close()


class Batches:
    """Batches by topic and partition, each in the order of its events. Mutable."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix
        self._partitions: dict[bytes, int] = {}
        self._open: dict[tuple[str, int], BatchBuilder] = {}
        self._full: list[Closed] = []

    def add(self, event: BenchEvent) -> None:
        partition = self._partitions.get(event.key)
        if partition is None:
            partition = self._partitions[event.key] = partition_of(event.key, PARTITIONS)
        place = (event.topic, partition)
        batch = self._open.get(place)
        if batch is None:
            batch = self._open[place] = self._producer.create_batch()
        if batch.append(key=event.key, value=event.value, timestamp=event.occurred_at_ms) is None:
            self._close(place)
            self.add(event)

    def take(self) -> list[Closed]:
        """All that was added since the last call, as batches to send."""
        for place in list(self._open):
            self._close(place)
        taken, self._full = self._full, []
        return taken

    async def send(self, batches: Iterable[Closed]) -> list[Awaitable[object]]:
        """Hand the batches to the producer; what is returned is done when they are acknowledged."""
        return [
            await self._producer.send_batch(batch, self._prefix + topic, partition=partition)
            for topic, partition, batch in batches
        ]

    def _close(self, place: tuple[str, int]) -> None:
        batch = self._open.pop(place)
        batch.close()
        self._full.append(Closed(*place, batch))
