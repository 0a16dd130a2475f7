"""The upper bound: aiokafka's `getmany`, every value touched, nothing decoded, no group. `ADDRESS PREFIX EVENTS`.

It reads the log several times over: once takes too short a time to measure.
"""

from __future__ import annotations

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.peers.result import Stopwatch
from bench.setup import PARTITIONS
from streams.settings import INPUT_TOPICS

_PASSES = 5


async def read_all(address: str, prefix: str, events: int) -> None:
    """Read the log of `events` events `_PASSES` times; the clock starts with the first batch, which is not counted."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        tps = [TopicPartition(prefix + name, number) for name in INPUT_TOPICS for number in range(PARTITIONS)]
        consumer.assign(tps)
        first = await _read_once(consumer)
        stopwatch, done = Stopwatch(), 0
        for number in range(1, _PASSES + 1):
            while first + done < number * events:
                done += await _read_once(consumer)
            await consumer.seek_to_beginning(*tps)
        stopwatch.tell(done)
    finally:
        await consumer.stop()


async def _read_once(consumer: AIOKafkaConsumer) -> int:
    batches = await consumer.getmany(timeout_ms=1_000)
    return sum(message.value is not None for messages in batches.values() for message in messages)


if __name__ == "__main__":
    address, prefix, events = sys.argv[1:]
    asyncio.run(read_all(address, prefix, int(events)))
