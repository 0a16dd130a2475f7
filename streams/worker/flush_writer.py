"""Writing to Kafka: the one producer of a worker, and the order in which a flush is acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import msgspec
from aiokafka.errors import InvalidTimestampError

from scoring.model.model import Model
from scoring.model.model_json import encode_model, model_key
from streams.deployment.settings import Settings
from streams.engine.flush import Flush, Forward, Pair
from streams.errors import OversizeRecord
from streams.kafka.clients import new_producer
from streams.topics import ALERTS, ARRIVALS, CONTROL, DEAD_LETTERS, MODELS, NOTIFICATIONS, SCORES
from streams.worker.filled_batch import fill_of

BATCH_MAX_BYTES = 900_000
"""Below the brokers' default limit of a message batch (1 MiB), so that one account's records fit in one batch."""
REQUEST_MAX_BYTES = 1_040_000
"""Room for the largest accepted event, which may have to be forwarded, with its key and headers; just below the
brokers' default limit of a message."""
REQUEST_TIMEOUT_MS = 30_000
"""How long a broker may be down before a send fails and the process ends; its unflushed work is replayed."""


class FlushWriter:
    """The producer. Every method returns only when the brokers have acknowledged (acks=all), or raises KafkaError.

    A retry inside the producer cannot duplicate a message, unless `settings.idempotent` is 0. After an error it is
    unknown how much was written: end the process, and the work is replayed.
    """

    def __init__(self, settings: Settings, models: Sequence[Model] = ()) -> None:
        """`models` are the models whose scores are written: each is sent once, before the first scores."""
        self._settings = settings
        self._unsent_models = tuple(models)
        self._changelog = settings.changelog_topic
        self._producer = new_producer(
            settings,
            "worker",
            linger_ms=0,
            max_batch_size=BATCH_MAX_BYTES,
            max_request_size=REQUEST_MAX_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        self._fill = fill_of(self._producer, BATCH_MAX_BYTES)

    async def start(self) -> None:
        await self._producer.start()

    async def stop(self) -> None:
        await self._producer.stop()

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        """Write the records of each flush, in order within a partition; a group stays in one batch where it fits."""
        await asyncio.gather(*[self._write_groups(flush.partition, flush.changelog) for flush in flushes])

    async def write_outputs(self, flushes: Sequence[Flush]) -> None:
        """Write notifications, alert steps, scores, dead letters, forwards and control messages; models before the
        first scores, so that no score can be read whose model cannot."""
        if self._unsent_models and any(flush.scores for flush in flushes):
            await self._write_models()
        writes: list[Awaitable[object]] = []
        for flush in flushes:
            written = ((NOTIFICATIONS, flush.notifications), (ALERTS, flush.alerts), (SCORES, flush.scores))
            for topic, pairs in written:
                if pairs:
                    writes.append(self._write_pairs(self._settings.topic(topic), flush.partition, pairs))
            writes.extend([self._dead_letters(flush)] if flush.dead_letters else [])
            writes.extend(self._forward(forward) for forward in flush.forwards)
            writes.extend(self._control(partition, value) for partition, value in flush.controls)
        await asyncio.gather(*writes)

    async def write_arrivals(self, partition: int, value: bytes, at_ms: int) -> None:
        """Write a message for the guard, with its time. `partition` is that of the inputs, which is the key."""
        topic = self._settings.topic(ARRIVALS)
        await self._producer.send_and_wait(topic, value, key=str(partition).encode(), timestamp_ms=at_ms)

    async def _write_models(self) -> None:
        """Send the models. Idempotent: a model's key is its name and version."""
        topic = self._settings.topic(MODELS)
        for model in self._unsent_models:
            key = model_key(model.name, model.version).encode()
            await self._producer.send_and_wait(topic, encode_model(model), key=key, partition=0)
        self._unsent_models = ()

    async def _write_groups(self, partition: int, groups: Sequence[Sequence[Pair]]) -> None:
        """Write in as few batches as possible. The last record, the partition's own, confirms all the others: if they
        take several batches, its batch waits until the others are acknowledged."""
        sent: list[Awaitable[object]] = []
        pairs: list[Pair] = []
        used = 0
        for group in groups:
            size = sum([len(key) + len(value or b"") + 32 for key, value in group])
            if used and used + size > BATCH_MAX_BYTES:
                sent.append(await self._send_groups(partition, pairs, sent))
                pairs, used = [], 0
            used += size
            pairs.extend(group)
        await asyncio.gather(*sent)
        if pairs:
            await (await self._send_groups(partition, pairs, []))

    async def _send_groups(self, partition: int, pairs: list[Pair], sent: list[Awaitable[object]]) -> Awaitable[object]:
        """Send groups in one batch. One account may take several: its head comes last, and is sent only when the rest
        is acknowledged, since a head alone would claim events whose counts are lost. Then all that was `sent` is
        acknowledged, too."""
        batch, taken = self._next_batch(pairs, 0)
        while taken < len(pairs):
            await asyncio.gather(*sent, await self._send_batch(batch, self._changelog, partition))
            sent.clear()
            batch, taken = self._next_batch(pairs, taken)
        return await self._send_batch(batch, self._changelog, partition)

    async def _write_pairs(self, topic: str, partition: int, pairs: list[Pair]) -> None:
        sent: list[Awaitable[object]] = []
        taken = 0
        while taken < len(pairs):
            batch, taken = self._next_batch(pairs, taken)
            sent.append(await self._send_batch(batch, topic, partition))
        await asyncio.gather(*sent)

    def _next_batch(self, pairs: list[Pair], begin: int) -> tuple[Any, int]:
        """A batch of the records from `begin` on, and where the next one begins."""
        batch, records = self._fill(pairs, begin)
        if not records:
            key, value = pairs[begin]
            raise OversizeRecord(f"record {key!r} has {len(value or b'')} bytes, and fits into no batch")
        return batch, begin + records

    async def _send_batch(self, batch: Any, topic: str, partition: int) -> Awaitable[object]:
        acknowledged: Awaitable[object] = await self._producer.send_batch(batch, topic, partition=partition)
        return acknowledged

    async def _dead_letters(self, flush: Flush) -> None:
        topic = self._settings.topic(DEAD_LETTERS)
        sends = [await self._producer.send(topic, msgspec.json.encode(letter)) for letter in flush.dead_letters]
        await asyncio.gather(*sends)

    async def _forward(self, forward: Forward) -> None:
        """Forward a message, with its time in a header. Under the event clock it is also the new timestamp, because
        topics are merged by it. Otherwise the timestamp is now, so that retention does not delete it before it is read
        again."""
        is_streamed = self._settings.clock == "event"
        try:
            await self._send_forward(forward, forward.timestamp_ms if is_streamed else None)
        except InvalidTimestampError:  # the topic rejects timestamps this old
            await self._send_forward(forward, None)

    async def _send_forward(self, forward: Forward, timestamp_ms: int | None) -> None:
        await self._producer.send_and_wait(
            self._settings.topic(forward.topic),
            forward.value,
            key=forward.key,
            partition=forward.partition,
            timestamp_ms=timestamp_ms,
            headers=forward.headers,
        )

    async def _control(self, partition: int, value: bytes) -> None:
        await self._producer.send_and_wait(self._settings.topic(CONTROL), value, partition=partition)
