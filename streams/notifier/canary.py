"""The canary: every few minutes a case that is none is sent through the whole path, and its way is timed.

A message on every partition of `control` makes its worker decide a case that opens and is resolved
(`alerts.lifecycle.canary`); here both steps are read from `alerts` again. A partition whose canary is overdue has no
worker that decides, or a rule engine that does not: a test message through a sink would not show it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from alerts.step import CANARY_ACCOUNT, AlertStep
from streams.control.messages import Canary, encode_control
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer, new_producer
from streams.topics import ALERTS, CONTROL

ROLE = "notifier"
KEY = CANARY_ACCOUNT.encode()
RETRY_SECONDS = 10.0
SEND_SECONDS = 30.0
POLL_MS = 1_000
FIRST_MS = 1
"""Before every message."""
OPEN_MAX = 1_000
"""Cases that have opened and were not resolved yet; older ones are forgotten."""
_STEPS = msgspec.json.Decoder(AlertStep)

logger = logging.getLogger(__name__)


class CanaryMetrics(Protocol):
    """What is reported of it."""

    def canary_expected(self, partition: int, since_seconds: float) -> None:
        """From the Unix time `since_seconds` on, canaries of a partition are expected."""
        ...

    def canary_seen(self, partition: int, at_seconds: float, seconds: float) -> None:
        """A case was opened and resolved at the Unix time `at_seconds`, `seconds` after its message was sent."""
        ...


class CanaryWatch:
    """Reads canaries. Mutable: remembers the cases that have opened."""

    def __init__(self, metrics: CanaryMetrics) -> None:
        self._metrics = metrics
        self._open: dict[str, None] = {}

    def take(self, message: ConsumerRecord, now_ms: int) -> None:
        """Take in a message of `alerts`; any but a canary's is left alone. `now_ms` is wall time."""
        if message.key != KEY:
            return
        with suppress(msgspec.DecodeError, UnicodeDecodeError):  # then it stays absent, which is reported
            step = _STEPS.decode(message.value or b"")
            if step.step == "opened":
                self._open[step.case_id] = None
                while len(self._open) > OPEN_MAX:
                    del self._open[next(iter(self._open))]
            elif step.step == "resolved" and step.case_id in self._open:
                del self._open[step.case_id]
                seconds = max(0, now_ms - step.as_of_ms) / 1_000
                self._metrics.canary_seen(message.partition, now_ms / 1_000, seconds)


async def run_canary(settings: Settings, metrics: CanaryMetrics, stop: asyncio.Event) -> None:
    """Send and watch canaries until `stop` is set; only waits when they are turned off.

    Every notifier does, and each sees those of all. A broker that fails is tried again: the canary is then absent,
    which is what it is for.
    """
    if not settings.canary_seconds:
        await stop.wait()
        return
    for partition in range(settings.partitions):
        metrics.canary_expected(partition, time.time())
    while not stop.is_set():
        try:
            await _run(settings, CanaryWatch(metrics), stop)
        except (KafkaError, TimeoutError, OSError) as error:
            logger.warning("the canary cannot be sent or read (%r): trying again", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)


async def with_canary(
    settings: Settings, metrics: CanaryMetrics, stop: asyncio.Event, work: Callable[[], Awaitable[None]]
) -> None:
    """Run `work`, and canaries beside it until it ends; raises the error of either."""
    notifier, canary = asyncio.ensure_future(work()), asyncio.ensure_future(run_canary(settings, metrics, stop))
    try:
        await asyncio.wait({notifier, canary}, return_when=asyncio.FIRST_COMPLETED)
        if canary.done() and not stop.is_set():
            canary.result()
        await notifier
    finally:
        for task in (notifier, canary):
            task.cancel()
        await asyncio.wait({notifier, canary})


async def _run(settings: Settings, watch: CanaryWatch, stop: asyncio.Event) -> None:
    consumer = new_consumer(settings, ROLE, auto_offset_reset="latest")
    producer = new_producer(settings, ROLE)
    try:
        await consumer.start()
        await producer.start()
        topic = settings.topic(ALERTS)
        partitions = [TopicPartition(topic, number) for number in range(settings.partitions)]
        consumer.assign(partitions)
        for each in partitions:
            await consumer.position(each)  # from here on: what is sent now must be seen
        await _send_and_read(settings, producer, consumer, watch, stop)
    finally:
        await consumer.stop()
        await producer.stop()


async def _send_and_read(
    settings: Settings,
    producer: AIOKafkaProducer,
    consumer: AIOKafkaConsumer,
    watch: CanaryWatch,
    stop: asyncio.Event,
) -> None:
    next_send = time.monotonic()
    while not stop.is_set():
        if time.monotonic() >= next_send:
            next_send = time.monotonic() + settings.canary_seconds
            await send_canaries(settings, producer)
        batches = await consumer.getmany(timeout_ms=POLL_MS)
        now_ms = time.time_ns() // 1_000_000
        for messages in batches.values():
            for message in messages:
                watch.take(message, now_ms)


async def send_canaries(settings: Settings, producer: AIOKafkaProducer) -> None:
    """One canary to every partition of `control`.

    By the event clock messages are applied in the order of their time. A canary advances no time, so it goes first:
    dated now it would hold up all behind it on `control` until a history that is streamed has come to our time.
    """
    now_ms = time.time_ns() // 1_000_000
    timestamp_ms = FIRST_MS if settings.clock == "event" else now_ms
    value, topic = encode_control(Canary(instant_ms=now_ms)), settings.topic(CONTROL)
    async with asyncio.timeout(SEND_SECONDS):
        for partition in range(settings.partitions):
            await producer.send_and_wait(topic, value, partition=partition, timestamp_ms=timestamp_ms)
