"""What `streams.kafka.undecoded` and `streams.kafka.record_batch` lean on in aiokafka beyond its documented interface.

When an upgrade breaks one of these, read them beside the new source before changing the pin.
"""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult
from aiokafka.record.default_records import DefaultRecordBatch
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from streams.deployment.settings import Settings
from streams.kafka.batches import Batches, FetchedBatches, UnreadableBatch, unpacking
from streams.kafka.clients import new_consumer
from streams.kafka.record_batch import RecordBatch
from streams.kafka.undecoded import UndecodedBatches
from streams.worker import faust_thread
from streams.worker.faust_thread import ConsumerThread
from tests.support.kafka.log_batches import Written, a_batch, a_marker, an_old_batch

(Original,) = Batches.__bases__
PLACE = TopicPartition("p.analytics", 3)


def in_order(function: object, *steps: str) -> None:
    """The source of a function has these steps in this order."""
    text = " ".join(inspect.getsource(function).split())  # type: ignore[arg-type]
    at = -1
    for step in steps:
        at = text.find(step, at + 1)
        assert at >= 0, f"{step!r} is not there, or not in its place"


def test_the_client_walks_a_batch_as_its_records_and_calls_a_method_for_each() -> None:
    in_order(
        Original._unpack_records,
        "while records.has_next(): next_batch = records.next_batch()",
        "not next_batch.validate_crc()",
        "next_batch.producer_id is not None",
        "_consume_aborted_up_to(next_batch.base_offset)",
        "self._contains_abort_marker(next_batch)",
        "next_batch.is_transactional and next_batch.producer_id in self._aborted_producers",
        "self.next_fetch_offset = next_batch.next_offset continue",
        "if next_batch.is_control_batch: self.next_fetch_offset = next_batch.next_offset continue",
        "for record in next_batch:",
        "if record.offset < self.next_fetch_offset:",
        "consumer_record = self._consumer_record(tp, record)",
        "self.next_fetch_offset = record.offset + 1 yield consumer_record",
        "self.next_fetch_offset = next_batch.next_offset",
    )
    asked = set(re.findall(r"next_batch\.(\w+)", inspect.getsource(Original._unpack_records)))
    asked |= set(re.findall(r"next_batch\.(\w+)", inspect.getsource(Original._contains_abort_marker)))
    records = UndecodedBatches(PLACE, FetchedBatches(a_batch([Written(0, b"")])), [], 0, None, None, True, 1)
    assert asked <= set(vars(records._records.next_batch()))
    in_order(Original._contains_abort_marker, "control_record = next(next_batch)")


def test_a_consumers_deserializer_goes_to_what_unpacks_its_fetches() -> None:
    in_order(Fetcher._proc_fetch_request, "records = MemoryRecords(part_data[-1])", "if records.has_next():")
    in_order(
        Fetcher._proc_fetch_request, "partition_records = PartitionRecords( tp, records,", "self._value_deserializer,"
    )
    assert list(inspect.signature(Original.__init__).parameters) == [
        *("self", "tp", "records", "aborted_transactions", "fetch_offset", "key_deserializer", "value_deserializer"),
        *("check_crcs", "isolation_level"),
    ]


def unpacked_for(value_deserializer: Any) -> Any:
    return unpacking(PLACE, FetchedBatches(a_batch([Written(0, b"one")])), [], 0, None, value_deserializer, True, 1)


async def test_only_the_consumer_that_asks_for_batches_gets_them() -> None:
    consumer = new_consumer(Settings(), "test", value_deserializer=UndecodedBatches)
    assert consumer._value_deserializer is UndecodedBatches
    await consumer.stop()
    (batch,) = unpacked_for(UndecodedBatches)
    assert isinstance(batch, RecordBatch)
    (plain,), (own,) = unpacked_for(None), unpacked_for(bytes.decode)
    assert (plain.value, own.value) == (b"one", "one")


def test_only_batches_of_older_formats_have_no_producer() -> None:
    for content, producer in ((a_batch([Written(0, b"")]), -1), (an_old_batch([Written(0, b"")], 1), None)):
        assert FetchedBatches(content).next_batch().producer_id == producer
    assert next(FetchedBatches(a_marker(0, 7, b"\0\0\0\0")).next_batch()).key == b"\0\0\0\0"


def test_a_fetch_that_is_handed_over_in_parts_keeps_its_position_between_them() -> None:
    in_order(
        FetchResult.getall,
        "for msg in self._partition_records: ret_list.append(msg)",
        "len(ret_list) >= max_records: self._update_position() break",
        "else: self._update_position() self._partition_records = None",
    )
    in_order(Fetcher.fetched_records, "records = res_or_error.getall(max_records)", "if drained or not timeout: return")


