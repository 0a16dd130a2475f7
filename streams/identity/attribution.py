"""The attribution: reads `aliases` and `unattributed` whole, and publishes each event as soon as it has an account.

Both topics are the state: nothing is committed, and a new process reads them again. A crash between the publication of
an event and its deletion publishes it again under the same id, which counts once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, KafkaTimeoutError

from streams.identity.alias_message import NoAlias, alias_of
from streams.identity.alias_table import AliasTable
from streams.identity.publisher import TOO_LARGE, TOO_LONG, Publisher
from streams.identity.topics_reader import TopicsReader
from streams.identity.unattributed import NotUnattributed, decode_unattributed
from streams.identity.waiting import Waiting
from streams.identity.waiting_store import WaitingEvent, WaitingStore
from streams.operations.attribution_metrics import AttributionMetrics
from streams.topics import ALIASES, UNATTRIBUTED

logger = logging.getLogger(__name__)

BATCH = 500
"""How many events are published before they are deleted."""
POLL_MS = 300
LOOK_SECONDS = 1.0
"""How often what waits is counted, and what waits too long is looked for."""
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0
ROUND_SECONDS = 60.0
"""A round that takes longer waits for a broker: aiokafka has waits without an end."""
DAY_MS = 86_400_000


class Attribution:
    """The loop. One event loop owns it."""

    def __init__(
        self,
        reader: TopicsReader,
        publisher: Publisher,
        metrics: AttributionMetrics,
        new_store: Callable[[], WaitingStore],
        max_wait_ms: int,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`new_store` makes an empty store and closes the one before. `sleep` and `now` are in seconds."""
        self._reader = reader
        self._publisher = publisher
        self._metrics = metrics
        self._new_store = new_store
        self._max_wait_ms = max_wait_ms
        self._sleep = sleep
        self._now = now
        self._epoch = 0
        self._batch: list[WaitingEvent] = []
        self._look_at = 0.0
        self._begin_again()

    def _begin_again(self) -> None:
        self._table = AliasTable()
        self._store = self._new_store()
        self._waiting = Waiting(self._table, self._store)
        self._batch = []
        self._reader.forget()

    async def run(self, stop: asyncio.Event) -> None:
        """Attribute until `stop` is set. Brokers may go away and come back.

        Raises:
            KafkaError: when Kafka refuses us and no retry helps.
        """
        wait_seconds = FIRST_RETRY_SECONDS
        while not stop.is_set():
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await self._round()
                wait_seconds = FIRST_RETRY_SECONDS
            except (KafkaError, TimeoutError) as error:
                if isinstance(error, KafkaError) and not (error.retriable or isinstance(error, KafkaTimeoutError)):
                    raise
                words = f"Kafka does not answer ({str(error) or type(error).__name__})"
                logger.warning("%s; retry in %.1f s", words, wait_seconds)
                self._metrics.waiting(words)
                await self._sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, LONGEST_RETRY_SECONDS)

    async def _round(self) -> None:
        if self._epoch != self._reader.epoch:
            self._epoch = self._reader.epoch
            if not self._reader.partitions:  # another process has them: what this one knows gets old
                self._begin_again()
        if not self._reader.partitions:
            if self._epoch:
                self._metrics.ready()
                self._report(0.0, {})
            await self._sleep(POLL_MS / 1_000)
            return
        self._take(await self._reader.read(0 if self._batch else POLL_MS))
        if self._reader.has_read_all():
            self._metrics.ready()
            await self._publish()
        if time.monotonic() >= self._look_at:
            await self._look()
            self._look_at = time.monotonic() + LOOK_SECONDS

    # --- what is read

    def _take(self, batches: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        if not batches:
            return
        self._store.begin()
        for partition, messages in batches.items():
            take = self._take_alias if partition.topic == self._reader.name_of(ALIASES) else self._take_event
            for message in messages:
                take(message)
        self._store.commit()

    def _take_alias(self, message: ConsumerRecord) -> None:
        try:
            self._waiting.put_alias(alias_of(message.key, message.value))
        except NoAlias as error:
            self._skip(ALIASES, message, error)

    def _take_event(self, message: ConsumerRecord) -> None:
        key = message.key or b""
        if not message.value:
            self._waiting.remove(key, message.partition)
            return
        try:
            event = decode_unattributed(message.value)
        except NotUnattributed as error:
            self._skip(UNATTRIBUTED, message, error)
            return
        if not event.received_ms:
            event = msgspec.structs.replace(event, received_ms=message.timestamp)
        self._waiting.put_event(key, message.partition, message.offset, event)

    def _skip(self, topic: str, message: ConsumerRecord, error: Exception) -> None:
        where = f"{message.topic}, partition {message.partition}, offset {message.offset}"
        logger.warning("%s is skipped: %s", where, error)
        self._metrics.unreadable(topic)

    # --- what is done

    async def _publish(self) -> None:
        if not self._batch:
            self._batch = self._waiting.due(BATCH)
        if not self._batch:
            return
        refused = await self._publisher.publish(self._batch)
        for event in self._batch:
            self._metrics.attributed(event.topic)
        if refused:
            self._metrics.given_up(TOO_LARGE, len(refused))
        self._remove(self._batch)
        self._batch = []
        self._metrics.progressed()

    def _remove(self, events: Sequence[WaitingEvent]) -> None:
        self._store.begin()
        for event in events:
            self._waiting.remove(event.key, event.partition)
        self._store.commit()

    async def _look(self) -> None:
        """Give up what waits too long, and report what waits and how far we are."""
        now_ms = round(self._now() * 1_000)
        oldest = self._waiting.oldest(BATCH)
        if self._reader.has_read_all():
            due = [each for each in oldest if not each.account and each.received_ms <= now_ms - self._max_wait_ms]
            if due:
                await self._publisher.give_up(due, self._max_wait_ms // DAY_MS)
                self._remove(due)
                self._metrics.given_up(TOO_LONG, len(due))
        seconds = max(0.0, (now_ms - oldest[0].received_ms) / 1_000) if oldest else 0.0
        self._report(seconds, await self._reader.lag())

    def _report(self, oldest_seconds: float, lag: Mapping[tuple[str, int], int]) -> None:
        self._metrics.waits(self._waiting.events, self._waiting.ids, oldest_seconds)
        self._metrics.aliases(len(self._table), self._table.cycles)
        self._metrics.lag(lag)
        if not any(lag.values()) and not self._batch:
            self._metrics.progressed()
