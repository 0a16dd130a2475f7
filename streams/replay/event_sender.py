"""The producer behind `publish` and `override`: bounded in flight, paced, and exact about what is acknowledged."""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter, deque
from collections.abc import Iterable

from aiokafka.errors import InvalidTimestampError, KafkaError

from streams.control.messages import Control, encode_control
from streams.deployment.settings import Settings
from streams.errors import Interrupted, UserError
from streams.kafka.clients import new_producer
from streams.kafka.errors import mend
from streams.topics import CONTROL, partition_of

IN_FLIGHT_MAX = 20_000
"""Events sent and not yet acknowledged: beyond it reading waits."""
BATCH_BYTES = 256 * 1024
REQUEST_MAX_BYTES = 1_040_000  # the largest event, its key and what Kafka adds; just below the brokers' default
REQUEST_TIMEOUT_MS = 20_000
STALL_SECONDS = 60.0
STOP_SECONDS = 5.0
_PACE_SECONDS = 0.002


class Pace:
    """So many events a second, and as many as can be when there is no `rate`."""

    def __init__(self, rate: float | None) -> None:
        self._seconds_each = 1 / rate if rate else 0.0
        self._next = time.monotonic()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        if not self._seconds_each:
            return
        ahead = self._next - time.monotonic()
        self._next += self._seconds_each
        if ahead > _PACE_SECONDS:
            await asyncio.sleep(ahead)


class EventSender:
    """The producer, a bound on what is in flight, and the tally by topic of what is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.acknowledged: Counter[str] = Counter()
        self.unknown = 0
        """Events that were sent, and of which no answer came."""
        self._settings = settings
        self._in_flight: deque[tuple[str, asyncio.Future[object]]] = deque()
        self._home = functools.lru_cache(maxsize=100_000)(functools.partial(_home, partitions=settings.partitions))
        self._producer = new_producer(
            settings,
            "publish",
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_MAX_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )

    async def start(self) -> None:
        """Connect.

        Raises:
            UserError: when the broker does not take a producer of this kind.
        """
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1_000):
                await self._producer.start()
        except (KafkaError, TimeoutError) as error:
            if not self._settings.idempotent:
                raise
            raise UserError(
                f"The broker at {self._settings.kafka} takes no idempotent producer ({reason_of(error)}): set "
                f"VITALS_IDEMPOTENT to 0 where it has none, as the embedded one."
            ) from error

    def name_of(self, topic: str) -> str:
        """Kafka's name of an input."""
        return self._settings.topic(topic)

    async def send(self, topic: str, account_id: str, value: bytes, instant_ms: int) -> None:
        """Hand one event to the producer. Waits only while too much is in flight."""
        key, partition = self._home(account_id)
        name = self._settings.topic(topic)
        sent = await self._producer.send(name, value, key=key, partition=partition, timestamp_ms=instant_ms)
        self._in_flight.append((topic, sent))
        await self.settle(in_flight=IN_FLIGHT_MAX)

    async def settle(self, in_flight: int) -> None:
        """Wait until no more than so many events are unacknowledged, the oldest first.

        Raises:
            KafkaError: when one of them failed.
            TimeoutError: when none is acknowledged for a minute.
        """
        while len(self._in_flight) > in_flight:
            topic, sent = self._in_flight[0]
            if not sent.done():
                async with asyncio.timeout(STALL_SECONDS):
                    await sent
            sent.result()
            self._in_flight.popleft()
            self.acknowledged[topic] += 1

    async def control(self, control: Control, partitions: Iterable[int]) -> None:
        """Send a control message to these partitions, with its instant for its time; returns when all are acknowledged.

        Raises:
            KafkaError: when it cannot be sent.
            TimeoutError: when it is not acknowledged within a minute.
        """
        name, value = self._settings.topic(CONTROL), encode_control(control)
        sends = [
            self._producer.send_and_wait(name, value, partition=partition, timestamp_ms=control.instant_ms)
            for partition in partitions
        ]
        async with asyncio.timeout(STALL_SECONDS):
            await asyncio.gather(*sends)

    async def stop(self) -> None:
        """Flush what can be within seconds, count it, and disconnect. A second call does nothing."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._producer.stop()
        except TimeoutError:
            pass  # a broker that is away: `failure` says so
        while self._in_flight:
            topic, sent = self._in_flight.popleft()
            if not sent.cancel() and not sent.cancelled() and sent.exception() is None:
                self.acknowledged[topic] += 1
            else:
                self.unknown += 1

    def interrupted(self) -> Interrupted:
        """What to tell when the user ended the sending, once stopped."""
        done = f"Interrupted: {self.acknowledged.total():,} events were published and acknowledged"
        if self.unknown:
            done += f", and of {self.unknown:,} more it is not known"
        return Interrupted(f"{done}. Those without an id count again when the file is published again.")

    def failure(self, error: Exception) -> UserError:
        """What to tell when `error` ended the sending, once stopped."""
        done = f"{self.acknowledged.total():,} events were published, then it failed"
        if isinstance(error, UserError):
            return UserError(f"{done}. {error}") if self.acknowledged else error
        if isinstance(error, InvalidTimestampError):
            return UserError(f"{done}: a topic takes no event so old. Set its message.timestamp.type to LogAppendTime.")
        where = self._settings.kafka
        todo = mend(error, f"see that the broker at {where} runs")
        return UserError(f"{done} ({reason_of(error)}): {todo}, and publish again.")


def reason_of(error: Exception) -> str:
    """What an error says, or its name where it says nothing."""
    return str(error) or type(error).__name__


def _home(account_id: str, partitions: int) -> tuple[bytes, int]:
    key = account_id.encode()
    return key, partition_of(key, partitions)
