"""Sends dead letters again: to their input topic, or through the source of the gateway that refused them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable
from typing import Literal, Protocol

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidTimestampError, KafkaError

from streams.dead_letters.entry import Letter, Replayed, encode_mark
from streams.dead_letters.reading import ROLE
from streams.dead_letters.replay_plan import Kept, ToSource, ToTopic, ToWaiting, planned
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_producer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.message import ORIGIN_HEADER, TIME_HEADER
from streams.topics import DEAD_LETTERS, UNATTRIBUTED, partition_of

CONNECT_SECONDS = 20.0
REQUEST_MAX_BYTES = 1_500_000
Became = Literal["published", "kept", "refused"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a letter: published (or it would be), kept as it is, or refused again by its source."""

    id: str
    origin: str
    reason: str
    became: Became
    words: str


class SourceGate(Protocol):
    """What reads a letter again as a request to a source of the gateway."""

    async def take(self, letter: Letter, source: str, *, dry_run: bool) -> tuple[Became, str]:
        """What became of it, and in words. Returns once everything of it is acknowledged."""
        ...


async def replay(
    settings: Settings,
    letters: AsyncIterable[Letter],
    gate: SourceGate,
    *,
    author: str,
    again: bool = False,
    as_source: str = "",
    dry_run: bool = False,
    producer: AIOKafkaProducer | None = None,
) -> list[Outcome]:
    """Send letters again, one after the other, each marked once it is acknowledged. With `dry_run` nothing is sent.
    `producer` is one that is started and stays open; without, one is opened for the time of the replay.

    An end in between leaves at most one letter sent and not marked. A repeat of it does not count: its event has its
    own id or, on an input topic, one made of where it first lay.

    Raises:
        UserError: when Kafka does not acknowledge; letters before that one are sent and marked.
    """
    outcomes: list[Outcome] = []
    async with _Sender(settings, producer, dry_run=dry_run) as sender:
        async for letter in letters:
            plan = planned(letter, now_ms=_now_ms(), again=again, as_source=as_source)
            became: Became
            match plan:
                case Kept():
                    became, words = "kept", plan.words
                case ToSource():
                    became, words = await gate.take(letter, plan.source, dry_run=dry_run)
                case ToWaiting():
                    became, words = "published", "waits for its account again"
                    await sender.put(plan)
                case ToTopic():
                    became, words = "published", f"to {plan.topic}, account {plan.account_id}"
                    await sender.publish(plan)
            if became == "published":
                await sender.mark(Replayed(letter=letter.id, replayed_ms=_now_ms(), author=author))
            outcome = Outcome(
                id=str(letter.id), origin=letter.origin, reason=letter.letter.reason, became=became, words=words
            )
            outcomes.append(outcome)
    return outcomes


class _Sender:
    """A producer for the time of one replay, unless one is given; it does nothing in a dry run."""

    def __init__(self, settings: Settings, given: AIOKafkaProducer | None, *, dry_run: bool) -> None:
        self._settings = settings
        self._is_own = given is None and not dry_run
        self._producer = None if dry_run else given
        if self._is_own:
            self._producer = new_producer(settings, ROLE, max_request_size=REQUEST_MAX_BYTES)

    async def __aenter__(self) -> _Sender:
        if self._producer is not None and self._is_own:
            await ensure_topics(self._settings, "gateway", deadline_seconds=CONNECT_SECONDS)
            try:
                await self._producer.start()
            except (KafkaError, TimeoutError) as error:
                raise self._failed(error) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._producer is not None and self._is_own:
            await self._producer.stop()

    async def publish(self, plan: ToTopic) -> None:
        """The message keeps its time: as its own by the event clock, and in a header, which counts by either."""
        is_streamed = self._settings.clock == "event"
        key = plan.account_id.encode()
        headers = [(ORIGIN_HEADER, plan.origin), (TIME_HEADER, str(plan.time_ms).encode())]
        partition = partition_of(key, self._settings.partitions)
        stamp = plan.time_ms if is_streamed else None
        try:
            await self._send(self._settings.topic(plan.topic), plan.value, key, partition, stamp, headers)
        except InvalidTimestampError:  # the topic rejects timestamps this old
            await self._send(self._settings.topic(plan.topic), plan.value, key, partition, None, headers)

    async def put(self, plan: ToWaiting) -> None:
        partition = partition_of(plan.key, self._settings.partitions)
        await self._send(self._settings.topic(UNATTRIBUTED), plan.value, plan.key, partition, None, [])

    async def mark(self, mark: Replayed) -> None:
        key = f"replayed {mark.letter}".encode()
        await self._send(self._settings.topic(DEAD_LETTERS), encode_mark(mark), key, mark.letter.partition, None, [])

    async def _send(
        self,
        topic: str,
        value: bytes,
        key: bytes,
        partition: int,
        stamp: int | None,
        headers: list[tuple[str, bytes]],
    ) -> None:
        if self._producer is None:
            return
        try:
            await self._producer.send_and_wait(
                topic, value, key=key, partition=partition, timestamp_ms=stamp, headers=headers
            )
        except InvalidTimestampError:
            raise
        except (KafkaError, TimeoutError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> UserError:
        what = str(error) or type(error).__name__
        return UserError(
            f"The broker at {self._settings.kafka} did not acknowledge it ({what}): "
            f"{advice_for(error, 'check that it runs')}, then run the command again, which goes on where this ended."
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
