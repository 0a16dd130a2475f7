"""A producer that acknowledges when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


class FakeBatch:
    """Takes `room` messages."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.values: list[bytes | None] = []

    def append(
        self, *, timestamp: int, key: bytes | None, value: bytes | None, headers: Sequence[Any] = ()
    ) -> object | None:
        if len(self.values) == self.room:
            return None
        self.values.append(value)
        return self


class FakeProducer:
    """Batches as they are handed over, by partition. Each waits for `settle`, unless `answers` gives its end."""

    def __init__(self, room: int = 1_000, answers: Callable[[], Exception | None] | None = None) -> None:
        self.room = room
        self.sent: list[tuple[int, list[bytes | None], asyncio.Future[object]]] = []
        self.is_started = self.is_stopped = False
        self.start_error: Exception | None = None
        self._answers = answers

    async def start(self) -> None:
        if self.start_error is not None:
            raise self.start_error
        self.is_started = True

    async def stop(self) -> None:
        self.is_stopped = True

    def create_batch(self) -> FakeBatch:
        return FakeBatch(self.room)

    async def send_batch(self, batch: FakeBatch, topic: str, *, partition: int) -> Awaitable[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.sent.append((partition, batch.values, future))
        if self._answers is not None:
            _end(future, self._answers())
        return future

    def settle(self, number: int, error: Exception | None = None) -> None:
        """Acknowledge the batch of this number, or let it fail."""
        _end(self.sent[number][2], error)

    @property
    def values(self) -> list[list[bytes | None]]:
        """The messages of each batch, in the order in which they were handed over."""
        return [values for _, values, _ in self.sent]


def _end(future: asyncio.Future[object], error: Exception | None) -> None:
    if error is None:
        future.set_result(object())
    else:
        future.set_exception(error)
