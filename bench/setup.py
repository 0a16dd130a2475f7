"""What all rows have in common: the broker, the topics on it, and the events that were sent there once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from bench.events import BenchEvent
from streams.settings import Settings
from streams.topics import ensure_topics, partition_of

ROOT = Path(__file__).parents[1]
PARTITIONS = 4
_BATCH_BYTES = 64 * 1024
"""Some 200 events: what a busy producer sends at once."""
_PROGRESS_EVERY = 10_000


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmark: `events` events of `accounts` accounts, the last of them just before `until_ms`.

    Every topic and group of the run begins with `prefix`. A worker is watched for `watch_seconds` at most;
    `stock_events` is how many events a row takes that is too slow for all of them.
    """

    address: str
    prefix: str
    events: int
    accounts: int
    until_ms: int
    watch_seconds: float
    stock_events: int
    idempotent: int

    def settings(self, group: str) -> Settings:
        """A worker's settings; all that is not the run's own is the default."""
        return Settings(
            kafka=self.address,
            topic_prefix=self.prefix,
            group=self.prefix + group,
            partitions=PARTITIONS,
            idempotent=self.idempotent,
            session_timeout_ms=10_000,  # the embedded broker has whoever joins wait for half of it
        )


async def send_events(setup: Setup, events: Iterable[BenchEvent], on_sent: Callable[[int], None]) -> None:
    """Create the topics and send the events, each with the time at which it happened as its message's time.

    `on_sent` is told how many more were handed over. Returns when all are acknowledged. Not idempotent.
    """
    # Under the event clock topics keep their messages whatever their age; by the wall clock the oldest would go.
    await ensure_topics(msgspec.structs.replace(setup.settings("none"), clock="event"))
    producer = AIOKafkaProducer(bootstrap_servers=setup.address, acks="all", max_batch_size=_BATCH_BYTES)
    await producer.start()
    try:
        sender = _Sender(producer, setup.prefix)
        for number, event in enumerate(events, start=1):
            await sender.add(event)
            if number % _PROGRESS_EVERY == 0:
                on_sent(_PROGRESS_EVERY)
        await sender.finish()
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


class _Sender:
    """Batches by topic and partition, sent as they are full, each in the order of its events."""

    def __init__(self, producer: AIOKafkaProducer, prefix: str) -> None:
        self._producer = producer
        self._prefix = prefix
        self._partitions: dict[bytes, int] = {}
        self._batches: dict[tuple[str, int], AIOKafkaProducer] = {}
        self._acknowledged: list[Awaitable[object]] = []

    async def add(self, event: BenchEvent) -> None:
        partition = self._partitions.get(event.key)
        if partition is None:
            partition = self._partitions[event.key] = partition_of(event.key, PARTITIONS)
        place = (event.topic, partition)
        batch = self._batches.get(place)
        if batch is None:
            batch = self._batches[place] = self._producer.create_batch()
        if batch.append(key=event.key, value=event.value, timestamp=event.occurred_at_ms) is None:
            await self._send(place)
            await self.add(event)

    async def finish(self) -> None:
        for place in list(self._batches):
            await self._send(place)
        for acknowledged in self._acknowledged:
            await acknowledged

    async def _send(self, place: tuple[str, int]) -> None:
        topic, partition = place
        batch = self._batches.pop(place)
        batch.close()
        self._acknowledged.append(await self._producer.send_batch(batch, self._prefix + topic, partition=partition))
