"""The one rule for ids, in the core's code and in the oracle's."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scoring.event.ids import PLACEHOLDERS, id_of, text_id, value_of
from scoring.oracle import events as oracle

ANY_VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers(), max_size=2), st.just({})
)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("acme", "acme"),
        ("007", "007"),
        ("7.0", "7.0"),
        ("Acme", "Acme"),
        ("acme corp", "acme corp"),
        (" acme\t\n", "acme"),
        ("\u3000acme\u00a0\u2028", "acme"),
        ("acme\u200b", "acme"),
        ("\ufeffacme\u2060", "acme"),
        ("ac\u00adme\u200c\u200d", "acme"),
        ("\u202aacme\u202c\u2066\u2069\u200e", "acme"),
        ("ac\x00me\x7f\x85", "acme"),
        ("\u200b acme \u200b", "acme"),
        ("acme\ufe0f\U000e0041", "acme"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("\uff21cme", "\uff21cme"),
        ("", ""),
        (" \u200b\u3164", ""),
        ("NULL", ""),
        (" null ", ""),
        ("[object Object]", ""),
        ("[object HTMLInputElement]", ""),
        ("[object Array]", ""),
        ("[object ]", "[object ]"),
        ("[object Array] 7", "[object Array] 7"),
        ("[acme] a longer name of an account", "[acme] a longer name of an account"),
        ("#REF!", ""),
        ("(not set)", ""),
        ("<no value>", ""),
        ("\\N", ""),
        ("0" * 32, ""),
        ("0" * 31, "0" * 31),
        ("(null)", ""),
        ("nu\u200bll", ""),
        ("0", "0"),
        ("-1", "-1"),
        ("nullable", "nullable"),
        (7, "7"),
        (7.0, "7"),
        (1e3, "1000"),
        (0, "0"),
        (-0.0, "0"),
        (-7, "-7"),
        (2**53 + 1, "9007199254740993"),
        (float(2**53 - 1), "9007199254740991"),
        (2**64, "18446744073709551616"),
        (7.5, ""),
        (float(2**53), ""),
        (1e300, ""),
        (-1e300, ""),
        (float("inf"), ""),
        (float("nan"), ""),
        (10**400, ""),
        (True, ""),
        (False, ""),
        (None, ""),
        ([], ""),
        (["acme"], ""),
        ({"id": "acme"}, ""),
    ],
)
def test_an_id_is_a_text_or_a_whole_number(found: object, name: str) -> None:
    assert id_of(found) == name
    assert oracle.id_of(found) == name


@pytest.mark.parametrize("placeholder", sorted(PLACEHOLDERS))
def test_a_placeholder_is_no_id_in_whatever_case(placeholder: str) -> None:
    for written in (placeholder, placeholder.upper(), placeholder.title(), f" {placeholder} "):
        assert id_of(written) == oracle.id_of(written) == ""


@given(ANY_VALUE)
@example("\u1100\u1160\u11a8")
def test_the_oracle_has_the_same_rule_in_code_of_its_own(found: object) -> None:
    assert oracle.id_of(found) == id_of(found)
    assert oracle.text_of(found) == value_of(found)


@given(st.text())
def test_the_rule_changes_nothing_that_it_has_made(text: str) -> None:
    assert text_id(text_id(text)) == text_id(text)
    assert text_id(f" {text}\u200b") == text_id(text)
