"""Writes what became of each step to the topic `deliveries`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from aiokafka import AIOKafkaProducer

from alerts.delivery_record import DeliveryRecord

AT_ONCE = 2_000
"""How many records wait for their acknowledgement at once."""


class DeliveryLog:
    """The topic `deliveries`. Lanes share it."""

    def __init__(self, producer: AIOKafkaProducer, topic: str) -> None:
        """`producer` is started, and waits for all in-sync replicas; `topic` is the topic's name."""
        self._producer = producer
        self._topic = topic

    async def write(self, records: Sequence[DeliveryRecord]) -> None:
        """Write `records`, and return when all are acknowledged. A retry writes some a second time.

        Raises:
            KafkaError: when one was not acknowledged.
        """
        for start in range(0, len(records), AT_ONCE):
            sends = [
                await self._producer.send(self._topic, msgspec.json.encode(record), key=record.account_id.encode())
                for record in records[start : start + AT_ONCE]
            ]
            await asyncio.gather(*sends)