class Fetched:
    """The assignment of one partition that is read from offset 0."""

    active, paused, position = True, False, 0

    def state_value(self, tp: TopicPartition) -> Fetched:
        return self

    def consumed_to(self, position: int) -> None:
        self.position = position


def fetched(content: bytes, place: Fetched) -> FetchResult:
    records = UndecodedBatches(PLACE, FetchedBatches(content), [], place.position, None, None, True, 1)
    return FetchResult(PLACE, assignment=place, partition_records=records, backoff=0)


def test_a_damaged_batch_is_told_after_all_before_it_was_handed_over_one_by_one() -> None:
    good = [a_batch([Written(0, b"x")], offset) for offset in range(2)]
    bad = bytearray(a_batch([Written(0, b"bad" * 9)], 2))
    bad[-3] ^= 0xFF
    content, place = b"".join(good) + bytes(bad), Fetched()
    result = fetched(content, place)
    assert [[batch.first_offset for batch in result.getall(1)] for _ in range(3)] == [[0], [1], []]
    assert (place.position, result.has_more()) == (2, False)
    with pytest.raises(UnreadableBatch, match="offsets 2 to 2"):
        fetched(bytes(bad), place).getall(1)


async def test_a_fetch_ends_with_so_many_messages_or_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ConsumerThread` asks Faust's for one batch after the other, and waits for none but the first."""
    tp, asked = TP("analytics", 0), []
    left = [RecordBatch("analytics", 0, number, number + 1, 10, b"x" * 100) for number in range(9)]

    async def fetch(self: Any, consumer: Any, partitions: Any, timeout: float, max_records: int) -> Any:
        asked.append((timeout, max_records))
        return {tp: [left.pop(0)]} if left else {}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", fetch)
    thread = object.__new__(ConsumerThread)
    consumer = SimpleNamespace(_fetcher=SimpleNamespace(_prefetch_backoff=None))

    async def offsets(messages: int, size: int) -> list[int]:
        monkeypatch.setattr(faust_thread, "FETCH_MESSAGES_MAX", messages)
        monkeypatch.setattr(faust_thread, "FETCH_BYTES_MAX", size)
        found = await thread._fetch_records(consumer, {tp}, timeout=5.0, max_records=1)
        return [batch.first_offset for batches in found.values() for batch in batches]

    assert await offsets(20, 10**9) == [0, 1]
    assert await offsets(21, 10**9) == [2, 3, 4]
    assert await offsets(10**9, 101) == [5, 6]
    assert await offsets(10**9, 10**9) == [7, 8]
    assert await offsets(10**9, 10**9) == []
    assert asked[:3] == [(5.0, 1), (0, 1), (5.0, 1)]
    waits = [consumer._fetcher._prefetch_backoff]
    thread.leaves_some = True
    await offsets(1, 1)
    assert [*waits, consumer._fetcher._prefetch_backoff] == [0.1, 0.0]


def test_for_how_long_a_partition_that_is_not_read_delays_the_next_fetch() -> None:
    assert (
        inspect.signature(Fetcher.__init__).parameters["prefetch_backoff"].default
        == faust_thread.PREFETCH_BACKOFF_SECONDS
    )
    received, asked = inspect.getsource(Fetcher._proc_fetch_request), inspect.getsource(Fetcher._get_actions_per_node)
    assert "backoff=self._prefetch_backoff" in received
    assert "if backoff:\n                    backoff_by_nodes[node_id]" in asked
    assert FetchResult(None, assignment=None, partition_records=None, backoff=0.0).calculate_backoff() == 0
    assert "self._records[tp] = FetchResult(" in received


def test_the_thread_passes_the_consumers_own_bound_and_a_time_to_wait() -> None:
    in_order(
        driver.AIOKafkaConsumerThread.getmany,
        "self._fetch_records, _consumer, active_partitions, timeout=timeout, max_records=_consumer._max_poll_records",
    )
    assert list(inspect.signature(driver.AIOKafkaConsumerThread._fetch_records).parameters) == [
        *("self", "consumer", "active_partitions", "timeout", "max_records"),
    ]


def test_a_batch_can_be_read_again_from_its_bytes() -> None:
    content = a_batch([Written(0, b"one", headers=(("a", None),)), Written(5, None)], 7)
    for _ in range(2):
        records = list(DefaultRecordBatch(content))
        assert [(each.offset, each.value, list(each.headers)) for each in records] == [
            (7, b"one", [("a", None)]), (12, None, []),
        ]  # fmt: skip
