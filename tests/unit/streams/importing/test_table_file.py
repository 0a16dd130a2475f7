"""Exports as spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.errors import UserError
from streams.importing.table_file import TableFile
from streams.replay.forms.csv_cells import BadRow


def a_table(folder: Path, content: bytes, separator: str = ";", encoding: str = "utf-8") -> TableFile:
    path = folder / "crm.csv"
    path.write_bytes(content)
    return TableFile(str(path), separator, encoding)


def test_the_line_of_excel_with_the_separator_empty_columns_and_a_mark_are_passed_over(tmp_path: Path) -> None:
    table = a_table(tmp_path, b"\xef\xbb\xbfsep=;\r\nId;Name ;;\r\n1;Ann;;\r\n;;;\r\n2;Bob;;\r\n")
    assert table.header == ["Id", "Name"]
    assert list(table.rows()) == [(3, ["1", "Ann", "", ""]), (5, ["2", "Bob", "", ""])]
    assert table.position == table.size


def test_utf_16_is_read_when_it_is_named_and_else_an_error_says_so(tmp_path: Path) -> None:
    content = "Id;Name\n1;Öz\n".encode("utf-16")
    assert list(a_table(tmp_path, content, encoding="utf-16").rows()) == [(2, ["1", "Öz"])]
    with pytest.raises(UserError, match='it is UTF-16: write encoding = "utf-16" into the map'):
        a_table(tmp_path, content)


def test_rows_of_another_encoding_are_refused_with_their_line(tmp_path: Path) -> None:
    found = dict(a_table(tmp_path, "Id;Name\n1;Öz\n2;Bob".encode("cp1252")).rows())
    assert isinstance(found[2], BadRow)
    assert "name the file's encoding in the map" in str(found[2])
    assert found[3] == ["2", "Bob"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"sep=,\nId,Name\n", "says that its separator is ','"),
        (b"PK\x03\x04xxxx", "a zip archive or a spreadsheet: export it as CSV"),
        ("Öz;b\n".encode("cp1252"), "its header is not utf-8"),
        (b'"Id;b\n', "the header is"),
    ],
)
def test_what_is_no_table_is_an_error(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words):
        a_table(tmp_path, content)


def test_a_missing_file_is_an_error() -> None:
    with pytest.raises(UserError, match="cannot be read"):
        TableFile("nothing.csv", ";", "utf-8")
