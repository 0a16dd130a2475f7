"""Batches that the kernel fills: aiokafka's own bytes, and what its producer does with a batch."""

from __future__ import annotations

import random

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder, MessageBatch
from aiokafka.structs import TopicPartition

from streams.engine.flush import Pair
from streams.kernel.batch_filling import fill, finish
from streams.kernel.kernel import is_built
from streams.worker.filled_batch import FilledBatch, fill_of, natively

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
AT_MS = 1_700_000_000_000


def some_pairs(luck: random.Random, number: int) -> list[Pair]:
    lengths = (0, 1, 60, 63, 64, 130, 8_191, 8_192, 9_000)

    def value() -> bytes | None:
        return None if luck.random() < 0.1 else luck.randbytes(luck.choice(lengths))

    return [(luck.randbytes(luck.choice(lengths[:6])), value()) for _ in range(number)]


def by_aiokafka(pairs: list[Pair], begin: int, most: int) -> tuple[BatchBuilder, int]:
    """A batch of as many as fit."""
    builder, at = BatchBuilder(most, 0), begin
    while at < len(pairs) and builder.append(timestamp=AT_MS, key=pairs[at][0], value=pairs[at][1]) is not None:
        at += 1
    return builder, at - begin


def sent_by(builder: BatchBuilder | FilledBatch, sender: tuple[int, int, int] | None) -> bytes:
    """The bytes that the producer sends."""
    batch = MessageBatch(TopicPartition("scores", 0), builder, 30, 0)
    if sender is not None:
        batch.set_producer_state(*sender)
    return bytes(batch.get_data_buffer())


@pytest.mark.parametrize("seed", range(12))
async def test_the_bytes_are_those_of_aiokafka(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    luck = random.Random(seed)
    monkeypatch.setattr("streams.worker.filled_batch.time.time", lambda: AT_MS / 1_000)
    most = luck.choice((100, 5_000, 60_000))
    pairs, filled = some_pairs(luck, 200), natively(most)
    begin = batches = 0
    while begin < len(pairs):
        (one, taken), (other, also_taken) = filled(pairs, begin), by_aiokafka(pairs, begin, most)
        assert taken == also_taken == one.record_count() == other.record_count()
        assert one.size() == other.size()
        sender = (luck.randrange(1 << 40), luck.randrange(1 << 15), luck.randrange(1 << 31)) if seed % 2 else None
        assert sent_by(one, sender) == sent_by(other, sender)
        begin, batches = begin + taken, batches + 1
    assert batches > 1


def test_a_batch_is_filled_to_the_same_byte() -> None:
    pairs = some_pairs(random.Random(1), 40)
    size = natively(10**6)(pairs, 0)[0].size()
    for most, taken in ((size - 1, 39), (size, 39), (size + 1, 40)):
        assert natively(most)(pairs, 0)[1] == by_aiokafka(pairs, 0, most)[1] == taken


async def test_the_producer_finds_what_it_calls() -> None:
    (filled, records) = natively(1_000)([(b"a", b"1"), (b"b", None)], 0)
    batch = MessageBatch(TopicPartition("scores", 0), filled, 30, 0)
    assert (batch.record_count, records, batch.is_empty(), batch.remaining_linger()) == (2, 2, False, None)
    assert batch.append(b"c", b"2", None) is None, "it is closed"
    batch.set_producer_state(7, 1, 5)
    batch.drain_ready()
    sent = bytes(batch.get_data_buffer())
    batch.reset_drain()
    batch.drain_ready()
    assert bytes(batch.get_data_buffer()) == sent, "a retry sends the same"


def test_names_of_aiokafka_that_are_used() -> None:
    called = {"append", "close", "closed", "size", "record_count", "_set_producer_state", "_build"}
    public = {name for name in vars(BatchBuilder) if not name.startswith("__")}
    assert public - {"_serialize"} == called == {name for name in vars(FilledBatch) if not name.startswith("__")}


async def test_with_the_kernel_turned_off_the_producer_fills_its_own_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1")
    monkeypatch.setenv("VITALS_KERNEL", "1")
    assert isinstance(fill_of(producer, 1_000)([(b"a", b"1")], 0)[0], FilledBatch)
    monkeypatch.setenv("VITALS_KERNEL", "0")
    batch, records = fill_of(producer, 1_000)([(b"a", b"1"), (b"b", None)], 0)
    await producer.stop()
    assert isinstance(batch, BatchBuilder)
    assert (records, batch.record_count(), batch.closed()) == (2, 2, True)


def test_what_is_no_pair_is_refused() -> None:
    for odd in ((b"a",), [b"a", b"b"], ("a", b"b"), (b"a", "b"), (None, b"b"), 7):
        with pytest.raises((TypeError, ValueError)):
            fill([odd], 0, 100)  # type: ignore[list-item]
    for begin in (-1, 2):
        with pytest.raises(ValueError, match="where to begin"):
            fill([(b"a", b"b")], begin, 100)
    with pytest.raises(ValueError, match="header"):
        finish(bytearray(60), 1, 0, -1, -1, 0)
