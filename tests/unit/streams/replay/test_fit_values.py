"""The types and texts of properties, as they are sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.replay.fit_values import WORDS_MAX, PropertyValues, sent_properties


def values(*found: object) -> PropertyValues:
    noted = PropertyValues()
    for each in found:
        noted.note(json.dumps(each).encode(), 1)
    return noted


@pytest.mark.parametrize(
    ("found", "field"),
    [
        (7, "numbers"),
        (-1.5e3, "numbers"),
        ("14", "numbers_as_text"),
        (" 2.5 ", "numbers_as_text"),
        ("Pro", "texts"),
        ("", "texts"),
        ("NaN", "texts"),
        (True, "others"),
        ([1], "others"),
        ({"a": 1}, "others"),
    ],
)
def test_a_value_has_one_type(found: object, field: str) -> None:
    noted = values(found)
    counts = {name: getattr(noted, name) for name in ("numbers", "numbers_as_text", "texts", "others")}
    assert counts == {name: int(name == field) for name in counts}


def test_the_greatest_number_and_a_few_words_are_kept() -> None:
    noted = values(3, 20.5, "b", "a", "x" * 31, "a", *(f"w{number:02}" for number in range(20)))
    assert noted.greatest == 20.5
    assert noted.words == ["a", "b", *(f"w{number:02}" for number in range(WORDS_MAX - 2))]


@given(st.lists(st.one_of(st.integers(), st.text(max_size=3), st.none()), max_size=30), st.integers(0, 30))
def test_the_values_of_parts_are_those_of_all(found: list[object], cut: int) -> None:
    merged = values(*found[cut:])
    merged.merge(values(*found[:cut]))
    assert merged == values(*found)


def test_null_and_what_belongs_to_libraries_is_not_sent() -> None:
    line = b'{"properties":{"a":null,"$lib":1,"user_id":2,"b":"\\u00e9","c":[1]}}'
    assert dict(sent_properties(line)) == {"b": b'"\\u00e9"', "c": b"[1]"}
    assert [list(sent_properties(each)) for each in (b"{}", b'{"properties":[]}', b'{"properties":"{}"}')] == [
        [],
        [],
        [],
    ]
