"""Reads partitions from their beginning to their end, for commands that look at all that there is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

STALLED_SECONDS = 60.0
"""A log that returns nothing for this long, before its end, counts as unreachable."""
BATCH_MESSAGES = 1_000


async def read_logs(
    consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int | None]
) -> AsyncIterator[tuple[TopicPartition, list[ConsumerRecord]]]:
    """The messages of these partitions, from the first up to the offset given (exclusive) or, with None or where it
    comes first, the end of the log; which is the watermark that comes with a fetch (see `streams.worker.restore`)."""
    behind = dict(ends)
    if not behind:
        return
    consumer.assign(list(behind))
    await consumer.seek_to_beginning(*behind)
    deadline = time.monotonic() + STALLED_SECONDS
    while behind:
        batches = await consumer.getmany(timeout_ms=200, max_records=BATCH_MESSAGES)
        for tp, messages in batches.items():
            end = ends[tp]
            yield tp, [message for message in messages if end is None or message.offset < end]
            deadline = time.monotonic() + STALLED_SECONDS
        for tp, end in list(behind.items()):
            watermark = consumer.highwater(tp)
            if watermark is not None and await consumer.position(tp) >= (
                watermark if end is None else min(watermark, end)
            ):
                del behind[tp]
                consumer.pause(tp)
        if time.monotonic() > deadline:
            raise TimeoutError(f"the topic {next(iter(behind)).topic} stopped answering before its end")
