"""The ends of topics: a bounded number of their last messages, and how much there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

POLL_MS = 200
POLLS_MAX = 40
Partitions = Mapping[str, Sequence[TopicPartition]]
"""Of each topic, by its name at the broker."""


async def partitions_of(admin: AIOKafkaAdminClient, topics: Iterable[str]) -> Partitions:
    """The partitions of each topic; none while it does not exist. A consumer knows only those of topics it reads."""
    there = {each["topic"]: each["partitions"] for each in await admin.describe_topics()}
    return {
        topic: [TopicPartition(topic, number) for number in sorted(each["partition"] for each in there.get(topic, ()))]
        for topic in topics
    }


async def tail(
    consumer: AIOKafkaConsumer, limits: Mapping[TopicPartition, int]
) -> dict[TopicPartition, list[ConsumerRecord]]:
    """The last messages of each partition, at most as many offsets as its limit, the oldest first."""
    if not limits:
        return {}
    ends, begins = await consumer.end_offsets(list(limits)), await consumer.beginning_offsets(list(limits))
    starts = {one: max(begins[one], ends[one] - limit) for one, limit in limits.items()}
    waiting = {one for one in limits if starts[one] < ends[one]}
    found: dict[TopicPartition, list[ConsumerRecord]] = {one: [] for one in limits}
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
