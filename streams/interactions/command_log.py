"""`CommandLog` in Kafka: one producer for the life of the process."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from streams.control.messages import CaseCommand, encode_control
from streams.deployment.settings import Settings
from streams.interactions.acting import CommandNotSent
from streams.kafka.clients import new_producer
from streams.topics import CONTROL, partition_of

SEND_SECONDS = 1.7
"""Of the three that Slack waits for an answer."""
REQUEST_TIMEOUT_MS = 10_000


class KafkaCommandLog:
    """Sends to the partition of the account, with the command's instant as the message's time."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        self._topic = settings.topic(CONTROL)
        self._partitions = settings.partitions
        self._producer = producer

    async def send(self, command: CaseCommand, /) -> None:
        """See `CommandLog.send`."""
        partition = partition_of(command.account_id.encode(), self._partitions)
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._producer.send_and_wait(
                    self._topic, encode_control(command), partition=partition, timestamp_ms=command.instant_ms
                )
        except (KafkaError, TimeoutError, OSError) as error:
            raise CommandNotSent(str(error) or type(error).__name__) from error


def commands_producer(settings: Settings) -> AIOKafkaProducer:
    """The producer of a `KafkaCommandLog`, not started."""
    return new_producer(settings, "interactions", request_timeout_ms=REQUEST_TIMEOUT_MS)
