"""What `streams.kafka.batches` leans on in aiokafka; and that every format and codec is unpacked, and damage is
told."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder

from streams.deployment.settings import Settings
from streams.kafka.batches import Batches, FetchedBatches, UnreadableBatch, advice, unpacking
from streams.kafka.clients import new_consumer

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


def a_batch(codec: int, values: list[bytes], magic: int = 2) -> bytes:
    if magic == 2:
        builder = DefaultRecordBatchBuilder(
            magic=2, compression_type=codec, is_transactional=0, producer_id=-1, producer_epoch=-1, base_sequence=-1,
            batch_size=1_000_000,
        )  # fmt: skip
        for offset, value in enumerate(values):
            builder.append(offset, timestamp=1, key=b"k", value=value, headers=[])
    else:
        builder = LegacyRecordBatchBuilder(magic=magic, compression_type=codec, batch_size=1_000_000)
        for offset, value in enumerate(values):
            builder.append(offset, timestamp=1, key=b"k", value=value)
    return bytes(builder.build())


def unpacked(content: bytes, start: int = 0) -> Any:
    return Batches(TopicPartition("p.analytics", 3), FetchedBatches(content), [], start, None, None, True, 1)


async def test_a_consumer_of_ours_unpacks_by_it() -> None:
    source = inspect.getsource(fetcher.Fetcher._proc_fetch_request)
    assert "partition_records = PartitionRecords(" in source
    assert "records = MemoryRecords(part_data[-1])" in source
    (original,) = Batches.__bases__
    assert "self._records_iterator = self._unpack_records()" in inspect.getsource(original.__init__)
    consumer = new_consumer(Settings(), "test")
    assert (fetcher.PartitionRecords, fetcher.MemoryRecords) == (unpacking, FetchedBatches)
    await consumer.stop()


OLD = [("none", 0), ("gzip", 0), ("snappy", 0), *((name, 1) for name in ("none", "gzip", "snappy", "lz4"))]


@pytest.mark.parametrize(("codec", "magic"), [*((name, 2) for name in CODECS), *OLD])
def test_every_codec_is_read_in_every_format_that_has_it(codec: str, magic: int) -> None:
    values = [b"one" * 50, b"two" * 50]
    assert [record.value for record in unpacked(a_batch(CODECS[codec], values, magic))] == values


@pytest.mark.parametrize("codec", CODECS)
def test_what_came_before_a_damaged_batch_is_had_and_then_it_is_told_where_it_is(codec: str) -> None:
    good, bad = a_batch(0, [b"good"]), bytearray(a_batch(CODECS[codec], [b"bad" * 90] * 4))
    bad[0:8] = (1).to_bytes(8, "big")
    bad[-3] ^= 0xFF
    records = unpacked(good + bytes(bad))
    assert [record.value for record in records] == [b"good"]
    assert records.next_fetch_offset == 1
    with pytest.raises(
        UnreadableBatch, match=r"p\.analytics, partition 3: the batch with offsets 1 to 4 cannot be read"
    ):
        list(unpacked(bytes(bad), start=1))


@pytest.mark.parametrize("topic", ["p.analytics", "p.vitals-control", "p.vitals-notifications"])
def test_the_advice_names_the_command_that_gives_the_batch_up(topic: str) -> None:
    words = advice(Settings(topic_prefix="p."), UnreadableBatch(topic, 3, 7, 9, "Invalid CRC"))
    assert f"--topic {topic}:3 --reset-offsets --to-offset 9 --execute" in words
    assert "\n" not in words


@pytest.mark.parametrize(
    ("topic", "what"), [("p.vitals-scores", "delete this topic"), ("p.vitals-accounts-changelog", "new VITALS_GROUP")]
)
def test_of_what_is_compacted_nothing_can_be_passed_over(topic: str, what: str) -> None:
    words = advice(Settings(topic_prefix="p."), UnreadableBatch(topic, 3, 7, 9, "Invalid CRC"))
    assert what in words
    assert "--reset-offsets" not in words
