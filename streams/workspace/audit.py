"""The log of acts, the topic `audit`: what writes to it, and what reads its end."""

from __future__ import annotations

from collections import deque

import msgspec
from aiokafka import TopicPartition

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.sending import Sending
from streams.kafka.whole_logs import read_logs
from streams.topics import AUDIT
from streams.workspace.records import Act

DETAIL_MAX_CHARACTERS = 500
_DECODER = msgspec.json.Decoder(Act)


class Audit:
    """Writes acts, one at a time. An act is logged before it is done, so that none is done without a line."""

    def __init__(self, settings: Settings, sending: Sending) -> None:
        self._name = settings.topic(AUDIT)
        self._sending = sending

    async def log(self, act: Act) -> None:
        """Write a line. It is acknowledged on return.

        Raises:
            NotSent: when Kafka does not acknowledge it.
        """
        if len(act.detail) > DETAIL_MAX_CHARACTERS:
            act = msgspec.structs.replace(act, detail=f"{act.detail[: DETAIL_MAX_CHARACTERS - 1]}…")
        await self._sending.send(self._name, msgspec.json.encode(act), timestamp_ms=act.at_ms)


async def latest_acts(settings: Settings, role: str, most: int) -> list[Act]:
    """The latest `most` lines, the oldest first. Reads the whole topic. What cannot be read is left out.

    Raises:
        KafkaError, TimeoutError: when the brokers fail, or stop answering.
    """
    name = settings.topic(AUDIT)
    found: deque[Act] = deque(maxlen=most)
    async with new_consumer(settings, role, auto_offset_reset="earliest") as consumer:
        async for _, messages in read_logs(consumer, {TopicPartition(name, 0): None}):
            for message in messages:
                try:
                    found.append(_DECODER.decode(message.value or b""))
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
    return list(found)
