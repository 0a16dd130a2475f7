"""Messages that wait for one partition: they gather in a batch while the one before is under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from streams.gateway.log.outgoing import Outgoing, size_of


class Batch(Protocol):
    """A batch that is being filled: aiokafka's `BatchBuilder`."""

    def append(self, *, timestamp: int, key: bytes | None, value: bytes | None, headers: Sequence[Any] = []) -> Any:
        """Take a message. None when the batch is full."""
        ...


class Ticket:
    """What a request waits for: `done` ends once all its messages are acknowledged, or one of them has failed."""

    __slots__ = ("done", "pending")

    def __init__(self, done: asyncio.Future[None]) -> None:
        self.done: Final = done
        self.pending = 0

    def acknowledged(self) -> None:
        """One of its groups is acknowledged."""
        self.pending -= 1
        if not self.pending and not self.done.done():
            self.done.set_result(None)

    def failed(self, error: Exception) -> None:
        """One of its groups is not, and will not be."""
        if not self.done.done():
            self.done.set_exception(error)


class Group:
    """Messages of several requests in one batch."""

    __slots__ = ("batch", "size", "tickets")

    def __init__(self, batch: Batch) -> None:
        self.batch: Final = batch
        self.tickets: Final[list[Ticket]] = []
        self.size = 0

    @property
    def is_given_up(self) -> bool:
        """Whether no request waits for it any more: each was answered that it should be sent again."""
        return all(ticket.done.done() for ticket in self.tickets)


class PartitionQueue:
    """The queue of one partition. At most one of its batches is under way, so messages keep their order.

    `send` writes a group and returns once it is acknowledged or has failed; it settles the tickets itself. `released`
    is called with the bytes of each group that is settled.
    """

    def __init__(
        self,
        new_batch: Callable[[], Batch],
        send: Callable[[Group], Awaitable[None]],
        released: Callable[[int], None],
        start: Callable[[PartitionQueue], None],
    ) -> None:
        self._new_batch: Final = new_batch
        self._send: Final = send
        self._released: Final = released
        self._start: Final = start
        self._groups: Final[deque[Group]] = deque()
        self._is_draining = False

    def add(self, message: Outgoing, ticket: Ticket) -> None:
        """Take a message of a request; it is on its way as soon as the batch before it is acknowledged."""
        group = self._groups[-1] if self._groups else self._opened()
        if group.batch.append(timestamp=message.instant_ms, key=message.key, value=message.value) is None:
            group = self._opened()
            if group.batch.append(timestamp=message.instant_ms, key=message.key, value=message.value) is None:
                raise ValueError(f"a message of {size_of(message)} bytes does not fit into an empty batch")
        group.size += size_of(message)
        if not group.tickets or group.tickets[-1] is not ticket:
            group.tickets.append(ticket)
            ticket.pending += 1
        if not self._is_draining:
            self._is_draining = True
            self._start(self)

    def _opened(self) -> Group:
        group = Group(self._new_batch())
        self._groups.append(group)
        return group

    async def drain(self) -> None:
        """Send group after group until none is left."""
        try:
            while self._groups:
                group = self._groups.popleft()
                try:
                    if not group.is_given_up:
                        await self._send(group)
                finally:
                    self._released(group.size)
        finally:
            self._is_draining = False
