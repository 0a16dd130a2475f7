"""The modelled producer and the way from it to the brokers, on which anything may happen.

It has the methods of aiokafka's producer that `streams.worker.flush_writer` calls. What one process sends to one
partition arrives in order, or not at all; between partitions any order is possible.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError

from streams.topics import CHANGELOG
from tests.simulation.broker import Place

BATCH_OVERHEAD_BYTES = 32


class Record(NamedTuple):
    """One record on its way; a timestamp of None is the time of its sending."""

    key: bytes | None
    value: bytes | None
    timestamp: int | None = None
    headers: Sequence[tuple[str, bytes]] = ()


class Batch:
    """As many records as fit; at least one."""

    def __init__(self, most_bytes: int) -> None:
        self.records: list[Record] = []
        self._left = most_bytes

    def append(self, *, key: bytes | None, value: bytes | None, timestamp: int | None) -> object | None:
        """Add a record; None when it has no room."""
        size = len(key or b"") + len(value or b"") + BATCH_OVERHEAD_BYTES
        if self.records and size > self._left:
            return None
        self._left -= size
        self.records.append(Record(key, value, timestamp))
        return self

    def close(self) -> None:
        """Nothing more is added."""


class Request(NamedTuple):
    """Something sent that waits for its acknowledgement. `place` is None for a commit, which `carry_out` does."""

    sender: str
    place: Place | None
    records: Sequence[Record]
    acknowledged: asyncio.Future[object]
    carry_out: Callable[[], object] | None = None


class Network:
    """What was sent and has not arrived, by sender and partition; and the answers that are on their way back."""

    def __init__(self, batch_bytes: int) -> None:
        """`batch_bytes` is the most that a batch holds."""
        self.batch_bytes = batch_bytes
        self.queues: dict[tuple[str, Place | None], deque[Request]] = {}
        self.answers: list[tuple[Request, object]] = []
        self.made: list[Producer] = []
        self.objections: dict[str, Callable[[], str]] = {}
        """By process: why it may not send outputs now, "" when it may."""

    def producer(self, _settings: object, _role: str, **_options: object) -> Producer:
        """Made where the real one is; whoever owns the process names it with `Producer.owner`."""
        producer = Producer(self, self.batch_bytes)
        self.made.append(producer)
        return producer

    def send(self, request: Request) -> None:
        """Put a request on its way.

        Raises:
            AssertionError: when its sender may not send outputs now. Records alone may still come: of an account that
                takes several batches.
        """
        if request.place is not None and not request.place[0].endswith(CHANGELOG):
            objection = self.objections[request.sender]()
            assert not objection, f"{request.sender} sends to {request.place[0]}: {objection}"
        self.queues.setdefault((request.sender, request.place), deque()).append(request)

    def take(self, queue: tuple[str, Place | None]) -> Request:
        """The oldest request of a queue."""
        requests = self.queues[queue]
        request = requests.popleft()
        if not requests:
            del self.queues[queue]
        return request

    def of(self, sender: str) -> list[tuple[str, Place | None]]:
        """The queues of a sender."""
        return [queue for queue in self.queues if queue[0] == sender]

    def cut(self, queue: tuple[str, Place | None], keep: int) -> list[Request]:
        """Of what was sent only the first `keep` requests still arrive; answers the others."""
        requests = self.queues[queue]
        gone = [requests.pop() for _ in range(len(requests) - keep)]
        if not requests:
            del self.queues[queue]
        return gone


class Producer:
    """Aiokafka's producer, as far as `streams.worker.flush_writer.FlushWriter` uses it."""

    def __init__(self, network: Network, most_bytes: int) -> None:
        self.owner = ""
        self._network = network
        self._most_bytes = most_bytes

    def create_batch(self) -> Batch:
        """An empty batch."""
        return Batch(self._most_bytes)

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[object]:
        """Send; what it answers is done when the batch is acknowledged."""
        return self._send((topic, partition), batch.records)

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        *,
        key: bytes | None = None,
        partition: int = 0,
        timestamp_ms: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Awaitable[object]:
        """Send one record."""
        return self._send((topic, partition), [Record(key, value, timestamp_ms, headers)])

    async def send_and_wait(self, topic: str, value: bytes | None = None, **how: Any) -> object:
        """Send one record as `send` does, and wait until it is acknowledged."""
        return await (await self.send(topic, value, **how))

    def _send(self, place: Place, records: Sequence[Record]) -> asyncio.Future[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._network.send(Request(self.owner, place, records, future))
        return future


def failed() -> KafkaError:
    """What the client raises when no acknowledgement came in time."""
    return KafkaError("no acknowledgement came in time")
