"""The gateway's writes to Kafka, of all topics: bounded in memory, acknowledged by all in-sync replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from streams.deployment.settings import Settings
from streams.gateway.log.lane import Lane, Producer
from streams.gateway.log.outgoing import NotWritten, Outgoing, size_of
from streams.gateway.log.partition_queue import Ticket
from streams.kafka.clients import new_producer

WAITING_MAX_BYTES = 64 * 1024 * 1024
"""The most bytes that may wait for acknowledgement; beyond it requests are refused at once."""
BATCH_BYTES = 512 * 1024
REQUEST_MAX_BYTES = 8 * 1024 * 1024
REQUEST_TIMEOUT_MS = 15_000
CONNECT_SECONDS = 30.0
STOP_SECONDS = 15.0


class GatewayLog:
    """Writes messages of requests, many requests to a batch. One event loop owns it."""

    def __init__(
        self,
        topics: Iterable[str],
        make_producer: Callable[[str], Producer],
        failed: Callable[[str, str], None] = lambda topic, code: None,
        waiting_max_bytes: int = WAITING_MAX_BYTES,
    ) -> None:
        """`topics` are names in Kafka; `failed` is called with the topic and the code of each failure to write."""
        self._waiting_max: Final = waiting_max_bytes
        self._waiting = 0
        self._is_stopping = False
        self._lanes: Final[dict[str, Lane]] = {
            topic: Lane(topic, _for_topic(make_producer, topic), self._released, failed) for topic in topics
        }

    async def start(self) -> None:
        """Connect, each topic by itself.

        Raises:
            KafkaError: when the broker cannot be reached, or refuses us.
            TimeoutError: when it does not answer within 30 s.
        """
        async with asyncio.timeout(CONNECT_SECONDS):
            await asyncio.gather(*(lane.start() for lane in self._lanes.values()))

    @property
    def waiting_bytes(self) -> int:
        """The bytes that wait for acknowledgement."""
        return self._waiting

    @property
    def held(self) -> dict[str, str]:
        """The topics to which nothing can be written at the moment, and why."""
        return {topic: lane.held for topic, lane in self._lanes.items() if lane.held}

    def check_sound(self) -> None:
        """Raise the error of a fault of ours that ended a write; the process must end then."""
        for lane in self._lanes.values():
            lane.check_sound()

    def write(self, messages: Sequence[Outgoing]) -> asyncio.Future[None]:
        """Take the messages of a request; the future ends once **all** are acknowledged. Does not block.

        A caller that waits no longer cancels the future: messages that are not on their way yet are then dropped.

        Raises:
            NotWritten: when nothing can be written now, or too much waits; none of the messages was taken. The future
                raises it, too: then some may have arrived.
        """
        if self._is_stopping:
            raise NotWritten("stopping", "the gateway is being stopped")
        for topic in {message.topic for message in messages}:
            self._lanes[topic].check()
        size = sum(map(size_of, messages))
        if self._waiting + size > self._waiting_max:
            raise NotWritten("full", "too much waits for Kafka to acknowledge it")
        done = asyncio.get_running_loop().create_future()
        if not messages:
            done.set_result(None)
            return done
        ticket = Ticket(done)
        self._waiting += size
        for message in messages:
            self._lanes[message.topic].add(message, ticket)
        return done

    def _released(self, size: int) -> None:
        self._waiting -= size

    async def stop(self) -> None:
        """Write what waits, and disconnect, within 15 s. Nothing can be written any more."""
        self._is_stopping = True
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))
        except TimeoutError:
            pass  # the requests whose messages these are were answered that they should be sent again


def kafka_log(
    settings: Settings, topics: Iterable[str], batch_bytes: int, failed: Callable[[str, str], None]
) -> GatewayLog:
    """The log of a deployment. `batch_bytes` is the least that a topic takes at once, with what surrounds messages."""
    options = {
        "max_batch_size": min(BATCH_BYTES, batch_bytes),
        "max_request_size": REQUEST_MAX_BYTES,
        "request_timeout_ms": REQUEST_TIMEOUT_MS,
    }
    return GatewayLog(topics, lambda topic: new_producer(settings, "gateway", **options), failed)


def _for_topic(make: Callable[[str], Producer], topic: str) -> Callable[[], Producer]:
    return lambda: make(topic)
