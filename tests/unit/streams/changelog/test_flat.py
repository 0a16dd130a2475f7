"""Flat bytes: what is written is read back, and what no release has written is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.changelog.flat import DamagedRecord, Reader, numbers_bytes, steps_bytes, text_bytes, words_bytes
from tests.support.examples import examples

UNSIGNED = st.one_of(st.integers(0, 255), st.integers(0, (1 << 63) - 1))
SIGNED = st.integers(-(1 << 63), (1 << 63) - 1)
LISTS = st.one_of(
    st.lists(UNSIGNED, max_size=9), st.lists(SIGNED, max_size=9), st.lists(st.integers(-2, 300), max_size=300)
)


def reader(data: bytes) -> Reader:
    return Reader(data, 0, len(data))


@examples(300)
@given(LISTS, st.text())
def test_numbers_and_texts_are_read_back(numbers: list[int], text: str) -> None:
    read = reader(numbers_bytes(numbers) + text_bytes(text))
    assert (read.numbers(), read.text()) == (numbers, text)
    read.finish()


@examples(100)
@given(st.sets(st.integers(0, 1 << 40)))
def test_ascending_numbers_are_read_back(numbers: set[int]) -> None:
    read = reader(steps_bytes(sorted(numbers)))
    assert read.steps(1 << 40) == sorted(numbers)
    read.finish()


@pytest.mark.parametrize(
    ("numbers", "bytes_each"),
    [([0, 255], 1), ([256], 2), ([-1, 127], 1), ([-1, 128], 2), ([-129], 2), ([1 << 32], 8), ([-(1 << 31)], 4)],
)
def test_a_number_takes_as_few_bytes_as_will_do(numbers: list[int], bytes_each: int) -> None:
    assert len(numbers_bytes(numbers)) == 2 + bytes_each * len(numbers)


def test_a_number_of_more_than_63_bits_is_not_cut() -> None:
    for numbers in ([1 << 63], [-1, 1 << 63], [-(1 << 63) - 1]):
        with pytest.raises(OverflowError, match="63 bits"):
            numbers_bytes(numbers)


def test_a_great_number_among_many_makes_only_its_block_wide() -> None:
    assert len(numbers_bytes([1] * 640 + [1_000])) == 5 + 10 * 65 + 3


@pytest.mark.parametrize(
    "data",
    ["", "05", "0203", "020301", "02030101", "0208" + "00" * 15, "ff05000000" + "00" * 9, "ffffffffff01"],
)
def test_what_is_no_list_of_numbers_is_refused(data: str) -> None:
    with pytest.raises(DamagedRecord, match="start a new VITALS_GROUP"):
        reader(bytes.fromhex(data)).numbers()


def test_numbers_that_do_not_ascend_are_refused() -> None:
    for steps in ([1], [0, 0], [0, -1]):
        with pytest.raises(DamagedRecord, match="do not ascend"):
            reader(numbers_bytes(steps) + words_bytes("q", [5])).steps(9)


def test_a_number_out_of_range_is_refused() -> None:
    for numbers in ([-1], [10], [3, 10]):
        with pytest.raises(DamagedRecord, match="out of range"):
            reader(steps_bytes(numbers)).steps(9)
    with pytest.raises(DamagedRecord, match="63 bits"):
        reader(b"\x01\x08" + b"\xff" * 8).numbers()


def test_a_text_of_other_bytes_is_refused_and_so_is_what_is_left_over() -> None:
    with pytest.raises(DamagedRecord, match="UTF-8"):
        reader(b"\x01\xff").text()
    with pytest.raises(DamagedRecord, match="1 bytes are left over"):
        reader(b"?").finish()
