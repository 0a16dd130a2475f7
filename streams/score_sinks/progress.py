"""How far a writer has read each partition, and which offsets it commits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiokafka import TopicPartition

from streams.score_sinks.ports import Commit, ScoreConsumer

COMMIT_SECONDS = 5.0


class Progress:
    """The next offset to read, and the committed one, by partition. What waits in memory is not passed. Mutable."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._next: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._commit_at = 0.0

    def passed(self, partition: TopicPartition, next_offset: int) -> None:
        """Everything before `next_offset` is read: it waits, or is done."""
        self._next[partition] = next_offset

    def clear(self) -> None:
        """Forget all partitions: they go, or begin again where they were committed."""
        self._next.clear()
        self._committed.clear()

    async def commit(self, first_waiting: Callable[[TopicPartition], int | None], now: float) -> None:
        """Commit, at most every 5 s, up to the first offset that waits. `now` is in seconds."""
        if now < self._commit_at:
            return
        self._commit_at = now + COMMIT_SECONDS
        offsets: dict[TopicPartition, int] = {}
        for partition, end in self._next.items():
            first = first_waiting(partition)
            offset = end if first is None else min(first, end)
            if offset > self._committed.get(partition, -1):
                offsets[partition] = offset
        if offsets and await self._commit(offsets):
            self._committed.update(offsets)

    def lag(self, consumer: ScoreConsumer) -> Mapping[tuple[str, int], int]:
        """How many messages are not read yet, by (topic, partition)."""
        lag: dict[tuple[str, int], int] = {}
        for partition in consumer.assignment():
            end = consumer.highwater(partition) or 0
            lag[partition.topic, partition.partition] = max(0, end - self._next.get(partition, end))
        return lag
