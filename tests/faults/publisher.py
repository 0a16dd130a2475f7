"""Publishing the load: first a month at once, then so many rounds a second, until told to stop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from aiokafka import AIOKafkaProducer

from streams.deployment.settings import Settings
from tests.faults.workload import History, Load

PRELUDE_ROUNDS = 120
ROUND_SECONDS = 0.25
IN_FLIGHT_MAX = 4_000
OUTAGE_SECONDS = 300.0
"""How long brokers may be away before publishing gives up."""

Spoil = Callable[[list[Load]], list[Load]]
"""Makes a round's messages worse."""
Offsets = dict[tuple[str, int], int]
"""By topic's plain name and partition, the next offset."""


class Publisher:
    """One producer, that of all the load: idempotent, so that the log is the same log every time."""

    def __init__(self, settings: Settings, history: History) -> None:
        self.spoil: Spoil | None = None
        self.rounds = 0
        """How many are published."""
        self.published: Offsets = {}
        """What is acknowledged."""
        self.poison: set[tuple[str, int, int]] = set()
        """(topic, partition, offset) of what cannot be used."""
        self.sent = self.commands = 0
        """Messages, and those of them that are commands of people."""
        self._settings = settings
        self._history = history
        self._in_flight: deque[tuple[Load, asyncio.Future[object]]] = deque()
        self._stopping = asyncio.Event()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka,
            acks="all",
            enable_idempotence=settings.idempotent > 0,
            request_timeout_ms=int(OUTAGE_SECONDS * 1_000),
        )

    async def run(self, rounds: int = 0) -> None:
        """Publish until `stop`, in time; with `rounds`, so many, as fast as may be. Ends with all acknowledged."""
        await self._producer.start()
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not self._stopping.is_set() and not (rounds and self.rounds >= rounds):
            messages = list(self._history.round(self.rounds).messages)
            if self.spoil is not None:
                messages = self.spoil(messages)
            await self._send(messages)
            self.rounds += 1
            if not rounds and self.rounds > PRELUDE_ROUNDS:
                due = max(due, loop.time() - ROUND_SECONDS) + ROUND_SECONDS  # no burst after an outage
                await self._settle(IN_FLIGHT_MAX, until=due)
        await self._settle(0)

    def stop(self) -> None:
        """End `run` after the round that it is at."""
        self._stopping.set()

    async def close(self, instant_ms: int) -> Offsets:
        """Publish the closing tick, and what lets it pass; answers what there is up to the tick."""
        history = self._history
        await self._send(history.tick(number, instant_ms, declare=True) for number in range(history.partitions))
        await self._settle(0)
        published = dict(self.published)
        await self._send(history.closing(instant_ms))
        await self._settle(0)
        return published

    async def end(self) -> None:
        """Disconnect; what is in flight is given up. Idempotent."""
        for _, sent in self._in_flight:
            sent.cancel()
        try:
            async with asyncio.timeout(5.0):
                await self._producer.stop()
        except TimeoutError:
            pass  # a scenario that failed may leave no broker behind

    async def _send(self, messages: Iterable[Load]) -> None:
        for load in messages:
            sent = await self._producer.send(
                self._settings.topic(load.topic),
                load.value,
                key=load.account_id.encode() or None,
                partition=load.partition,
                timestamp_ms=load.instant_ms,
            )
            self._in_flight.append((load, sent))
            self.sent += 1
            self.commands += load.is_command
            await self._settle(IN_FLIGHT_MAX)

    async def _settle(self, in_flight: int, until: float = 0.0) -> None:
        """Wait until no more than so many are unacknowledged, and until the loop's time is `until`."""
        loop = asyncio.get_running_loop()
        while self._in_flight and (len(self._in_flight) > in_flight or self._in_flight[0][1].done()):
            load, sent = self._in_flight.popleft()
            offset: int = (await sent).offset  # type: ignore[attr-defined]  # aiokafka has no types
            # A retry that was written already may be answered without its offset.
            self.published[load.topic, load.partition] = max(
                offset + 1, self.published.get((load.topic, load.partition), 0)
            )
            if load.is_poison:
                self.poison.add((load.topic, load.partition, offset))
        if until > loop.time():
            await asyncio.sleep(until - loop.time())
