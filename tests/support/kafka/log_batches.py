"""Batches as a log has them, made without a broker."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ABORT, COMMIT = b"\0\0\0\0", b"\0\0\0\1"
"""The keys of control records: version 0, then what became of the transaction."""
_BASE_OFFSET_AT, _CRC_AT, _ATTRIBUTES_AT, _LAST_DELTA_AT = 0, 17, 21, 23
_LOG_APPEND_TIME, _CONTROL = 0x08, 0x20


class Written(NamedTuple):
    """A record of a batch, `delta` offsets behind the first offset of it."""

    delta: int
    value: bytes | None
    key: bytes | None = b"k"
    timestamp: int = 1
    headers: tuple[tuple[str, bytes | None], ...] = ()


def a_batch(
    written: Sequence[Written],
    base: int = 0,
    *,
    codec: int = 0,
    last_delta: int = -1,
    producer: int = -1,
    transactional: bool = False,
    control: bool = False,
    by_broker: bool = False,
) -> bytes:
    """A batch of version 2 at `base`. `last_delta` is where it ends, where records behind the last were compacted;
    `by_broker` says that the broker set the time."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=int(transactional), producer_id=producer, producer_epoch=0,
        base_sequence=0, batch_size=10_000_000,
    )  # fmt: skip
    for record in written:
        headers = list(record.headers)
        builder.append(record.delta, timestamp=record.timestamp, key=record.key, value=record.value, headers=headers)
    content = builder.build()
    attributes = struct.unpack_from(">h", content, _ATTRIBUTES_AT)[0]
    attributes |= (_CONTROL if control else 0) | (_LOG_APPEND_TIME if by_broker else 0)
    struct.pack_into(">q", content, _BASE_OFFSET_AT, base)
    struct.pack_into(">h", content, _ATTRIBUTES_AT, attributes)
    struct.pack_into(">i", content, _LAST_DELTA_AT, max(last_delta, max((each.delta for each in written), default=0)))
    return with_checksum(content)


def with_checksum(content: bytes | bytearray) -> bytes:
    """A batch with the checksum that it should have."""
    crc = calc_crc32c(bytes(content[_ATTRIBUTES_AT:]))
    return bytes(content[:_CRC_AT]) + struct.pack(">I", crc) + bytes(content[_ATTRIBUTES_AT:])


def a_marker(base: int, producer: int, key: bytes) -> bytes:
    """The control batch that ends a transaction."""
    return a_batch([Written(0, b"\0" * 6, key)], base, producer=producer, transactional=True, control=True)


def an_old_batch(written: Sequence[Written], magic: int, codec: int = 0) -> bytes:
    """A batch of version 0 or 1, from offset 0."""
    builder = LegacyRecordBatchBuilder(magic=magic, compression_type=codec, batch_size=10_000_000)
    for record in written:
        builder.append(record.delta, timestamp=record.timestamp, key=record.key, value=record.value)
    return bytes(builder.build())
