"""What a client makes of the bytes of a fetch, by itself and as whole batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka import TopicPartition
from aiokafka.consumer import fetcher

from streams.kafka.batches import Batches, FetchedBatches
from streams.kafka.record_batch import RecordBatch
from streams.kafka.undecoded import UndecodedBatches
from streams.message import Message

PLACE = TopicPartition("p.analytics", 3)
READ_COMMITTED, READ_UNCOMMITTED = 1, 0
Seen = tuple[int, int, int | None, bytes | None, bytes | None, tuple[tuple[str, bytes | None], ...]]


class Unpacked(NamedTuple):
    """The messages, and where the next fetch begins."""

    messages: list[Seen]
    next_offset: int


def seen(messages: Iterable[Message]) -> list[Seen]:
    """All that the engine looks at of a message."""
    return [(m.offset, m.timestamp, m.timestamp_type, m.key, m.value, tuple(m.headers)) for m in messages]


def by_the_client(content: bytes, start: int = 0, aborted: Any = (), isolation: int = READ_COMMITTED) -> Unpacked:
    """The messages that aiokafka makes."""
    (original,) = Batches.__bases__
    records = original(PLACE, fetcher.MemoryRecords(content), aborted, start, None, None, True, isolation)
    return Unpacked(seen(records), records.next_fetch_offset)


def batches_in(content: bytes, start: int = 0, aborted: Any = (), isolation: int = READ_COMMITTED) -> UndecodedBatches:
    """The batches of a fetch; an iterator that knows where the next one begins."""
    return UndecodedBatches(PLACE, FetchedBatches(content), aborted, start, None, None, True, isolation)


def by_batches(content: bytes, start: int = 0, aborted: Any = (), isolation: int = READ_COMMITTED) -> Unpacked:
    """The messages of the batches that are handed on."""
    records = batches_in(content, start, aborted, isolation)
    batches: list[RecordBatch] = list(records)
    messages = [message for batch in batches for message in batch.messages()]
    return Unpacked(seen(messages), records.next_fetch_offset)
