"""Reading a changelog back in bulk: from its first record to its end, with a plain consumer of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from scoring.plan import Plan
from streams.clients import new_consumer
from streams.engine import new_partition
from streams.partition import Partition
from streams.records import keep_greatest
from streams.settings import Settings
from streams.topics import changelog_topic

STALLED_SECONDS = 60.0
"""A changelog that brings nothing for so long, and is not at its end, is out of reach."""


async def restore(settings: Settings, plan: Plan, numbers: Sequence[int], fence: int) -> tuple[list[Partition], int]:
    """The partitions `numbers`, restored; and how many records were read. May block for as long as the log is long.

    A fetch wants no group: this consumer neither joins nor commits, so that it can be cancelled at any point.

    Raises:
        TimeoutError: when the brokers stop answering before the end.
    """
    topic = changelog_topic(settings)
    tps = [TopicPartition(topic, number) for number in numbers]
    kept: dict[int, dict[bytes, bytes]] = {number: {} for number in numbers}
    consumer = new_consumer(
        settings,
        "recovery",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    try:
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        read = await _read_to_ends(consumer, set(tps), kept)
    finally:
        await consumer.stop()
    partitions = []
    for number in numbers:
        partition = new_partition(number, settings, plan, fence)
        partition.restore_kept(kept.pop(number))
        partitions.append(partition)
    return partitions, read


async def _read_to_ends(
    consumer: AIOKafkaConsumer, behind: set[TopicPartition], kept: dict[int, dict[bytes, bytes]]
) -> int:
    """Read until each partition's position is at its high watermark; answers how many records it was.

    The watermark that comes with a fetch is used, not the one that is asked for: the embedded broker answers the
    latter wrongly after batches of several records. The position passes compacted gaps, which no message's offset does.
    """
    read = 0
    deadline = time.monotonic() + STALLED_SECONDS
    while behind:
        batches = await consumer.getmany(timeout_ms=200)
        for tp, messages in batches.items():
            keep_greatest(kept[tp.partition], [(message.key, message.value) for message in messages])
            read += len(messages)
            deadline = time.monotonic() + STALLED_SECONDS
        for tp in list(behind):
            watermark = consumer.highwater(tp)
            if watermark is not None and await consumer.position(tp) >= watermark:
                behind.discard(tp)
        if time.monotonic() > deadline:
            raise TimeoutError(f"the changelog {next(iter(behind)).topic} stopped answering before its end")
    return read
