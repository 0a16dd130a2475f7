"""Batches as a damaged disk, a broken producer or an attacker would leave them: an error that says where, and no
message that is not there."""

from __future__ import annotations

import contextlib
import struct
from itertools import pairwise

import pytest
from aiokafka.record.default_records import DefaultRecordBatch
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.batches import UnreadableBatch
from streams.kafka.record_batch import RecordBatch
from tests.support.kafka.log_batches import CODECS, Written, a_batch, an_old_batch, with_checksum
from tests.support.kafka.unpacking import Seen, Unpacked, batches_in, by_batches, by_the_client, seen

THREE = [Written(delta, b"value%d" % delta, b"key", 1_000 + delta) for delta in range(3)]
HEADER_BYTES = 61
COUNT_AT, LAST_DELTA_AT, ATTRIBUTES_AT, FIRST_DELTA_AT = 57, 23, 21, 64


def changed(content: bytes, at: int, new: bytes) -> bytes:
    """The batch with these bytes at `at`, and the checksum that it should have then."""
    return with_checksum(content[:at] + new + content[at + len(new) :])


def read(content: bytes) -> tuple[list[Seen], str]:
    """The messages before the first that cannot be read, and why it cannot; "" when all can."""
    messages: list[Seen] = []
    try:
        for batch in batches_in(content):
            for message in batch.messages():
                messages.extend(seen([message]))
    except UnreadableBatch as error:
        return messages, str(error)
    return messages, ""


def test_a_batch_that_is_not_compressed_is_handed_on_as_it_came() -> None:
    content = a_batch(THREE, 40)
    (batch,) = batches_in(content, 41)
    assert batch == RecordBatch("p.analytics", 3, 41, 43, 3, content)
    assert batch.size == len(content)
    assert [message.offset for message in batch.messages()] == [41, 42]


@pytest.mark.parametrize("codec", CODECS.values())
def test_of_a_compressed_one_the_header_says_what_the_content_is_now(codec: int) -> None:
    many = [Written(delta, b"value" * 20) for delta in range(20)]
    (batch,) = batches_in(a_batch(many, 7, codec=codec))
    assert batch.content[ATTRIBUTES_AT + 1] & 7 == 0
    assert struct.unpack_from(">i", batch.content, 8)[0] == len(batch.content) - 12
    assert with_checksum(batch.content) == a_batch(many, 7)


@pytest.mark.parametrize("magic", [0, 1])
@pytest.mark.parametrize("codec", [0, 1, 2])
def test_an_older_batch_is_a_batch_of_each_of_its_messages(magic: int, codec: int) -> None:
    content = an_old_batch(THREE, magic, codec)
    found, expected = by_batches(content, 1), by_the_client(content, 1)
    assert found.next_offset == expected.next_offset
    # Version 0 has no time.
    assert [each[:1] + each[3:] for each in found.messages] == [each[:1] + each[3:] for each in expected.messages]
    assert [each[1:3] for each in found.messages] == ([(-1, 0)] * 2 if magic == 0 else [(1_001, 0), (1_002, 0)])
    assert [batch.first_offset for batch in batches_in(content, 1)] == [1, 2]


@pytest.mark.parametrize("bit", [1, 300])
def test_a_wrong_checksum_is_told_before_anything_is_looked_at(bit: int) -> None:
    content = bytearray(a_batch(THREE))
    content[COUNT_AT + bit % 40] ^= 0x80
    messages, why = read(bytes(content))
    assert messages == []
    assert "p.analytics, partition 3: the batch with offsets 0 to 2 cannot be read" in why
    assert "Invalid CRC" in why


@pytest.mark.parametrize(
    ("at", "new", "readable"),
    [
        (COUNT_AT, struct.pack(">i", -1), 0),
        (COUNT_AT, struct.pack(">i", 4), 3),
        (COUNT_AT, struct.pack(">i", 2), 2),
        (COUNT_AT, struct.pack(">i", 0), 0),
        (COUNT_AT, struct.pack(">i", 2**31 - 1), 3),
        (LAST_DELTA_AT, struct.pack(">i", -2), 0),
        (ATTRIBUTES_AT, struct.pack(">h", 5), 0),  # no such codec
        (ATTRIBUTES_AT, struct.pack(">h", 1), 0),  # not gzip
        (HEADER_BYTES, b"\x01", 0),  # a record of -1 bytes
        (HEADER_BYTES, b"\x7e", 0),  # of 63, more than there are
        (HEADER_BYTES + 4, b"\x7f", 0),  # a key of -64
        (HEADER_BYTES + 4, b"\x7e", 0),
        (HEADER_BYTES + 1, b"\xff" * 12, 0),  # a number that does not end
    ],
)
def test_what_cannot_be_true_ends_the_reading_there(at: int, new: bytes, readable: int) -> None:
    messages, why = read(changed(a_batch(THREE), at, new))
    assert len(messages) == readable
    assert "partition 3: the batch with offsets 0 to " in why


def test_a_number_of_records_below_zero_is_not_handed_on() -> None:
    with pytest.raises(UnreadableBatch, match="-1 records"):
        list(batches_in(changed(a_batch(THREE), COUNT_AT, struct.pack(">i", -1))))


@pytest.mark.parametrize(
    "delta", [pytest.param(1, id="before the batch"), pytest.param(126, id="after it"), pytest.param(4, id="twice")]
)
def test_a_record_whose_offset_contradicts_its_batch_ends_the_reading_there(delta: int) -> None:
    """`delta` is in zigzag: -1, 63, 2. After its offset was committed the records before it would be lost."""
    content = changed(a_batch(THREE), FIRST_DELTA_AT, bytes([delta]))
    messages, why = read(content)
    assert "offset" in why
    assert len(messages) == (delta == 4)


def contradicts(content: bytes, next_offset: int) -> bool:
    """Whether the offsets of a batch's records do not ascend, or leave it: the client passes over some of these."""
    offsets = [-1, *(record.offset for record in DefaultRecordBatch(content)), next_offset]
    return any(later <= earlier for earlier, later in pairwise(offsets))


@given(st.data(), st.sampled_from(list(CODECS.values())))
def test_bytes_that_were_changed_are_read_as_the_client_reads_them_or_not_at_all(
    data: st.DataObject, codec: int
) -> None:
    content = bytearray(a_batch([*THREE, Written(3, b"", None, 5, (("name", b"x"), ("none", None)))], codec=codec))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(ATTRIBUTES_AT, len(content) - 1))] = data.draw(st.integers(0, 255))
    changed_content = with_checksum(content)
    messages, why = read(changed_content)
    expected: Unpacked | None = None
    with contextlib.suppress(Exception):
        expected = by_the_client(changed_content)
    if why:
        is_empty = expected is not None and expected.next_offset <= 0  # a batch that ends before it begins
        assert expected is None or is_empty or contradicts(changed_content, expected.next_offset)
    else:
        assert expected is not None
        assert messages == expected.messages


@pytest.mark.parametrize("cut", [1, 12, 40, HEADER_BYTES])
def test_a_batch_that_is_cut_off_is_left_for_the_next_fetch(cut: int) -> None:
    content = a_batch(THREE)
    assert by_batches(content + content[:-cut]) == by_the_client(content + content[:-cut])
