"""Cells as values, by the rules that a map names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.instants import parse_instant
from streams.importing.cells import BadCell, Cells
from streams.importing.map_file import AccountColumn, ImportMap, Property


def cells(**keys: Any) -> Cells:
    return Cells(ImportMap(account=AccountColumn(column="a"), **keys))


GERMAN = cells(decimal=",", thousands=".")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1.234,56", 1234.56), ("1234,56", 1234.56), ("-7", -7), ("1.234.567", 1234567), ("0,5", 0.5), ("007", 7)],
)
def test_numbers_are_read_by_their_marks(text: str, number: float) -> None:
    assert GERMAN.number(text) == number


@pytest.mark.parametrize("text", ["1,234.56", "1.23", "12.34,5", "1.2345", "€ 5", "(5)", "5%", "1e3", "", ",5", "٥"])
def test_a_number_with_other_marks_is_refused_and_never_read_as_another(text: str) -> None:
    with pytest.raises(BadCell, match="is no number"):
        GERMAN.number(text)


@given(st.integers(-(10**9), 10**9), st.sampled_from((("", "."), (",", "."), (".", ","), ("'", "."), (" ", ","))))
def test_what_was_written_with_these_marks_is_read_back(cents: int, marks: tuple[str, str]) -> None:
    thousands, decimal = marks
    text = f"{cents / 100:,.2f}".replace(",", "_").replace(".", decimal).replace("_", thousands)
    assert cells(thousands=thousands, decimal=decimal).number(text) == pytest.approx(cents / 100)


def test_a_space_between_thousands_may_be_one_that_does_not_break() -> None:
    french = cells(decimal=",", thousands=" ")
    assert french.number(french.given("\u00a01\u202f234\u00a0567,8 ")) == 1234567.8


def test_marks_for_nothing_and_empty_cells_are_not_given() -> None:
    reader = cells(nulls=("-", "n/a"))
    assert [reader.given(text) for text in ("", "  ", " - ", "n/a", "N/A", "--")] == ["", "", "", "", "N/A", "--"]


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("2026-12-31", "iso", "2026-12-31"),
        ("31.12.2026", "%d.%m.%Y", "2026-12-31"),
        ("12/31/2026", "%m/%d/%Y", "2026-12-31"),
        ("31.12.2026 00:30", "%d.%m.%Y %H:%M", "2026-12-30T23:30:00Z"),
        ("2026-12-31 00:30", "iso", "2026-12-30T23:30:00Z"),
        ("2026-12-31T00:30:00Z", "iso", "2026-12-31T00:30:00Z"),
        ("2026-12-31T00:30+0500", "iso", "2026-12-30T19:30:00Z"),
        ("46387", "excel", "2026-12-31"),
        ("46387.5", "excel", "2026-12-31T11:00:00Z"),
        ("1798675200", "unix", "2026-12-31T00:00:00Z"),
    ],
)
def test_dates_are_days_or_instants_in_the_zone_of_the_map(text: str, form: str, written: str) -> None:
    assert cells(zone="Europe/Berlin").date_text(text, form) == written


@pytest.mark.parametrize(
    ("text", "form"),
    [("31.12.2026", "iso"), ("2026-12-31", "%d.%m.%Y"), ("31.02.2026", "%d.%m.%Y"), ("soon", "excel"), ("1e9", "unix")],
)
def test_a_date_of_another_format_is_refused(text: str, form: str) -> None:
    with pytest.raises(BadCell, match="is no date"):
        cells().date_text(text, form)


def test_a_day_begins_in_the_zone_of_the_map() -> None:
    assert cells(zone="Europe/Berlin").instant_ms("2026-07-01", "iso") == parse_instant("2026-06-30T22:00:00Z")


@pytest.mark.parametrize(
    ("text", "of", "value"),
    [
        ("12,5 %", Property(name="p", type="percent"), 12.5),
        ("12,5", Property(name="p", type="percent"), 12.5),
        ("1.200", Property(name="mrr", type="number", divide_by=12), 100),
        ("ja", Property(name="b", type="boolean", true=("ja",), false=("nein",)), True),
        ("nein", Property(name="b", type="boolean", true=("ja",), false=("nein",)), False),
        ("007", Property(name="i", type="id"), "007"),
        ("007", Property(name="t"), "007"),
    ],
)
def test_a_value_has_the_type_that_the_map_names(text: str, of: Property, value: object) -> None:
    found = GERMAN.value(text, of)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("text", "of", "words"),
    [
        ("5 %", Property(name="n", type="number"), 'for percentages give type = "percent"'),
        ("vielleicht", Property(name="b", type="boolean"), "neither in true nor in false"),
        ("null", Property(name="i", type="id"), "missing id"),
    ],
)
def test_a_cell_of_another_type_is_refused(text: str, of: Property, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        GERMAN.value(text, of)
