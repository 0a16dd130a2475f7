"""What a consumer reads as whole batches instead of an object a message.

aiokafka goes on doing all that it does for a fetch: checksums, control batches, aborted transactions, positions. It is
shown each batch as if this held one record: itself. `tests/contracts/test_undecoded.py` lists what this leans on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from aiokafka import TopicPartition
from aiokafka.errors import CorruptRecordException

from streams.kafka.batches import Batches, FetchedBatches
from streams.kafka.record_batch import RecordBatch, batch_of_one, count_of, uncompressed

_LENGTH_AT, _AFTER_LENGTH = 8, 12


class UndecodedBatches(Batches):
    """Unpacks a fetch to `RecordBatch`es. As the `value_deserializer` of a consumer it makes this consumer use it.

    So the records that the consumer's `getmany` returns are batches, and its `max_records` counts batches.
    """

    def _unpack_records(self) -> Iterator[Any]:
        self._records = _WholeBatches(self._records.content)
        return super()._unpack_records()

    def _consumer_record(self, tp: TopicPartition, record: Any) -> RecordBatch:
        """Called with each record of a fetch that is to be handed out, before the position moves behind it."""
        if not isinstance(record, _WholeBatch):
            return RecordBatch(tp.topic, tp.partition, record.offset, record.offset + 1, 1, batch_of_one(record))
        first = max(record.base_offset, self.next_fetch_offset)
        return RecordBatch(
            tp.topic, tp.partition, first, record.next_offset, count_of(record.content), uncompressed(record.content)
        )


class _WholeBatches(FetchedBatches):
    """The batches of a fetch, each as the only record of itself. Those of older formats as they are."""

    _at = 0

    def next_batch(self) -> Any:
        batch = super().next_batch()
        begins, length_at = self._at, self._at + _LENGTH_AT
        self._at += _AFTER_LENGTH + int.from_bytes(self.content[length_at : length_at + 4], "big")
        if batch.producer_id is None:  # what only the older formats lack
            return batch
        self.last = _WholeBatch(batch, self.content[begins : self._at])
        return self.last


class _WholeBatch:
    """A batch, and the one record that it seems to hold."""

    def __init__(self, batch: Any, content: bytes) -> None:
        """`batch` is the client's own."""
        self.content = content
        self.base_offset: int = batch.base_offset
        self.next_offset: int = batch.next_offset
        self.offset = self.next_offset - 1
        """Of the record that it seems to be: so the client passes over a batch that was read to its end."""
        self.producer_id = batch.producer_id
        self.is_transactional = batch.is_transactional
        self.is_control_batch = batch.is_control_batch
        self.validate_crc = batch.validate_crc
        self._batch = batch

    def __iter__(self) -> Iterator[Self]:
        """Itself.

        Raises:
            CorruptRecordException: when its header cannot be true.
        """
        if self.offset < self.base_offset:
            raise CorruptRecordException(f"a batch from offset {self.base_offset} to {self.offset}")
        return iter((self,))

    def __next__(self) -> Any:
        """The first record of a control batch: whether its transaction was aborted."""
        return next(self._batch)
