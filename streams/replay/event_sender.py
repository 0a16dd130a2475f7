"""The producer behind `publish` and `override`: limited in flight, paced, and exact about acknowledgements."""

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
from streams.kafka.errors import advice_for
from streams.topics import CONTROL, partition_of

IN_FLIGHT_MAX = 20_000
"""The most events that may be sent and not yet acknowledged; beyond it, reading waits."""
BATCH_BYTES = 256 * 1024
REQUEST_MAX_BYTES = 1_040_000  # the largest event, its key and what Kafka adds; just below the brokers' default
REQUEST_TIMEOUT_MS = 20_000
STALL_SECONDS = 60.0
STOP_SECONDS = 5.0
_SHORTEST_WAIT_SECONDS = 0.002


class RateLimiter:
    """Spaces events to `rate` a second; no delay without a `rate`."""

    def __init__(self, rate: float | None) -> None:
        self._seconds_each = 1 / rate if rate else 0.0
        self._next = time.monotonic()

    async def wait(self) -> None:
        """Wait until the next event is due."""
        if not self._seconds_each:
            return
        ahead = self._next - time.monotonic()
        self._next += self._seconds_each
        if ahead > _SHORTEST_WAIT_SECONDS:
            await asyncio.sleep(ahead)


class EventSender:
    """A producer with a limit on what is in flight, and counts of acknowledged events by topic."""

    def __init__(self, settings: Settings, role: str = "publish") -> None:
        """Not connected. `role` names the process in Kafka's logs."""
        self.acknowledged: Counter[str] = Counter()
        self.unknown = 0
        """Events that were sent but never answered."""
        self._settings = settings
        self._in_flight: deque[tuple[str, asyncio.Future[object]]] = deque()
        self._home = functools.lru_cache(maxsize=100_000)(functools.partial(_home, partitions=settings.partitions))
        self._producer = new_producer(
            settings,
            role,
            max_batch_size=BATCH_BYTES,
            max_request_size=REQUEST_MAX_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )

    async def start(self) -> None:
        """Connect.

        Raises:
            UserError: when the broker does not support idempotent producers.
        """
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_MS / 1_000):
                await self._producer.start()
        except (KafkaError, TimeoutError) as error:
            if not self._settings.idempotent:
                raise
            raise UserError(
                f"The broker at {self._settings.kafka} does not accept idempotent producers ({reason_of(error)}): "
                f"set VITALS_IDEMPOTENT to 0 if it does not support them, like the embedded broker."
            ) from error

    def name_of(self, topic: str) -> str:
        """The name in Kafka of an input topic."""
        return self._settings.topic(topic)

    async def send(self, topic: str, account_id: str, value: bytes, instant_ms: int) -> None:
        """Pass one event to the producer. Waits only while too many are in flight."""
        key, partition = self._home(account_id)
        name = self._settings.topic(topic)
        sent = await self._producer.send(name, value, key=key, partition=partition, timestamp_ms=instant_ms)
        self._in_flight.append((topic, sent))
        await self.settle(in_flight=IN_FLIGHT_MAX)

    async def send_keyed(self, topic: str, key: bytes, value: bytes, instant_ms: int) -> None:
        """The same for a message of another topic, which its key alone puts into a partition."""
        partition = partition_of(key, self._settings.partitions)
        name = self._settings.topic(topic)
        sent = await self._producer.send(name, value, key=key, partition=partition, timestamp_ms=instant_ms)
        self._in_flight.append((topic, sent))
        await self.settle(in_flight=IN_FLIGHT_MAX)

    async def settle(self, in_flight: int) -> None:
        """Wait until at most `in_flight` events are unacknowledged, oldest first.

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
        """Send a control message to these partitions, with its instant as its time. Returns once all acknowledge it.

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
        """Flush as much as possible within seconds, count it, and disconnect. Idempotent."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._producer.stop()
        except TimeoutError:
            pass  # the broker is down: `failure` says so
        while self._in_flight:
            topic, sent = self._in_flight.popleft()
            if not sent.cancel() and not sent.cancelled() and sent.exception() is None:
                self.acknowledged[topic] += 1
            else:
                self.unknown += 1

    def interrupted(self) -> Interrupted:
        """The error after the user interrupted sending; call it after `stop`."""
        done = f"Interrupted: {self.acknowledged.total():,} events were published and acknowledged"
        if self.unknown:
            done += f"; whether {self.unknown:,} more arrived is unknown"
        return Interrupted(f"{done}. Events without an id will count again if the file is published again.")

    def failure(self, error: Exception) -> UserError:
        """The error after `error` ended sending; call it after `stop`."""
        done = f"{self.acknowledged.total():,} events were published, then it failed"
        if isinstance(error, UserError):
            return UserError(f"{done}. {error}") if self.acknowledged else error
        if isinstance(error, InvalidTimestampError):
            return UserError(f"{done}: a topic rejects events this old. Set message.timestamp.type to LogAppendTime.")
        where = self._settings.kafka
        todo = advice_for(error, f"check that the broker at {where} runs")
        return UserError(f"{done} ({reason_of(error)}): {todo}, and publish again.")


def reason_of(error: Exception) -> str:
    """The text of an error, or its class if it has none."""
    return str(error) or type(error).__name__


def _home(account_id: str, partitions: int) -> tuple[bytes, int]:
    key = account_id.encode()
    return key, partition_of(key, partitions)
