"""The topic `history`: the record of each account, in the partition of the same number as on `scores`.

It is compacted, and has what the read model cannot compute again once `scores` was compacted. So it is written before
Redis, and read back when Redis was lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer, new_producer
from streams.read_model.port import ReadModelUnavailable
from streams.topics import HISTORY

log = logging.getLogger(__name__)

POLL_MS = 200
CHUNK = 500
SILENT_SECONDS = 30.0
"""For how long nothing may come before the reading back is given up, and tried again."""


class HistoryLog(Protocol):
    """`is_kept` is False where nothing is written and nothing read. `source` is the checksum of the identity of the
    topic `scores`, 0 where it is not known: then no offset is compared."""

    is_kept: bool
    source: int

    async def send(self, partition: int, records: Mapping[str, bytes | None], /) -> None:
        """Write the records of accounts, None to delete one; returns when all are acknowledged. A repetition is
        harmless. Raises `KafkaError`: then some may have been written."""
        ...

    def read(self, partition: int, /) -> AsyncIterator[list[tuple[str, bytes | None]]]:
        """All messages up to the end that the partition has now, the oldest first, in lists.

        Raises `ReadModelUnavailable` when they cannot be read now."""
        ...


class NoHistory:
    """For those who only read the read model, and for what writes to it without a topic beside it."""

    is_kept = False
    source = 0

    async def send(self, partition: int, records: Mapping[str, bytes | None], /) -> None:
        """See `HistoryLog.send`: nothing is written."""

    async def read(self, partition: int, /) -> AsyncIterator[list[tuple[str, bytes | None]]]:
        """See `HistoryLog.read`: there is nothing."""
        return
        yield


class KafkaHistoryLog:
    """`HistoryLog` on Kafka. Call `start` before `send`, and `stop` at the end; `read` needs neither."""

    is_kept = True

    def __init__(self, settings: Settings, role: str = "projector") -> None:
        self.source = 0
        self._settings = settings
        self._role = role
        self._topic = settings.topic(HISTORY)
        self._producer: AIOKafkaProducer | None = None

    def follow(self, source: str) -> None:
        """`source` identifies the topic `scores` among topics of the same name; "" when that is not known."""
        self.source = zlib.crc32(source.encode()) if source else 0

    async def start(self) -> None:
        """Connect, to send. Raises `KafkaError`."""
        self._producer = new_producer(self._settings, self._role)
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    async def send(self, partition: int, records: Mapping[str, bytes | None], /) -> None:
        """See `HistoryLog.send`."""
        assert self._producer is not None, "it was not started"
        sent = [
            await self._producer.send(self._topic, value, key=account_id.encode(), partition=partition)
            for account_id, value in records.items()
        ]
        await asyncio.gather(*sent)

    async def read(self, partition: int, /) -> AsyncIterator[list[tuple[str, bytes | None]]]:
        """See `HistoryLog.read`."""
        consumer: AIOKafkaConsumer = new_consumer(self._settings, self._role, auto_offset_reset="earliest")
        place = TopicPartition(self._topic, partition)
        try:
            await consumer.start()
            consumer.assign([place])
            end = (await consumer.end_offsets([place]))[place]
            heard = time.monotonic()
            while await consumer.position(place) < end:
                fetched = (await consumer.getmany(place, timeout_ms=POLL_MS, max_records=CHUNK)).get(place, ())
                if fetched:
                    heard = time.monotonic()
                    yield [(message.key.decode(), message.value) for message in fetched if message.key]
                elif time.monotonic() - heard > SILENT_SECONDS:
                    raise ReadModelUnavailable(f"Nothing more of {self._topic}[{partition}] comes: is Kafka well?")
        except KafkaError as error:
            raise ReadModelUnavailable(f"{self._topic}[{partition}] is not read back ({error}).") from error
        finally:
            await consumer.stop()
