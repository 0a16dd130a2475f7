"""Publishes attributed events, and deletes them from `unattributed` once the brokers have them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, MessageSizeTooLargeError

from streams.dead_letter import DeadLetter
from streams.deployment.settings import Settings
from streams.identity.unattributed import Unattributed, encode_unattributed
from streams.identity.waiting_store import WaitingEvent
from streams.kafka.clients import new_producer
from streams.message import DEAD_LETTER_MAX_BYTES, KEY_MAX_BYTES, TIME_HEADER, WORDS_MAX_CHARACTERS
from streams.topics import DEAD_LETTERS, UNATTRIBUTED, partition_of
from streams.under_account import under_account

REQUEST_MAX_BYTES = 1_040_000
BATCH_BYTES = 256 * 1024
TOO_LONG = "unattributed_too_long"
TOO_LARGE = "oversize"


class Publisher:
    """Sends; every method returns when all is acknowledged, and may be repeated: the fold counts an id once."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        """`producer` is started."""
        self._settings = settings
        self._producer = producer

    async def publish(self, events: Sequence[WaitingEvent]) -> list[WaitingEvent]:
        """Publish each event under its account, in this order, and delete it. Returns those that no topic takes
        because they are too large; they became dead letters.

        Raises:
            KafkaError: when something was not acknowledged.
        """
        sent = [await self._send(event, self._time_of(event)) for event in events]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        refused = []
        for event, answer in zip(events, answers, strict=True):
            if isinstance(answer, InvalidTimestampError):  # the topic rejects timestamps this old
                await (await self._send(event, None))
            elif isinstance(answer, MessageSizeTooLargeError):
                refused.append(event)
            elif isinstance(answer, BaseException):
                raise answer
        if refused:
            await self._dead_letters(refused, TOO_LARGE, "with its account it is larger than its topic takes")
        await self._delete(events)
        return refused

    async def give_up(self, events: Sequence[WaitingEvent], waited_days: int) -> None:
        """Make dead letters of these events, and delete them.

        Raises:
            KafkaError: when something was not acknowledged.
        """
        words = f"no alias led to an account within {waited_days} days: set one with `vitals alias set`, and replay it"
        await self._dead_letters(events, TOO_LONG, words)
        await self._delete(events)

    def _time_of(self, event: WaitingEvent) -> int | None:
        return event.occurred_at_ms if self._settings.clock == "event" else None

    async def _send(self, event: WaitingEvent, timestamp_ms: int | None) -> Awaitable[object]:
        key = event.account.encode()
        try:
            sent: Awaitable[object] = await self._producer.send(
                self._settings.topic(event.topic),
                under_account(event.value, event.account),
                key=key,
                partition=partition_of(key, self._settings.partitions),
                timestamp_ms=timestamp_ms,
                headers=[(TIME_HEADER, str(event.occurred_at_ms).encode())],
            )
        except MessageSizeTooLargeError as error:
            refused: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        return sent

    async def _dead_letters(self, events: Iterable[WaitingEvent], reason: str, words: str) -> None:
        topic = self._settings.topic(DEAD_LETTERS)
        letters = [msgspec.json.encode(_letter(event, reason, words)) for event in events]
        await asyncio.gather(*[await self._producer.send(topic, letter) for letter in letters])

    async def _delete(self, events: Iterable[WaitingEvent]) -> None:
        """By a message without a value in the partition in which the event lies, also where there are more by now."""
        topic = self._settings.topic(UNATTRIBUTED)
        sent = [await self._producer.send(topic, None, key=event.key, partition=event.partition) for event in events]
        await asyncio.gather(*sent)


def attribution_producer(settings: Settings) -> AIOKafkaProducer:
    """The producer of a `Publisher`, not started."""
    return new_producer(settings, "attribution", max_batch_size=BATCH_BYTES, max_request_size=REQUEST_MAX_BYTES)


def _letter(event: WaitingEvent, reason: str, words: str) -> DeadLetter:
    """Its value is a message of `unattributed`: put there again, it waits again, from then on."""
    ids = ", ".join(f"{each.kind} {each.id}" for each in event.ids)
    waiting = Unattributed(
        topic=event.topic,
        event=event.name,
        value=event.value,
        occurred_at_ms=event.occurred_at_ms,
        accounts=event.ids,
        source=event.source,
    )
    value = encode_unattributed(waiting)
    return DeadLetter(
        reason=reason,
        words=f"{ids}: {words}"[:WORDS_MAX_CHARACTERS],
        topic=UNATTRIBUTED,
        partition=event.partition,
        offset=event.offset,
        timestamp_ms=event.received_ms,
        key=event.key[:KEY_MAX_BYTES],
        value=value[:DEAD_LETTER_MAX_BYTES],
        value_bytes=len(value),
    )
