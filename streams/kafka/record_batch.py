"""A batch of the log as it came, uncompressed: what a consumer hands on instead of an object a message.

The format is Kafka's record batch of version 2, whose header of 61 bytes is described in
`aiokafka.record.default_records`. Older formats are written again as batches of one record.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any, Self

import msgspec
from aiokafka import codec
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from streams.kafka.batches import UnreadableBatch, reason_of
from streams.message import LOG_APPEND_TIME, Message

HEADER_BYTES = 61
NO_TIME = -1
"""The timestamp of a message whose format has none, as the protocol has it."""
_LENGTH_AT, _ATTRIBUTES_AT, _COUNT_AT = 8, 21, 57
_AFTER_LENGTH = 12
_CODEC_MASK, _LOG_APPEND_TIME = 0x07, 0x08
_INFLATE: dict[int, Callable[[bytes], bytes]] = {
    1: codec.gzip_decode,
    2: codec.snappy_decode,
    3: codec.lz4_decode,
    4: codec.zstd_decode,
}
"""By the number of the codec in a batch's attributes."""


class RecordBatch(msgspec.Struct, frozen=True, gc=False):
    """Messages of one topic's partition; `streams.message_batch.MessageBatch` says what is asked of it.

    `topic` is the topic's Kafka name. `content` is the whole batch, header and records, uncompressed. Its checksum was
    checked before, and is not that of `content` where the log has the batch compressed. Records with an offset below
    `first_offset` are in `content`, and are no messages of this batch: they were read before.
    """

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    count: int
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def messages(self) -> Iterator[Message]:
        """See `MessageBatch.messages`.

        Raises:
            UnreadableBatch: at the first record that is cut off, is not as long as it says, or has an offset outside of
                the batch or not above that of the record before it: its offset could be committed past others.
        """
        first, least = self.first_offset, int.from_bytes(self.content[:_LENGTH_AT], "big")
        try:
            for record in DefaultRecordBatch(self.content):
                offset = record.offset
                if not least <= offset < self.next_offset:
                    raise CorruptRecordException(f"a record has the offset {offset}, and not {least} or more")
                least = offset + 1
                if offset >= first:
                    yield record
        except GeneratorExit:
            raise
        except Exception as error:
            raise UnreadableBatch(self.topic, self.partition, first, self.next_offset, reason_of(error)) from error

    def starting_at(self, offset: int) -> Self:
        return msgspec.structs.replace(self, first_offset=max(self.first_offset, offset))


def count_of(content: bytes) -> int:
    """The number of records in a batch, by its header.

    Raises:
        CorruptRecordException: when it is negative.
    """
    count: int = struct.unpack_from(">i", content, _COUNT_AT)[0]
    if count < 0:
        raise CorruptRecordException(f"{count} records in a batch")
    return count


def uncompressed(content: bytes) -> bytes:
    """A batch with its records uncompressed; the same bytes where they are.

    Raises:
        Exception: of the codec, when they cannot be.
    """
    attributes: int = struct.unpack_from(">h", content, _ATTRIBUTES_AT)[0]
    number = attributes & _CODEC_MASK
    if not number:
        return content
    if (inflate := _INFLATE.get(number)) is None:
        raise UnsupportedCodecError(f"Unknown compression codec {number:#04x}")
    records = inflate(content[HEADER_BYTES:])
    header = bytearray(content[:HEADER_BYTES])
    struct.pack_into(">i", header, _LENGTH_AT, HEADER_BYTES - _AFTER_LENGTH + len(records))
    struct.pack_into(">h", header, _ATTRIBUTES_AT, attributes & ~_CODEC_MASK)
    return bytes(header) + records


def batch_of_one(record: Any) -> bytes:
    """A record of an older format, without headers, as a batch of its own at its own offset."""
    timestamp = NO_TIME if record.timestamp is None else record.timestamp
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=0,  # the first record is taken whatever its size
    )
    builder.append(0, timestamp=timestamp, key=record.key, value=record.value, headers=[])
    content = builder.build()
    struct.pack_into(">q", content, 0, record.offset)
    if record.timestamp_type == LOG_APPEND_TIME:
        struct.pack_into(">h", content, _ATTRIBUTES_AT, _LOG_APPEND_TIME)
    return bytes(content)
