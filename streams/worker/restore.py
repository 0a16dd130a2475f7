"""Reading a changelog back in bulk: from its first record to its end, with a plain consumer of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from secrets import token_bytes

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from alerts.lifecycle.policy import Policy
from scoring.plan.plan import Plan
from streams.changelog.record_types import ID_KEY_BYTES
from streams.changelog.records import keep_greatest, note_overtaken
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.engine.engine import new_partition
from streams.engine.partition.partition import Partition
from streams.engine.ports import Restored
from streams.kafka.clients import new_consumer

_LOG = logging.getLogger(__name__)
STALLED_SECONDS = 60.0
"""A changelog that returns nothing for this long, before its end, counts as unreachable."""


class ChangelogReader:
    """`streams.engine.ports.Changelog` over real brokers."""

    def __init__(self, settings: Settings, plan: Plan, policy: Policy) -> None:
        self._settings = settings
        self._plan = plan
        self._policy = policy

    async def restore(self, numbers: Sequence[int], generation: int) -> Restored:
        if not numbers:
            return Restored([], 0)
        return await restore(self._settings, self._plan, self._policy, numbers, generation)

    async def find_overtaken(self, partitions: Sequence[Partition]) -> Mapping[int, Collection[bytes]] | None:
        try:
            return await find_overtaken(self._settings, partitions)
        except (KafkaError, TimeoutError) as error:
            _LOG.info("records written since the restore cannot be read now (%r)", error)
            return None


async def restore(settings: Settings, plan: Plan, policy: Policy, numbers: Sequence[int], epoch: int) -> Restored:
    """Restore the partitions `numbers`; also returns the number of records read. Blocks in proportion to the log.

    A fetch needs no group: this consumer neither joins nor commits, so it can be cancelled at any point.

    Raises:
        TimeoutError: when the brokers stop answering before the end.
    """
    topic = settings.changelog_topic
    tps = [TopicPartition(topic, number) for number in numbers]
    held = {number: _Held() for number in numbers}
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
        read = await _read_to_ends(
            consumer, set(tps), lambda number, pairs: keep_greatest(held[number].kept, pairs, held[number].overtaken)
        )
        ends = {tp.partition: await consumer.position(tp) for tp in tps}
    finally:
        await consumer.stop()
    partitions = []
    for number in numbers:
        partition = new_partition(
            number, settings, plan, epoch, policy, token_bytes(ID_KEY_BYTES), uses_kernel=wants_kernel()
        )
        of_it = held.pop(number)
        partition.restore_kept(of_it.kept, of_it.overtaken)
        partition.restored_to = ends[number]
        partitions.append(partition)
    return Restored(partitions, read)


async def find_overtaken(settings: Settings, partitions: Sequence[Partition]) -> dict[int, set[bytes]]:
    """By partition, the keys whose last record since the restore was written by a replaced worker. Blocks in proportion
    to the number of records written since.

    Raises:
        KafkaError, TimeoutError: when the brokers do not answer; it may be called again.
    """
    epochs = {partition.number: partition.epoch for partition in partitions}
    tps = {
        TopicPartition(settings.changelog_topic, partition.number): partition.restored_to for partition in partitions
    }
    overtaken: dict[int, set[bytes]] = {number: set() for number in epochs}
    consumer = new_consumer(settings, "recovery", auto_offset_reset="earliest", fetch_max_wait_ms=100)
    await consumer.start()
    try:
        consumer.assign(list(tps))
        for tp, offset in tps.items():
            consumer.seek(tp, offset)
        await _read_to_ends(
            consumer, set(tps), lambda number, pairs: note_overtaken(overtaken[number], pairs, epochs[number])
        )
    finally:
        await consumer.stop()
    return overtaken


class _Held:
    """The records read from one partition's changelog."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.overtaken: set[bytes] = set()


async def _read_to_ends(
    consumer: AIOKafkaConsumer,
    behind: set[TopicPartition],
    take: Callable[[int, list[tuple[bytes, bytes | None]]], None],
) -> int:
    """Read until each partition's position is at its high watermark; returns the number of records.

    Uses the watermark of a fetch, not a separate request: the embedded broker answers the latter wrongly after batches
    of several records. Compares the position, not a message's offset, because the position also passes compacted gaps.
    """
    read = 0
    deadline = time.monotonic() + STALLED_SECONDS
    while behind:
        batches = await consumer.getmany(timeout_ms=200)
        for tp, messages in batches.items():
            take(tp.partition, [(message.key, message.value) for message in messages])
            read += len(messages)
            deadline = time.monotonic() + STALLED_SECONDS
        for tp in list(behind):
            watermark = consumer.highwater(tp)
            if watermark is not None and await consumer.position(tp) >= watermark:
                behind.discard(tp)
        if time.monotonic() > deadline:
            raise TimeoutError(f"the changelog {next(iter(behind)).topic} stopped answering before its end")
    return read
