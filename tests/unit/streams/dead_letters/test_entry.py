"""Dead letters and marks on one topic."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.dead_letter import DeadLetter
from streams.dead_letters.entry import Letter, LetterId, Replayed, encode_mark, entry_of, letter_id
from tests.support.gateway.dead_letters import a_letter

numbers = st.integers(0, 999_999_999)


@given(numbers, numbers)
def test_an_id_is_read_as_it_is_written(partition: int, offset: int) -> None:
    assert letter_id(str(LetterId(partition, offset))) == LetterId(partition, offset)


@pytest.mark.parametrize("text", ["", "17", "0:", ":1", "0:-1", "a:b", "0:1:2", "٣:١", "0:" + "9" * 40])
def test_what_is_no_id_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="like 0:17"):
        letter_id(text)


def test_a_letter_is_never_taken_for_a_mark_nor_a_mark_for_a_letter() -> None:
    letter = a_letter().letter
    mark = Replayed(letter=LetterId(0, 17), replayed_ms=5, author="ann")
    assert entry_of(msgspec.json.encode(letter)) == letter
    assert entry_of(encode_mark(mark)) == mark
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(encode_mark(mark), type=DeadLetter)  # as `vitals verify` reads it, which skips it


@pytest.mark.parametrize("value", [None, b"", b"{}", b"\xff", b"[1]", b'{"reason":"x"}'])
def test_what_is_neither_is_nothing(value: bytes | None) -> None:
    assert entry_of(value) is None


def test_a_letter_says_where_it_came_from_and_whether_it_is_whole() -> None:
    assert a_letter().origin == "analytics 3:99"
    assert a_letter(source="crm", topic="", partition=-1, offset=-1).origin == "crm"
    cut: Letter = a_letter(value=b"x", value_bytes=70_000)
    assert (a_letter().is_cut, cut.is_cut) == (False, True)
