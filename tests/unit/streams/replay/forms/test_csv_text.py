"""Rows of CSV as events: which column is which field, and what a cell is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scoring.event.event import Rejected
from streams.errors import UserError
from streams.replay.forms.csv_text import CsvText
from streams.replay.forms.form import FileForm
from streams.replay.forms.text import refuse_marked

HEAD = "topic,account_id,event,timestamp,id"


def lines_of(text: str | bytes, separator: str = ",", **form: Any) -> list[bytes]:
    named = FileForm(**form)
    reader = CsvText("book.csv", named, separator)
    data = text if isinstance(text, bytes) else text.encode(named.encoding)
    return (reader.feed(data) + reader.finish()).split(b"\n")[:-1]


def the_event(head: str, row: str, **form: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines_of(f"{head}\n{row}\n", **form)[1])
    return found


def test_own_columns_are_fields_and_all_others_properties() -> None:
    assert the_event(f"{HEAD},user_id,plan,properties.mrr", "billing,007,paid,2026-01-02,9,8,pro,12.50") == {
        "topic": "billing",
        "account_id": "007",
        "event": "paid",
        "timestamp": "2026-01-02",
        "id": "9",
        "user_id": "8",
        "properties": {"plan": "pro", "mrr": 12.5},
    }


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7),
        ("-0.5e3", -500.0),
        ("007", "007"),
        ("+7", "+7"),
        ("7 ", "7 "),
        ("1,5", "1,5"),
        (".5", ".5"),
        ("NaN", "NaN"),
        ("٧", "٧"),
        ("true", True),
        ("True", "True"),
        ("null", "null"),
        ("t", "t"),
    ],
)
def test_only_a_cell_that_is_written_as_json_writes_numbers_is_one(cell: str, value: object) -> None:
    assert the_event(f"{HEAD};x".replace(",", ";"), f"a;b;c;1767225600;1;{cell}", separator=";")["properties"] == {
        "x": value
    }


def test_a_listed_column_is_text_an_empty_cell_is_not_given_and_a_timestamp_may_be_a_number() -> None:
    found = the_event(f"{HEAD},zip,seats", "a,b,c,1767225600,,12345,", texts=("zip",))
    assert found["timestamp"] == 1767225600
    assert "id" not in found
    assert found["properties"] == {"zip": "12345"}


def test_a_large_number_keeps_its_digits() -> None:
    assert b'"n":123456789012345678901234567890' in lines_of(f"{HEAD},n\na,b,c,d,e,123456789012345678901234567890\n")[1]


def test_a_column_of_whole_properties_is_completed_by_the_others() -> None:
    head = HEAD.replace(",", ";") + ";properties;plan"
    assert the_event(head, 'a;b;c;d;e;{"plan": "old", "seats": 3};pro', separator=";")["properties"] == {
        "plan": "pro",
        "seats": 3,
    }


def test_a_row_has_the_number_of_its_first_line() -> None:
    lines = lines_of(f'{HEAD},note\na,b,c,d,1,"two\nlines"\n\na,b,c,d,2,x\n')
    assert [number for number, line in enumerate(lines, 1) if line] == [2, 5]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,b,c", "3 cells, but the header has 5"),
        ("a,b,c,d,e,f", "6 cells, but the header has 5"),
        ('a,b,c,d,"e', "closes nowhere"),
        ('a,b,c,d,"e"f', "not CSV"),
    ],
)
def test_a_row_that_is_none_is_malformed_with_the_reason_and_the_rest_is_read(row: str, words: str) -> None:
    lines = lines_of(f"{HEAD}\n{row}\na,b,c,d,e\n")
    with pytest.raises(Rejected, match=words) as rejected:
        refuse_marked(lines[1])
    assert rejected.value.reason == "malformed"
    assert json.loads(lines[2])["account_id"] == "b"


def test_a_row_in_another_encoding_is_refused_with_advice() -> None:
    lines = lines_of(f"{HEAD}\na,é,c,d,e\na,b,c,d,e\n".encode("windows-1252"))
    with pytest.raises(Rejected, match="not utf-8: name the file's encoding in --encoding"):
        refuse_marked(lines[1])
    assert json.loads(lines[2])["account_id"] == "b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_named_encodings_are_read(encoding: str) -> None:
    assert the_event(HEAD, "a,Café,c,d,e", encoding=encoding)["account_id"] == "Café"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (HEAD.replace(",", ";"), "no column topic: give --separator ';'"),
        (HEAD.replace(",", "\t"), "no column topic: give --separator tab"),
        ("sep=;", "give --separator ';'"),
        ("topics,account_id,event", "did you mean 'topics'"),
        ("topic,event", "no column account_id"),
        (f"{HEAD},plan,properties.plan", "two columns for 'plan'"),
        (f"{HEAD},,plan", "a column without a name"),
    ],
)
def test_a_header_that_cannot_be_one_of_events_is_an_error_with_advice(head: str, words: str) -> None:
    with pytest.raises(UserError, match=words.replace("(", "\\(")):
        lines_of(f"{head}\na,b,c\n")


def test_a_text_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UserError, match=r"--text-columns: book.csv has no column 'zap'; did you mean 'zip'"):
        lines_of(f"{HEAD},zip\n", texts=("zap",))


def test_the_line_of_excel_with_the_separator_is_passed_over() -> None:
    head = HEAD.replace(",", ";")
    lines = lines_of(f"\ufeffsep=;\n{head}\na;b;c;d;e\n", separator=";")
    assert [number for number, line in enumerate(lines, 1) if line] == [3]


def test_empty_columns_after_the_last_are_ignored() -> None:
    lines = lines_of(f"{HEAD},,\na,b,c,d,e,,\n")
    assert json.loads(lines[1])["properties"] == {}
