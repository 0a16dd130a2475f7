"""What `vitals up` writes to Kafka: the sample's events, and ticks, by which silence is noticed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import suppress

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from scoring.event.topics import INPUT_TOPICS
from streams.control.messages import Tick, encode_control
from streams.deployment.settings import Settings
from streams.identity.alias import Alias, alias_key
from streams.identity.alias_message import encode_alias
from streams.kafka.clients import new_consumer, new_producer
from streams.topics import ALIASES, CONTROL, partition_of
from vitals.local.sample_events import SampleEvent

BATCH_BYTES = 128 * 1024
STOP_SECONDS = 2.0
TICK_SECONDS = 1.0
DECLARE_TICKS = 60
"""With a model that has norms, every tick of this number declares a new norm."""


def now_ms() -> int:
    """Wall time, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


class Feed:
    """A producer for the sample and the ticks. Every method but `start` raises KafkaError when the brokers do not
    accept a message; there are no retries beyond the client's own.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer = new_producer(settings, "up", max_batch_size=BATCH_BYTES)

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect within two seconds: what a dead broker has not accepted is lost."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._producer.stop()

    async def finds_events(self) -> bool:
        """Whether anything was ever published to the input topics, which must exist."""
        numbers = range(self._settings.partitions)
        partitions = [TopicPartition(self._settings.topic(name), number) for name in INPUT_TOPICS for number in numbers]
        consumer = new_consumer(self._settings, "up")
        await consumer.start()
        try:
            return any((await consumer.end_offsets(partitions)).values())
        finally:
            await consumer.stop()

    async def history(self, events: Iterable[SampleEvent]) -> None:
        """Send `events`, ordered by time; returns once all are acknowledged. Not idempotent.

        Builds its own batches: one send per event would cost a laptop seconds.
        """
        topics: dict[tuple[str, int], list[SampleEvent]] = {}
        homes: dict[str, int] = {}
        for event in events:
            home = homes.setdefault(event.account_id, self._home(event.account_id))
            topics.setdefault((self._settings.topic(event.topic), home), []).append(event)
        await asyncio.gather(*(self._send_all(topic, home, found) for (topic, home), found in topics.items()))

    async def aliases(self, aliases: Iterable[Alias]) -> None:
        """Send `aliases` as the gateways of these systems would; returns once all are acknowledged. Idempotent."""
        topic = self._settings.topic(ALIASES)
        pairs = [(alias_key(alias.kind, alias.id, alias.by), encode_alias(alias)) for alias in aliases]
        sent = [
            await self._producer.send(topic, value, key=key, partition=partition_of(key, self._settings.partitions))
            for key, value in pairs
        ]
        await asyncio.gather(*sent)

    async def live(self, events: AsyncIterator[SampleEvent]) -> None:
        """Send each event as it comes, until `events` ends."""
        async for event in events:
            await self._producer.send_and_wait(
                self._settings.topic(event.topic),
                event.value,
                key=event.account_id.encode(),
                partition=self._home(event.account_id),
                timestamp_ms=event.occurred_at_ms,
            )

    async def tick(self, instant_ms: int, *, declare: bool = False) -> None:
        """Send every partition a tick with the time `instant_ms`. Idempotent."""
        value = encode_control(Tick(instant_ms=instant_ms, declare=declare))
        topic = self._settings.topic(CONTROL)
        sends = (
            self._producer.send_and_wait(topic, value, partition=partition, timestamp_ms=instant_ms)
            for partition in range(self._settings.partitions)
        )
        await asyncio.gather(*sends)

    async def tick_for_ever(self, *, declares: bool) -> None:
        """Send a tick with wall time every second; with `declares`, a new norm once a minute. Never returns."""
        number = 0
        while True:
            number += 1
            await self.tick(now_ms(), declare=declares and number % DECLARE_TICKS == 0)
            await asyncio.sleep(TICK_SECONDS)

    async def _send_all(self, topic: str, partition: int, events: Iterable[SampleEvent]) -> None:
        sent: list[Awaitable[object]] = []
        batch = self._producer.create_batch()
        for event in events:
            key = event.account_id.encode()
            if batch.append(key=key, value=event.value, timestamp=event.occurred_at_ms) is None:
                sent.append(await self._producer.send_batch(batch, topic, partition=partition))
                batch = self._producer.create_batch()
                if batch.append(key=key, value=event.value, timestamp=event.occurred_at_ms) is None:
                    raise KafkaError(f"an event of {len(event.value)} bytes does not fit into a batch")
        sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)

    def _home(self, account_id: str) -> int:
        return partition_of(account_id.encode(), self._settings.partitions)
