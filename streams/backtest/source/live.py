"""The events of the topics as a file, so that a live system is tested exactly as a file is. Writes no message."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO

import msgspec
from aiokafka import TopicPartition

from scoring.event.event import EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, rfc3339
from streams.backtest.source.arrival import ARRIVED
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.whole_logs import read_logs
from streams.message import Message, time_of, with_origin

ROLE = "verify"
"""Its rights are needed: to read the input topics."""
IMPORTED_SHARE = 0.05
"""With more events than this that arrived over a week after they happened, the topics hold an imported history."""
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


async def write_events(settings: Settings, output: IO[bytes], progress: Callable[[int], None]) -> EventLines:
    """Write all usable events of the input topics to `output`, each with its topic and `ARRIVED`; returns their maker.

    Messages that are no events are left out: the worker has put them aside. Blocks in proportion to the length of the
    topics, which must exist. Nothing is written to Kafka or committed.

    Raises:
        KafkaError: when the brokers fail.
        TimeoutError: when they stop answering before the end of a log.
    """
    consumer = new_consumer(settings, ROLE, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await consumer.start()
    lines = EventLines(time.time_ns() // 1_000_000)
    try:
        names = {settings.topic(name): name for name in INPUT_TOPICS}
        places = [TopicPartition(topic, number) for topic in names for number in range(settings.partitions)]
        async for place, messages in read_logs(consumer, dict.fromkeys(places)):
            for message in messages:
                if line := lines.line(names[place.topic], place.partition, message):
                    output.write(line)
            progress(lines.written)
    finally:
        await consumer.stop()
    return lines


class EventLines:
    """Makes lines of messages. Mutable: remembers the greatest time of each partition, and counts."""

    def __init__(self, now_ms: int) -> None:
        """`now_ms` is wall time."""
        self.written = self.imported = 0
        self._now_ms = now_ms
        self._decoder = EventDecoder()
        self._arrived_ms: dict[tuple[str, int], int] = {}

    @property
    def is_import(self) -> bool:
        """Whether many came in long after they happened, so that messages do not say when they were known."""
        return self.imported > IMPORTED_SHARE * self.written

    def line(self, topic: str, partition: int, message: Message) -> bytes:
        """The line of a message, b"" when it is no event. Messages of a partition come in the order of offsets."""
        arrived = max(message.timestamp, self._arrived_ms.get((topic, partition), 0))
        self._arrived_ms[topic, partition] = arrived
        try:
            event = self._decoder.decode(topic, message.value, time_of(message), self._now_ms)
            fields = _FIELDS.decode(message.value or b"")
        except (Rejected, msgspec.DecodeError):
            return b""
        if message.headers and not event.event_id:
            event = with_origin(event, message)
            if event.event_id:
                fields["id"] = msgspec.Raw(msgspec.json.encode(event.event_id))
        fields["topic"] = msgspec.Raw(msgspec.json.encode(topic))
        fields["timestamp"] = msgspec.Raw(f'"{rfc3339(event.occurred_at_ms)}"'.encode())
        fields[ARRIVED] = msgspec.Raw(f'"{rfc3339(arrived)}"'.encode())
        self.written += 1
        self.imported += arrived - event.occurred_at_ms > 7 * DAY_MS
        return msgspec.json.encode(fields) + b"\n"
