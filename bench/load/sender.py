"""Senders over HTTP: keep-alive connections that send a request each and wait for its answer."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Iterator
from typing import cast

from bench.load.answers import AnswerReader
from bench.load.requests import Batch

RETRY_SECONDS = 0.25
"""A sender repeats a request after this long: after a 503, and after a lost connection."""
GIVE_UP_SECONDS = 90.0


class Outcome:
    """What became of the requests of a phase. Mutable."""

    def __init__(self) -> None:
        self.requests = 0
        self.events = 0
        self.seconds = 0.0
        self.latencies: list[float] = []
        """Of acknowledged requests, in seconds: from when each was due."""
        self.acknowledged: list[tuple[int, int]] = []
        """The first number and the count of events of each acknowledged request."""
        self.repeated = 0
        self.statuses: Counter[int] = Counter()

    def took(self, batch: Batch, due: float) -> None:
        """Note an acknowledged request."""
        self.requests += 1
        self.events += batch.events
        self.latencies.append(time.perf_counter() - due)
        self.acknowledged.append((batch.first, batch.events))


class Connection(asyncio.Protocol):
    """One connection. Give it a request with `send`; the future is the status, and 0 when the connection was lost."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._reader = AnswerReader()
        self._answer: asyncio.Future[int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        status = self._reader.feed(data)
        if status and self._answer is not None:
            answer, self._answer = self._answer, None
            if not answer.done():
                answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)
        self._answer = None

    def send(self, request: bytes) -> asyncio.Future[int]:
        """Send a request; the last one must have been answered."""
        self._answer = asyncio.get_running_loop().create_future()
        assert self._transport is not None
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Sender:
    """A number of connections to one gateway."""

    def __init__(self, host: str, port: int, connections: int) -> None:
        self._host, self._port, self._count = host, port, connections
        self.last_taken = 0.0
        """When a request was acknowledged last, on the clock of `time.monotonic`."""

    async def at_most_speed(self, batches: Iterator[Batch], seconds: float) -> Outcome:
        """Each connection sends a request as soon as the last one is answered, for `seconds`."""
        outcome = Outcome()
        started = time.perf_counter()
        until = started + seconds

        async def run() -> None:
            connection = await self._connected()
            while (now := time.perf_counter()) < until and (batch := next(batches, None)) is not None:
                connection = await self._until_taken(connection, batch, now, outcome)
            connection.close()

        await asyncio.gather(*(run() for _ in range(self._count)))
        outcome.seconds = time.perf_counter() - started
        return outcome

    async def at_rate(self, batches: Iterator[Batch], per_second: float, seconds: float) -> Outcome:
        """Requests are due at a fixed rate, whatever becomes of those before: a late answer delays nobody's clock."""
        outcome, due = Outcome(), deque[tuple[float, Batch]]()
        started = time.perf_counter()
        waiting: deque[asyncio.Future[None]] = deque()
        is_over = False

        async def run() -> None:
            connection = await self._connected()
            while True:
                while not due:
                    if is_over:
                        connection.close()
                        return
                    turn = asyncio.get_running_loop().create_future()
                    waiting.append(turn)
                    await turn
                at, batch = due.popleft()
                connection = await self._until_taken(connection, batch, at, outcome)

        runs = [asyncio.ensure_future(run()) for _ in range(self._count)]
        sent, total = 0, int(per_second * seconds)
        while sent < total:
            now = time.perf_counter()
            while sent < total and started + sent / per_second <= now:
                due.append((started + sent / per_second, next(batches)))
                sent += 1
                _wake(waiting)
            await asyncio.sleep(max(0.0, min(0.002, started + sent / per_second - now)))
        is_over = True
        while waiting:
            _wake(waiting)
        await asyncio.gather(*runs)
        outcome.seconds = time.perf_counter() - started
        return outcome

    async def _until_taken(self, connection: Connection, batch: Batch, due: float, outcome: Outcome) -> Connection:
        """Send a request again and again until it is acknowledged, as a sender does that must not lose it."""
        give_up = time.perf_counter() + GIVE_UP_SECONDS
        while True:
            if not connection.is_open:
                connection = await self._connected()
            status = await connection.send(batch.data)
            outcome.statuses[status] += 1
            if 200 <= status < 300:
                outcome.took(batch, due)
                self.last_taken = time.monotonic()
                return connection
            if status not in (0, 429, 503) or time.perf_counter() > give_up:
                raise RuntimeError(f"the gateway answered {status} to a request that is valid")
            outcome.repeated += 1
            await asyncio.sleep(RETRY_SECONDS)

    async def _connected(self) -> Connection:
        loop, give_up = asyncio.get_running_loop(), time.perf_counter() + GIVE_UP_SECONDS
        while True:
            try:
                _, connection = await loop.create_connection(Connection, self._host, self._port)
            except OSError:
                if time.perf_counter() > give_up:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return connection


def _wake(waiting: deque[asyncio.Future[None]]) -> None:
    if waiting and not (turn := waiting.popleft()).done():
        turn.set_result(None)
