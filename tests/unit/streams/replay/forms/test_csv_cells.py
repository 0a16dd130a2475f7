"""Rows of CSV in any pieces and encodings; one bad quote costs its own row."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.event.event import EVENT_MAX_BYTES
from streams.replay.forms.csv_cells import BadRow, CsvCells, fitted, is_undecodable

CELL = st.text('a",;\n\t é', max_size=5)


def rows(data: bytes, separator: str = ",", encoding: str = "utf-8", size: int = 1 << 20) -> list[tuple[int, object]]:
    cells = CsvCells(separator, encoding)
    found = [row for at in range(0, len(data), size) for row in cells.feed(data[at : at + size])]
    found += cells.finish()
    return [(number, str(row) if isinstance(row, BadRow) else row) for number, row in found]


@given(
    st.lists(st.lists(CELL, min_size=2, max_size=4), max_size=5),
    st.sampled_from((",", ";", "\t")),
    st.sampled_from(("utf-8", "utf-16", "iso8859-1")),
    st.sampled_from(("\n", "\r\n")),
    st.integers(1, 20),
)
def test_rows_are_those_that_were_written(
    written: list[list[str]], separator: str, encoding: str, ends: str, size: int
) -> None:
    written = [["x", *cells] for cells in written]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=ends).writerows(written)
    found = rows(text.getvalue().encode(encoding), separator, encoding, size)
    assert [cells for _, cells in found] == written
    breaks = [sum(cell.count("\n") for cell in cells) + 1 for cells in written]
    assert [number for number, _ in found] == [1 + sum(breaks[:at]) for at in range(len(written))]


def test_blank_rows_count_as_lines_and_are_left_out() -> None:
    assert rows(b"a,b\n\n,,\nc,d") == [(1, ["a", "b"]), (4, ["c", "d"])]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_quote_that_is_never_closed_costs_its_own_line(size: int) -> None:
    found = rows(b'a,b\n"c,d\ne,f\ng,h\n', size=size)
    words = "a quote opens a cell on this line and closes nowhere"
    assert found == [(1, ["a", "b"]), (2, words), (3, ["e", "f"]), (4, ["g", "h"])]


def test_a_quote_that_is_never_closed_in_a_long_file_is_given_up_after_the_length_of_an_event() -> None:
    lines = b"x,%s\n" % (b"y" * 1000) * (2 * EVENT_MAX_BYTES // 1000)
    found = rows(b'a,b\n"c,d\n' + lines, size=65536)
    assert isinstance(found[1][1], str)
    assert len(found) == 2 + len(lines.splitlines())


def test_a_quote_in_the_middle_of_a_cell_is_itself_and_text_after_a_closing_one_is_refused() -> None:
    assert rows(b'screen 5",b\n"a"b,c\nd,e') == [
        (1, ['screen 5"', "b"]),
        (2, "not CSV: ',' expected after '\"'"),
        (3, ["d", "e"]),
    ]


def test_ragged_rows_say_how_and_empty_cells_beyond_the_header_do_not_count() -> None:
    assert fitted(["a", "b", "", ""], 2) == ["a", "b"]
    with pytest.raises(BadRow, match=r"^3 cells, but the header has 2$"):
        fitted(["a", "b", "c"], 2)
    with pytest.raises(BadRow, match=r"1 cells, .* 2 \(the row goes over 2 lines: is a quote missing\?"):
        fitted(["a\nb"], 2)


def test_bytes_of_another_encoding_are_seen() -> None:
    (_, cells), *_ = rows("é,b".encode("windows-1252"))
    assert isinstance(cells, list)
    assert [is_undecodable(cell) for cell in cells] == [True, False]
