"""Sends one message at a time, with a limit to the wait: for people, who wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

SEND_SECONDS = 5.0
REQUEST_TIMEOUT_MS = 10_000


class NotSent(Exception):
    """Kafka did not acknowledge a message in time; it may be there all the same. The text says why."""


class Sent(NamedTuple):
    """Where a message lies in its topic."""

    partition: int
    offset: int


class Sending:
    """A producer that stays open, see `streams.kafka.clients.new_producer`."""

    def __init__(self, producer: AIOKafkaProducer, seconds: float = SEND_SECONDS) -> None:
        """`producer` is started. A message that is not acknowledged within `seconds` counts as not sent."""
        self._producer = producer
        self._seconds = seconds

    async def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Sent:
        """Send a message to a topic, by its name in Kafka, and return where it lies once all in-sync replicas have it.

        Raises:
            NotSent: when they have not, within the time that a person waits.
        """
        try:
            async with asyncio.timeout(self._seconds):
                sent = await self._producer.send_and_wait(
                    topic, value, key=key, partition=partition, timestamp_ms=timestamp_ms, headers=list(headers)
                )
        except (KafkaError, TimeoutError, OSError) as error:
            raise NotSent(str(error) or type(error).__name__) from error
        return Sent(int(sent.partition), int(sent.offset))
