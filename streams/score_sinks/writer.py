"""The loop of one score sink: reads `scores`, and writes what changed enough to another product."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec
from aiokafka import ConsumerRebalanceListener, TopicPartition

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from scoring.result import ScoreSnapshot
from streams.score_sinks.pace import Pace, retry_seconds
from streams.score_sinks.ports import Commit, Deliver, FirstDriver, ScoreConsumer, WriterMetrics
from streams.score_sinks.progress import Progress
from streams.score_sinks.value import ScoreValue, value_of
from streams.score_sinks.waiting import Waiting
from streams.score_sinks.written import WrittenUnavailable, WrittenValues

POLL_MS = 500
BATCH = 500
SEND_SECONDS = 1.0
"""How long values are written before the topic is read again."""
LOG_SECONDS = 60.0
ATTEMPTS = 8
"""An account whose value failed so often, while others were taken, is given up until it changes again."""

logger = logging.getLogger(__name__)
_SNAPSHOTS = msgspec.json.Decoder(ScoreSnapshot)
T = TypeVar("T")


class Clock(msgspec.Struct, frozen=True):
    """How time passes; tests have their own."""

    monotonic: Callable[[], float] = time.monotonic
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


class Writer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Writes each account's newest value, one at a time, at the sink's pace.

    Nothing is written before the last write is known, so while Redis is down all waits. A product that takes
    nothing keeps all waiting too; a value that it takes none of, while it takes others, is given up and counted. A
    value may be written twice: after a crash between the answer and its record, or after Redis was emptied. Older
    values never follow newer ones: a rebalance waits for the write under way.
    """

    def __init__(
        self,
        name: str,
        consumer: ScoreConsumer,
        deliver: Deliver,
        first_driver: FirstDriver,
        written: WrittenValues,
        commit: Commit,
        metrics: WriterMetrics,
        waiting: Waiting[TopicPartition],
        pace: Pace,
        clock: Clock | None = None,
    ) -> None:
        self._name = name
        self._consumer = consumer
        self._deliver = deliver
        self._first_driver = first_driver
        self._written = written
        self._progress = Progress(commit)
        self._metrics = metrics
        self._waiting = waiting
        self._pace = pace
        self._clock = clock or Clock()
        self._rebalances = 0
        self._attempts: dict[str, tuple[int, int]] = {}
        self._taken = 0
        self._refusals = _RefusalLog(name)
        self._sending = asyncio.Lock()

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Waits for the write under way (15 s at most): the partition's next owner may write a newer value."""
        async with self._sending:
            self._forget()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        async with self._sending:
            self._forget()

    def _forget(self) -> None:
        self._rebalances += 1
        self._waiting.clear()
        self._progress.clear()
        self._attempts.clear()

    async def run(self, stop: asyncio.Event) -> None:
        """Read and write until `stop` is set, then return within the time of one write."""
        while not stop.is_set():
            batch = await self._consumer.getmany(timeout_ms=self._patience_ms(), max_records=BATCH)
            # Only now: what a fetch returns is of the assignment at its end, which may have begun within it.
            rebalances = self._rebalances
            if self._consumer.assignment():
                self._metrics.ready()
            for partition, messages in batch.items():
                if rebalances == self._rebalances:
                    await self._take(partition, messages, rebalances, stop)
            await self._send_due(stop)
            await self._progress.commit(self._waiting.first_offset, self._clock.monotonic())
            self._report()
        await self._progress.commit(self._waiting.first_offset, math.inf)

    def _patience_ms(self) -> int:
        """How long to wait for messages: until something is to be written."""
        due_ms, now_ms = self._waiting.next_due_ms(), self._clock.now_ms()
        if due_ms is None:
            return POLL_MS
        pause_ms = round(1_000 * (self._pace.next_seconds - self._clock.monotonic()))
        return min(POLL_MS, max(0, due_ms - now_ms, pause_ms))

    async def _take(
        self, partition: TopicPartition, messages: Sequence[Any], rebalances: int, stop: asyncio.Event
    ) -> None:
        snapshots = [(message.offset, snapshot) for message in messages if (snapshot := self._decoded(message))]
        accounts = dict.fromkeys(snapshot.account_id for _, snapshot in snapshots)
        unknown = [account for account in accounts if not self._waiting.is_known(account)]
        if (found := await self._ask(partial(self._written.get, unknown), rebalances, stop)) is None:
            return
        for account_id, written in found.items():
            self._waiting.learn(account_id, written)
        for offset, snapshot in snapshots:
            value = value_of(snapshot)
            if self._waiting.offer(value, partition, offset, self._clock.now_ms()):
                driver = await self._first_driver(snapshot)
                if rebalances != self._rebalances:
                    return
                self._waiting.complete(msgspec.structs.replace(value, driver=driver))
            else:
                self._metrics.wrote("unchanged")
        if gone := _removed(messages):
            if await self._ask(partial(self._written.remove, gone), rebalances, stop) is None:
                return
            self._waiting.remove(gone)
        self._progress.passed(partition, messages[-1].offset + 1)

    def _decoded(self, message: Any) -> ScoreSnapshot | None:
        if message.value is None:
            self._metrics.wrote("removed")
            return None
        try:
            return _SNAPSHOTS.decode(message.value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._metrics.wrote("undecodable")
            return None

    async def _ask(self, ask: Callable[[], Awaitable[T]], rebalances: int, stop: asyncio.Event) -> T | None:
        """What the store of last writes answers, asked until it does; None after a rebalance or a stop."""
        failures = 0
        while not stop.is_set() and rebalances == self._rebalances:
            try:
                answer = await ask()
            except WrittenUnavailable as error:
                failures += 1
                self._metrics.waiting(f"{self._name}: {error}")
                await self._clock.sleep(retry_seconds(failures))
                continue
            return answer if rebalances == self._rebalances else None
        return None

    async def _send_due(self, stop: asyncio.Event) -> None:
        """Write what is due for a second, at the sink's pace."""
        clock, until = self._clock, self._clock.monotonic() + SEND_SECONDS
        while not stop.is_set():
            now, due_ms = clock.monotonic(), self._waiting.next_due_ms()
            if due_ms is None or due_ms > clock.now_ms() or max(now, self._pace.next_seconds) >= until:
                return
            if self._pace.next_seconds > now:
                await clock.sleep(self._pace.next_seconds - now)
            async with self._sending:
                if (value := self._waiting.take(clock.now_ms())) is not None:
                    self._pace.start(clock.monotonic())
                    await self._send(value)

    async def _send(self, value: ScoreValue) -> None:
        try:
            await self._deliver(value)
        except DeliveryRefused as error:
            self._metrics.failed(error.reason)
            self._refusals.add(value, error, self._clock.monotonic())
            await self._finish(value, "refused")
        except ChannelUnavailable as error:
            self._metrics.failed(error.reason)
            self._hold(error)
        except DeliveryFailed as error:
            self._metrics.failed(error.reason)
            await self._fail(value, error)
        else:
            self._taken += 1
            if self._pace.took():
                logger.warning("%s takes scores again", self._name)
                self._metrics.held(0.0)
            await self._finish(value, "written")

    async def _finish(self, value: ScoreValue, outcome: str) -> None:
        """Record that `value` was written, or never will be."""
        self._metrics.wrote(outcome)
        self._attempts.pop(value.account_id, None)
        record = self._waiting.wrote(value, self._clock.now_ms())
        try:
            await self._written.set(value.account_id, record)
        except WrittenUnavailable as error:  # it is written once more, by another process or after a restart
            logger.warning("%s: written, but that is not recorded (%s)", self._name, error)

    async def _fail(self, value: ScoreValue, error: DeliveryFailed) -> None:
        """Wait as the product asks, then try the others first."""
        seconds = self._pace.failed(self._clock.monotonic(), error.retry_after_seconds)
        count, taken = self._attempts.get(value.account_id, (0, self._taken))
        self._attempts[value.account_id] = (count + 1, taken)
        if count + 1 >= ATTEMPTS and self._taken > taken:
            logger.warning("%s: account %r given up until it changes: %s", self._name, value.account_id, error)
            await self._finish(value, "given_up")
            return
        self._metrics.wrote("retried")
        self._metrics.waiting(f"{self._name}: {error}")
        self._waiting.defer(value.account_id, self._clock.now_ms() + round(1_000 * seconds))

    def _hold(self, error: ChannelUnavailable) -> None:
        if not self._pace.is_held:
            self._metrics.held(self._clock.now_ms() / 1_000)
        seconds = self._pace.hold(self._clock.monotonic())
        self._metrics.wrote("held")
        self._metrics.waiting(f"{self._name}: {error}")
        logger.warning("%s: all accounts wait: %s Next attempt in %.0f s", self._name, error, seconds)

    def _report(self) -> None:
        self._metrics.accounts_waiting(len(self._waiting))
        if not self._pace.is_waiting(self._clock.monotonic()):
            self._metrics.progressed()
        self._metrics.lag(self._progress.lag(self._consumer))


class _RefusalLog:
    """One line a minute: a product may not know most of our accounts, and the metric counts them all."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._at = 0.0

    def add(self, value: ScoreValue, error: DeliveryRefused, now: float) -> None:
        if now >= self._at:
            self._at = now + LOG_SECONDS
            logger.warning("%s: account %r refused: %s", self._name, value.account_id, error)


def _removed(messages: Sequence[Any]) -> list[str]:
    """The accounts that were forgotten, and have no later answer among these messages."""
    last = {message.key: message.value for message in messages if message.key is not None}
    return [key.decode(errors="replace") for key, value in last.items() if value is None]
