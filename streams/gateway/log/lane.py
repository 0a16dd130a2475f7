"""The way to one topic: a producer of its own, which is replaced after an error that it cannot get over.

An idempotent producer whose batch was refused has a gap in its sequence, so that every later batch of the partition is
refused, too. A producer for each topic keeps that from the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from streams.gateway.log.outgoing import NotWritten, Outgoing
from streams.gateway.log.partition_queue import Batch, Group, PartitionQueue, Ticket

FIRST_HOLD_SECONDS = 0.25
LONGEST_HOLD_SECONDS = 5.0
CLOSE_SECONDS = 30.0
HAND_OVER_SECONDS = 20.0
"""How long a producer may take to find the partition's leader."""
_FAILURES = (KafkaError, OSError, TimeoutError, AssertionError)  # an assertion: the topic has fewer partitions now
_LOG = logging.getLogger(__name__)


class Producer(Protocol):
    """What a lane needs of aiokafka's producer."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def create_batch(self) -> Any: ...
    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Awaitable[object]: ...


class Lane:
    """Writes to `topic`, a name in Kafka. One event loop owns it.

    After a failure it is held for up to 5 s: what waits fails, and new messages are refused at once, with the reason.
    Then it tries again.
    """

    def __init__(
        self,
        topic: str,
        new_producer: Callable[[], Producer],
        released: Callable[[int], None],
        failed: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`released` is called with bytes that wait no more, `failed` with the topic and the code of each failure."""
        self._topic: Final = topic
        self._new_producer: Final = new_producer
        self._released: Final = released
        self._failed: Final = failed
        self._clock: Final = clock
        self._queues: Final[dict[int, PartitionQueue]] = {}
        self._tasks: Final[set[asyncio.Task[None]]] = set()
        self._under_way: Final[dict[asyncio.Future[object], Producer]] = {}
        self._producer: Producer | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._hold_seconds = 0.0
        self._held = ""
        self._bug: BaseException | None = None

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError: when the broker cannot be reached, or refuses us.
        """
        producer = self._new_producer()
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    @property
    def held(self) -> str:
        """Why nothing can be written at the moment; "" if it can."""
        return self._held

    def check_sound(self) -> None:
        """Raise the error of a fault of ours that ended a write; the process must end then."""
        if self._bug is not None:
            raise self._bug

    def check(self) -> None:
        """Raise `NotWritten` while nothing can be written."""
        self.check_sound()
        if self._held:
            raise NotWritten("held", self._held)

    def add(self, message: Outgoing, ticket: Ticket) -> None:
        """Take a message of a request; `check` has been called."""
        queue = self._queues.get(message.partition)
        if queue is None:
            queue = self._queues[message.partition] = self._queue(message.partition)
        queue.add(message, ticket)

    def _queue(self, partition: int) -> PartitionQueue:
        async def send(group: Group) -> None:
            await self._write(group, partition)

        return PartitionQueue(self._new_batch, send, self._released, self._start)

    def _new_batch(self) -> Batch:
        if self._producer is None:
            raise NotWritten("held", self._held or "the gateway has not started")
        batch: Batch = self._producer.create_batch()
        return batch

    def _start(self, queue: PartitionQueue) -> None:
        task = asyncio.get_running_loop().create_task(queue.drain())
        self._tasks.add(task)
        task.add_done_callback(self._drained)

    def _drained(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._bug = error

    async def _write(self, group: Group, partition: int) -> None:
        producer = self._producer
        if producer is None or self._held:
            _settle(group, NotWritten("held", self._held))
            return
        try:
            await self._acknowledgement(producer, group, partition)
        except _FAILURES as error:
            words = f"Kafka did not take messages for {self._topic}: {str(error) or type(error).__name__}"
            _settle(group, NotWritten("failed", words))
            self._hold(producer, error, words)
        else:
            self._hold_seconds = 0.0
            _settle(group, None)

    async def _acknowledgement(self, producer: Producer, group: Group, partition: int) -> None:
        async with asyncio.timeout(HAND_OVER_SECONDS):
            sent = await producer.send_batch(group.batch, self._topic, partition=partition)
        future = asyncio.ensure_future(sent)
        self._under_way[future] = producer
        try:
            await future
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise TimeoutError("its producer has ended") from None
        finally:
            del self._under_way[future]

    def _hold(self, producer: Producer, error: BaseException, words: str) -> None:
        """Refuse everything for a while, and make a new producer meanwhile."""
        self._failed(self._topic, "not_allowed" if isinstance(error, TopicAuthorizationFailedError) else "failed")
        if producer is not self._producer:
            return  # the failure of another batch made a new one already
        _LOG.error("%s", words)
        self._hold_seconds = min(max(2 * self._hold_seconds, FIRST_HOLD_SECONDS), LONGEST_HOLD_SECONDS)
        self._held, self._producer = words, None
        self._renewing = asyncio.get_running_loop().create_task(self._renew(producer))

    async def _renew(self, old: Producer) -> None:
        closing = asyncio.get_running_loop().create_task(self._close(old))
        while self._producer is None:
            await asyncio.sleep(self._hold_seconds)
            try:
                await self.start()
            except _FAILURES as error:
                self._hold_seconds = min(2 * self._hold_seconds, LONGEST_HOLD_SECONDS)
                self._held = f"Kafka cannot be reached: {str(error) or type(error).__name__}"
        self._held = ""
        await closing

    async def _close(self, producer: Producer) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await producer.stop()
        except _FAILURES as error:
            _LOG.warning("a producer that failed did not end in order: %r", error)
        for future in [future for future, of in self._under_way.items() if of is producer]:
            future.cancel()  # nobody will answer it

    async def stop(self) -> None:
        """Write what waits, and disconnect. The caller bounds how long that may take."""
        if self._renewing is not None:
            self._renewing.cancel()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
        if self._producer is not None:
            await self._producer.stop()


def _settle(group: Group, error: NotWritten | None) -> None:
    for ticket in group.tickets:
        if error is None:
            ticket.acknowledged()
        else:
            ticket.failed(error)
