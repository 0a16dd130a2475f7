"""Batches that cannot be read: damaged on disk, or compressed with an unknown codec.

aiokafka raises the decompressor's error without saying where. A consumer that went on reading after it would skip
messages silently. So all our consumers unpack with `Batches`, whose errors say where and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.errors import UnreadableMessage

_MemoryRecords, _PartitionRecords = fetcher.MemoryRecords, fetcher.PartitionRecords


class UnreadableBatch(UnreadableMessage, KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A batch whose messages cannot be read. A retry does not help. The text is one line and ends with what to do."""

    def __init__(self, topic: str, partition: int, first: int, next_: int, reason: str) -> None:
        """`first` is the offset at which the batch, or the fetch, begins; `next_` is the offset of the next batch."""
        self.topic, self.partition, self.first, self.next = topic, partition, first, next_
        self.reason = reason
        super().__init__(self.text())

    def text(self, advice: str = "restore it from a replica") -> str:
        """What happened and what to do, in one line."""
        offsets = f"{self.first} to {self.next - 1}"
        return (
            f"{self.topic}, partition {self.partition}: the batch with offsets {offsets} cannot be read "
            f"({self.reason}): {advice}."
        )


class FetchedBatches:
    """The batches that one fetch returned for a partition, as aiokafka's `MemoryRecords`. Keeps their bytes, and
    remembers the last batch that was handed out."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.last: Any = None
        self._records = _MemoryRecords(content)

    def size_in_bytes(self) -> int:
        return len(self.content)

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        self.last = self._records.next_batch()
        return self.last


class Batches(_PartitionRecords):  # type: ignore[misc, valid-type]
    """aiokafka's unpacking of the records that one fetch returned for a partition, with errors that say where."""

    _records: FetchedBatches

    def _unpack_records(self) -> Iterator[Any]:
        records, start = self._records, self.next_fetch_offset
        try:
            yield from super()._unpack_records()
        except GeneratorExit:
            raise
        except Exception as error:
            if self.next_fetch_offset > start:
                return  # hand over the messages before the batch; the next fetch begins with it
            first = max(self.next_fetch_offset, getattr(records.last, "base_offset", 0))
            next_ = max(first + 1, getattr(records.last, "next_offset", 0))
            raise UnreadableBatch(self._tp.topic, self._tp.partition, first, next_, reason_of(error)) from error


def reason_of(error: Exception) -> str:
    """An error in one line of at most 200 characters."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def report_unreadable_batches() -> None:
    """Make all consumers of this process unpack with `Batches`. Idempotent.

    A consumer whose value deserializer is a class derived from `Batches` unpacks with that class, and it alone.
    """
    fetcher.MemoryRecords = FetchedBatches
    fetcher.PartitionRecords = unpacking


def unpacking(tp: Any, records: Any, aborted: Any, offset: int, key: Any, value: Any, *rest: Any) -> Batches:
    """What unpacks the records of a fetch; the parameters of aiokafka's `PartitionRecords`."""
    if isinstance(value, type) and issubclass(value, Batches):
        return value(tp, records, aborted, offset, key, None, *rest)
    return Batches(tp, records, aborted, offset, key, value, *rest)


def advice(settings: Settings, error: UnreadableBatch) -> str:
    """The error in one line, with what to do about this topic."""
    alternatives = {
        settings.topic("accounts-changelog"): (
            "or set a new VITALS_GROUP, under which the state is rebuilt from the input topics"
        ),
        settings.topic("scores"): (
            "or stop all processes, delete this topic and start them again: it is re-created and refilled"
        ),
    }
    inputs = {settings.topic(name) for name in (*INPUT_TOPICS, "control")}
    group = settings.deployment if error.topic in inputs else settings.notifier_group("ROUTE-SINK")
    skip = (
        f"or stop all members of the group, skip the batch with kafka-consumer-groups.sh --group {group} --topic "
        f"{error.topic}:{error.partition} --reset-offsets --to-offset {error.next} --execute, and start them again"
    )
    otherwise = alternatives.get(error.topic, skip)
    return error.text(f"the leader's copy is damaged; make a broker with a good copy the leader, {otherwise}")
