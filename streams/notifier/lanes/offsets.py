"""How far a lane is: what it looked at, and what it can commit."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from aiokafka import ConsumerRecord, TopicPartition


class LaneOffsets:
    """The offsets of one lane. Mutable; `clear` when the partitions move."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}
        self._gathered_from: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}

    def clear(self) -> None:
        """Nothing was looked at yet."""
        for offsets in (self._next, self._gathered_from, self._committed):
            offsets.clear()

    def fetched(self, message: ConsumerRecord) -> None:
        """`message` is there, and not looked at yet."""
        self._next.setdefault(partition_of(message), message.offset)

    def done(self, message: ConsumerRecord) -> None:
        """`message` was looked at: delivered, gathered, or nothing to tell."""
        self._next[partition_of(message)] = message.offset + 1

    def gather(self, message: ConsumerRecord) -> None:
        """The step of `message` is gathered: nothing from it on is committed until `sent`."""
        self._gathered_from.setdefault(partition_of(message), message.offset)

    def sent(self) -> None:
        """The gathered steps are sent."""
        self._gathered_from.clear()

    def reach(self, message: ConsumerRecord | None = None) -> dict[int, int]:
        """The offsets after the messages that it looked at, and after `message`, by number of partition."""
        ends = {partition.partition: offset for partition, offset in self._next.items()}
        if message is not None:
            ends[message.partition] = message.offset + 1
        return ends

    def to_commit(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset that is not done of each of `partitions`, where it is another than was committed."""
        firsts = {at: self._gathered_from.get(at, offset) for at, offset in self._next.items() if at in partitions}
        return {at: offset for at, offset in firsts.items() if self._committed.get(at) != offset}

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """These were committed."""
        self._committed |= offsets

    def lag(self, ends: Mapping[TopicPartition, int]) -> dict[tuple[str, int], int]:
        """How many messages were not looked at yet, by (topic, partition), where `ends` are the ends of the logs."""
        return {(at.topic, at.partition): max(0, end - self._next.get(at, end)) for at, end in ends.items()}


def partition_of(message: ConsumerRecord) -> TopicPartition:
    """The partition of a message."""
    return TopicPartition(message.topic, message.partition)
