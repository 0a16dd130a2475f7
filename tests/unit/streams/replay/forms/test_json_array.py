"""A JSON array in any layout and in any pieces gives its elements, each with its number and its line."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import EVENT_MAX_BYTES, Rejected
from streams.replay.forms.json_array import STRETCH_BYTES, JsonArray
from streams.replay.forms.text import refuse_marked

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(',"\\[]{}\n aé', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab}", max_size=2), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text("ab", min_size=1, max_size=2), VALUES, max_size=3)


def read(text: bytes, size: int = 1 << 20) -> tuple[list[bytes], JsonArray]:
    array = JsonArray()
    start = max(size, text.index(b"[") + 1)
    pieces = [text[:start], *(text[at : at + size] for at in range(start, len(text), size))]
    out = b"".join(array.feed(piece) for piece in pieces) + array.finish()
    return out.split(b"\n")[:-1], array


def refusal(line: bytes) -> tuple[str, str]:
    with pytest.raises(Rejected) as rejected:
        refuse_marked(line)
    return rejected.value.reason, str(rejected.value)


@given(st.lists(VALUES, max_size=6), st.sampled_from((None, 0, 2)), st.integers(1, 40), st.booleans())
def test_the_elements_are_those_of_a_whole_parser(values: list[Any], indent: int | None, size: int, ends: bool) -> None:
    text = json.dumps(values, indent=indent).encode() + b"\n" * ends
    lines, array = read(text, size)
    assert [msgspec.json.decode(line) for line in lines] == values
    assert all(array.place(number).startswith(f"element {number}, on line ") for number in range(1, len(values) + 1))


@given(st.lists(OBJECTS, min_size=1, max_size=6), st.integers(1, 60), st.integers(0, 5))
def test_a_damaged_element_costs_itself_only(objects: list[Any], size: int, at: int) -> None:
    elements = [json.dumps(each) for each in objects]
    elements.insert(at, '{"a": nonsense}')
    at = elements.index('{"a": nonsense}')
    lines, array = read(("[\n" + ",\n".join(elements) + "\n]").encode(), size)
    assert refusal(lines[at])[0] == "malformed"
    assert [msgspec.json.decode(line) for line in lines if line[:1] != b"\0"] == objects
    assert array.place(at + 1) == f"element {at + 1}, on line {at + 2}"


def test_an_element_is_on_one_line_but_a_break_within_a_text_stays_an_error() -> None:
    lines, _ = read(b'[{"a":\r\n 1},\n{"b": "x\ny"},{"c": 2}]')
    assert lines[0] == b'{"a":   1}'
    assert refusal(lines[1])[0] == "malformed"
    assert lines[2] == b'{"c": 2}'


def test_long_files_are_split_without_holding_them() -> None:
    elements = [b'{"id":%d,"properties":{"a":[1,2]},"x":"%s"}' % (number, b"y" * 100) for number in range(5_000)]
    lines, array = read(b"[" + b",\n".join(elements) + b"]", STRETCH_BYTES // 3)
    assert lines == elements
    assert array.place(5_000) == "element 5,000, on line 5,000"


def test_an_element_that_is_too_long_is_refused_and_the_next_is_read() -> None:
    text = b'[{"a":"' + b"x" * (2 * EVENT_MAX_BYTES) + b'"},{"b":1}]'
    lines, _ = read(text, 50_000)
    assert refusal(lines[0])[0] == "oversize"
    assert lines[1:] == [b'{"b":1}']


@pytest.mark.parametrize(
    ("text", "sound", "words"),
    [
        (b'[{"a":1},\n{"b":', 1, "what begins on line 2 is never closed"),
        (b'[{"a":1},\n{"b":"', 1, "what begins on line 2 is never closed"),
        (b'[{"a":1}\n', 0, "the array ends nowhere"),
        (b'[{"a":1}]\n[{"b":2}]', 1, "the array ends on line 1, and what follows was not read"),
        (b'[{"a":1},,{"b":2}]', 2, "no element between two commas"),
    ],
)
def test_what_is_wrong_with_an_array_is_a_refusal(text: bytes, sound: int, words: str) -> None:
    for size in (1, 3, 100):
        lines, _ = read(text, size)
        refused = [line for line in lines if line[:1] == b"\0"]
        assert len(lines) - len(refused) == sound
        assert len(refused) == 1
        assert words in refusal(refused[0])[1]


@pytest.mark.parametrize("text", [b"[]", b" [ \n ] \n", b"[]\n\n"])
def test_an_empty_array_has_no_element(text: bytes) -> None:
    assert read(text)[0] == []


def test_a_comma_after_the_last_element_is_no_element() -> None:
    assert read(b'[{"a":1},]')[0] == [b'{"a":1}']
