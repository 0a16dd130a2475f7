"""The upper bound: aiokafka's `getmany`, every value touched, nothing decoded, no group. With the option `batches` it
gets whole batches, as a worker does, and touches none of their messages.

It reads the log several times over: once takes too short a time to measure.
"""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer

from bench.peers.meter import Meter
from bench.peers.topics import Task, task_from_arguments
from streams.kafka.batches import report_unreadable_batches
from streams.kafka.undecoded import UndecodedBatches

_PASSES, _WHOLE_PASSES = 5, 20


async def read_all(task: Task) -> None:
    """Read the log `_PASSES` times, or `_WHOLE_PASSES` times in whole batches."""
    is_whole = task.options == ("batches",)
    if is_whole:
        report_unreadable_batches()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=task.address,
        enable_auto_commit=False,
        value_deserializer=UndecodedBatches if is_whole else None,
    )
    await consumer.start()
    try:
        consumer.assign(task.partitions)
        passes = _WHOLE_PASSES if is_whole else _PASSES
        meter, read = Meter(passes * task.events, task.broker_pid), 0
        await consumer.seek_to_beginning()
        while not meter.is_done:
            fetched = await consumer.getmany(timeout_ms=1_000)
            if is_whole:
                count = sum(batch.count for batches in fetched.values() for batch in batches)
            else:
                count = sum(message.value is not None for messages in fetched.values() for message in messages)
            meter.add(count)
            read += count
            if read >= task.events:
                read = 0
                await consumer.seek_to_beginning()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(read_all(task_from_arguments()))
