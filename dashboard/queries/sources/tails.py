"""The ends of topics: a bounded number of their last messages, and how much there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

POLL_MS = 200
POLLS_MAX = 40


async def partitions_of(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    """The partitions of a topic; none while it does not exist."""
    await consumer.topics()  # asks for the metadata of all
    return [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]


async def tail(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], each: int
) -> dict[TopicPartition, list[ConsumerRecord]]:
    """The last messages of each partition, at most `each` offsets of one, the oldest first."""
    if not partitions:
        return {}
    ends, begins = await consumer.end_offsets(partitions), await consumer.beginning_offsets(partitions)
    starts = {one: max(begins[one], ends[one] - each) for one in partitions}
    waiting = {one for one in partitions if starts[one] < ends[one]}
    found: dict[TopicPartition, list[ConsumerRecord]] = {one: [] for one in partitions}
    if not waiting:
        return found
    consumer.assign(sorted(waiting))
    for one in waiting:
        consumer.seek(one, starts[one])
    for _ in range(POLLS_MAX):
        for one, messages in (await consumer.getmany(timeout_ms=POLL_MS)).items():
            found[one] += [message for message in messages if message.offset < ends[one]]
        waiting = {one for one in waiting if await consumer.position(one) < ends[one]}
        if not waiting:
            break
    return found


async def counted_since(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], instants_ms: Sequence[int]
) -> Sequence[int] | None:
    """How many offsets of these partitions came since each instant; None where the broker does not say."""
    if not partitions:
        return None
    ends: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
    counts = []
    for instant_ms in instants_ms:
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, instant_ms))
        counts.append(
            sum(ends[one] - at.offset for one, at in found.items() if at is not None and at.offset is not None)
        )
    return counts
