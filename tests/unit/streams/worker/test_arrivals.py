"""Arrivals are published beside the work: what cannot be written is dropped, and stops nothing."""

from __future__ import annotations

import asyncio

from aiokafka.errors import KafkaTimeoutError

from streams.arrivals import Arrivals, encode_arrival
from streams.worker.arrivals import publish_arrivals

BOTH = [Arrivals(partition=number, from_ms=0, to_ms=10_000 + number, topics={"analytics": 1}) for number in (0, 1)]


def test_each_message_is_written_under_its_partition_and_time() -> None:
    written: list[tuple[int, bytes, int]] = []

    async def write(partition: int, value: bytes, at_ms: int) -> None:
        written.append((partition, value, at_ms))

    asyncio.run(publish_arrivals(lambda: BOTH, write))
    assert written == [(each.partition, encode_arrival(each), each.to_ms) for each in BOTH]


def test_a_broker_that_does_not_answer_costs_one_wait_and_no_worker() -> None:
    tried: list[int] = []

    async def write(partition: int, value: bytes, at_ms: int) -> None:
        tried.append(partition)
        raise KafkaTimeoutError

    asyncio.run(publish_arrivals(lambda: BOTH, write))
    assert tried == [0]
