"""Publishes the events of a merged account again, as far as the log has them, under the account that it is part of.

A worker sends on what still arrives for the merged account, and gives an event without an id one made of where its
message first lay. Here the message carries the same origin, so what both send counts once.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import InvalidTimestampError

from scoring.event.event import Event, EventDecoder, Rejected
from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.kafka.whole_logs import read_logs
from streams.message import ORIGIN_HEADER, TIME_HEADER, arrived_ms, first_origin, own_origin, time_of
from streams.topics import partition_of
from streams.under_account import under_account

IN_FLIGHT = 1_000
REQUEST_MAX_BYTES = 1_040_000


class Republished(msgspec.Struct, kw_only=True):
    """The events that were published again. Instants are milliseconds since 1970, 0 for none.

    `events` and `first_ms` are by topic: how many, and the time of the first. `kept_from_ms` is when the log begins in
    the topics that have lost messages already: the latest of them.
    """

    events: Counter[str] = msgspec.field(default_factory=Counter)
    first_ms: dict[str, int] = {}
    kept_from_ms: int = 0


class Republishing:
    """One run over the four inputs. Running it again within the model's dedupe horizon changes no score."""

    def __init__(self, settings: Settings, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        """Both are started."""
        self._settings = settings
        self._consumer = consumer
        self._producer = producer
        self._decoder = EventDecoder()
        self._done = Republished()

    async def run(self, account: str, into: str, progress: Callable[[int], None]) -> Republished:
        """Publish the events of `account` in its partition again, under `into`, up to the end of the log.

        Raises:
            KafkaError: when something was not acknowledged.
            TimeoutError: when a topic stops answering.
        """
        number = partition_of(account.encode(), self._settings.partitions)
        topics = {TopicPartition(self._settings.topic(name), number): name for name in INPUT_TOPICS}
        begins = await self._consumer.beginning_offsets(list(topics))
        looked_at = 0
        async for partition, messages in read_logs(self._consumer, dict.fromkeys(topics)):
            if messages and begins[partition] and messages[0].offset == begins[partition]:
                self._done.kept_from_ms = max(self._done.kept_from_ms, time_of(messages[0]))
            await self._publish(topics[partition], account, into, messages)
            looked_at += len(messages)
            progress(looked_at)
        return self._done

    async def _publish(self, topic: str, account: str, into: str, messages: Sequence[ConsumerRecord]) -> None:
        found = [(message, event) for message in messages if (event := self._event(topic, message, account))]
        for start in range(0, len(found), IN_FLIGHT):
            part = found[start : start + IN_FLIGHT]
            sent = [await self._send(message, event, into, self._stamp(message)) for message, event in part]
            answers = await asyncio.gather(*sent, return_exceptions=True)
            for (message, event), answer in zip(part, answers, strict=True):
                if isinstance(answer, InvalidTimestampError):  # the topic rejects timestamps this old
                    await (await self._send(message, event, into, None))
                elif isinstance(answer, BaseException):
                    raise answer
                self._count(event)

    def _event(self, topic: str, message: ConsumerRecord, account: str) -> Event | None:
        """The event of this account in a message, None if it is none."""
        now_ms = arrived_ms(message, time.time_ns() // 1_000_000)
        try:
            event = self._decoder.decode(topic, message.value, time_of(message), now_ms)
        except Rejected:
            return None  # a worker has made a dead letter of it
        return event if event.account_id == account else None

    def _stamp(self, message: ConsumerRecord) -> int | None:
        return time_of(message) if self._settings.clock == "event" else None

    async def _send(
        self, message: ConsumerRecord, event: Event, into: str, stamp: int | None
    ) -> asyncio.Future[object]:
        key = into.encode()
        origin = first_origin(message) or own_origin(event.topic, message.partition, message.offset)
        sent: asyncio.Future[object] = await self._producer.send(
            message.topic,
            under_account(message.value, into, was=event.account_id),
            key=key,
            partition=partition_of(key, self._settings.partitions),
            timestamp_ms=stamp,
            headers=[(ORIGIN_HEADER, origin), (TIME_HEADER, str(time_of(message)).encode())],
        )
        return sent

    def _count(self, event: Event) -> None:
        self._done.events[event.topic] += 1
        first = self._done.first_ms.get(event.topic, event.occurred_at_ms)
        self._done.first_ms[event.topic] = min(first, event.occurred_at_ms)
