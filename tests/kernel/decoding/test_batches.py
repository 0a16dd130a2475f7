"""Record batches read natively, beside the client's own reader."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from streams.kernel.kernel import is_built

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built: make builds it")
Read = list[tuple[int, int, bytes | None, bytes | None, int]]
ATTRIBUTES_AT, LOG_APPEND_TIME, GZIP = 21, 0x08, 1
HEADERS: list[tuple[str, bytes | None]] = [("vitals-time", b"7"), ("empty", None)]


def a_batch(seed: int, *, codec: int = 0, base: int = 1_000) -> bytes:
    """A batch of up to 40 messages; a fifth have no key, a tenth no value, a tenth have headers."""
    rng = random.Random(seed)
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 1_000_000)
    delta = 0
    for _ in range(rng.randrange(1, 40)):
        key = None if rng.random() < 0.2 else rng.randbytes(rng.randrange(30))
        value = None if rng.random() < 0.1 else rng.randbytes(rng.randrange(300))
        headers = HEADERS if rng.random() < 0.1 else []
        builder.append(
            delta, timestamp=1_700_000_000_000 + rng.randrange(-500, 10**9), key=key, value=value, headers=headers
        )
        delta += rng.randrange(1, 3)
    return with_checksum(struct.pack(">q", base) + bytes(builder.build())[8:])


def with_checksum(content: bytes) -> bytes:
    return content[:17] + struct.pack(">I", calc_crc32c(content[ATTRIBUTES_AT:])) + content[ATTRIBUTES_AT:]


def read_by_client(content: bytes) -> Read:
    read: Any = DefaultRecordBatch(content)
    return [(each.offset, each.timestamp, each.key, each.value, len(each.headers)) for each in read]


def read_natively(content: bytes, *, checks: bool = True) -> Read:
    from streams.kernel._native import records

    return records(content, checks)


def test_messages_are_those_of_the_client() -> None:
    for seed in range(200):
        content = a_batch(seed)
        assert read_natively(content) == read_by_client(content), seed
        assert read_natively(content + b"the next batch") == read_by_client(content), seed


def test_the_time_of_the_broker_is_that_of_the_batch() -> None:
    content = bytearray(a_batch(1))
    content[ATTRIBUTES_AT + 1] |= LOG_APPEND_TIME
    content = bytearray(with_checksum(bytes(content)))
    read = read_natively(bytes(content))
    assert read == read_by_client(bytes(content))
    assert len({time for _, time, _, _, _ in read}) == 1


def test_a_compressed_batch_is_not_read() -> None:
    with pytest.raises(ValueError, match="compressed"):
        read_natively(a_batch(1, codec=GZIP))


def test_a_batch_that_is_cut_off_is_not_read() -> None:
    content = a_batch(3)
    for length in range(len(content)):
        with pytest.raises(ValueError, match="batch is cut off"):
            read_natively(content[:length])


def test_a_wrong_checksum_is_seen_where_it_is_asked_for() -> None:
    content = bytearray(a_batch(4))
    content[17] ^= 1
    assert read_natively(bytes(content), checks=False) == read_by_client(bytes(content))
    with pytest.raises(ValueError, match="checksum"):
        read_natively(bytes(content))


def test_of_a_damaged_batch_is_read_what_the_client_reads_or_nothing() -> None:
    rng = random.Random(5)
    refused = 0
    for seed in range(1_500):
        content = bytearray(a_batch(seed % 50))
        for _ in range(rng.randrange(1, 4)):
            content[rng.randrange(12, len(content))] = rng.randrange(256)
        try:
            read = read_natively(bytes(content), checks=False)
        except ValueError:
            refused += 1
            continue
        try:
            assert read == read_by_client(bytes(content)), seed
        except UnicodeDecodeError:  # a header's name, which the kernel leaves to the client
            assert any(headers for _, _, _, _, headers in read), seed
    assert 100 < refused < 1_000


def test_the_checksum_is_that_of_the_client() -> None:
    from streams.kernel._native import crc32c

    assert crc32c(b"123456789") == 0xE3069283  # RFC 3720, appendix B.4, has others of this polynomial
    for length in (0, 1, 7, 8, 9, 63, 1_000):
        content = random.Random(length).randbytes(length)
        assert crc32c(content) == calc_crc32c(content)
