"""Reads what the topics `alerts` and `deliveries` hold of one account, the newest first. Writes nothing to Kafka."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from alerts.delivery_record import DeliveryRecord
from alerts.step import AlertStep
from scoring.instants import MINUTE_MS
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_consumer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.topics import ALERTS, DELIVERIES, partition_of

ROLE = "alerts"
CONNECT_SECONDS = 20.0
STALLED_SECONDS = 60.0
STRIDE = 5_000
"""Offsets that are read at once, from the end of the partition towards its beginning."""
READ_MAX = 500_000
"""The most offsets of a partition that are read: 20 seconds or so."""
STEPS_USUAL = 50
CLOCKS_APART_MS = 5 * MINUTE_MS
"""Nothing is delivered before its step, but by the clocks of two machines."""
Progress = Callable[[int], None]
_STEPS = msgspec.json.Decoder(AlertStep)
_DELIVERIES = msgspec.json.Decoder(DeliveryRecord)
T = TypeVar("T")


class AccountRecords(msgspec.Struct, frozen=True, kw_only=True):
    """The records of an account that were read: `steps` the newest first, and `deliveries` of those steps.

    `reaches_back` says whether the reading got to the beginning of the topic, so that an older step cannot exist, or
    found as many as it was asked for. `unreadable` messages of the account were skipped.
    """

    steps: tuple[AlertStep, ...]
    deliveries: tuple[DeliveryRecord, ...]
    reaches_back: bool
    unreadable: int = 0

    def deliveries_of(self, step_id: str) -> list[DeliveryRecord]:
        """What became of one step, in the order of the topic."""
        return [each for each in self.deliveries if each.step_id == step_id]


def no_progress(done: int) -> None:
    """Shows nothing."""


async def read_account(
    settings: Settings,
    account_id: str,
    *,
    until_ms: int | None = None,
    limit: int = STEPS_USUAL,
    progress: Progress = no_progress,
) -> AccountRecords:
    """The newest `limit` steps of an account up to `until_ms` (inclusive), and their deliveries.

    Reads the account's own partition only, backwards, `READ_MAX` messages at most. `progress` is called with how many
    were read. Blocks for seconds when the account's last step is long ago.

    Raises:
        UserError: when the broker fails.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    key = account_id.encode()
    reader = _Backwards(key, progress)
    consumer = new_consumer(settings, ROLE, auto_offset_reset="earliest", fetch_max_wait_ms=100)
    try:
        await consumer.start()
        alerts = settings.topic(ALERTS)
        home = TopicPartition(alerts, partition_of(key, settings.partitions))
        steps, steps_whole = await reader.read(
            consumer, home, _STEPS, lambda step: until_ms is None or step.as_of_ms <= until_ms, limit
        )
        wanted = {step.id for step in steps}
        name = settings.topic(DELIVERIES)
        home = TopicPartition(name, partition_of(key, settings.partitions))
        since_ms = min((step.as_of_ms for step in steps), default=0) - CLOCKS_APART_MS
        records, _ = await reader.read(
            consumer, home, _DELIVERIES, lambda record: record.step_id in wanted, READ_MAX if wanted else 0, since_ms
        )
    except (KafkaError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        advice = advice_for(error, "check that it runs")
        raise UserError(f"The broker at {settings.kafka} does not answer ({why}): {advice}, and ask again.") from error
    finally:
        await consumer.stop()
    return AccountRecords(
        steps=tuple(steps),
        deliveries=tuple(reversed(records)),
        reaches_back=steps_whole or len(steps) >= limit,
        unreadable=reader.unreadable,
    )


class _Backwards:
    """Reads partitions from their ends towards their beginnings. Mutable: counts."""

    def __init__(self, key: bytes, progress: Progress) -> None:
        self.unreadable = 0
        self._key, self._progress = key, progress
        self._read = 0

    async def read(
        self,
        consumer: AIOKafkaConsumer,
        tp: TopicPartition,
        decoder: msgspec.json.Decoder[T],
        is_wanted: Callable[[T], bool],
        limit: int,
        since_ms: int = 0,
    ) -> tuple[list[T], bool]:
        """The newest `limit` that are wanted, newest first, of the messages since `since_ms`; and whether all of those
        were read."""
        consumer.assign([tp])
        first = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
        if since_ms > 0:
            since = (await consumer.offsets_for_times({tp: since_ms}))[tp]
            first = end if since is None else max(first, since.offset)
        lowest = max(first, end - READ_MAX)
        found: list[T] = []
        is_last = limit > 0
        while (end > lowest or is_last) and len(found) < limit:
            start = max(lowest, end - STRIDE)
            messages = await _page(consumer, tp, start, None if is_last else end)
            page, is_last = [self._decoded(decoder, message) for message in messages], False
            found += [each for each in reversed(page) if each is not None and is_wanted(each)]
            self._read += end - start
            self._progress(self._read)
            end = start
        return found[:limit], end <= first

    def _decoded(self, decoder: msgspec.json.Decoder[T], message: ConsumerRecord) -> T | None:
        if message.key != self._key or message.value is None:
            return None
        try:
            return decoder.decode(message.value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.unreadable += 1
            return None


async def _page(consumer: AIOKafkaConsumer, tp: TopicPartition, start: int, end: int | None) -> list[ConsumerRecord]:
    """The messages of the offsets [start, end), in order; with None to the end of the log, which is the watermark that
    comes with a fetch: on the embedded broker the one that is asked for may be old."""
    consumer.seek(tp, start)
    found: list[ConsumerRecord] = []
    deadline = time.monotonic() + STALLED_SECONDS
    while True:
        batches = await consumer.getmany(tp, timeout_ms=200, max_records=STRIDE)
        for messages in batches.values():
            found += [message for message in messages if end is None or message.offset < end]
            deadline = time.monotonic() + STALLED_SECONDS
        until = consumer.highwater(tp) if end is None else end
        if until is not None and await consumer.position(tp) >= until:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topic {tp.topic} stopped answering before its end")
