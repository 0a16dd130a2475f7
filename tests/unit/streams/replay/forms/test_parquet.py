"""Rows of Parquet as events: types become those of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scoring.event.event import Rejected
from streams.errors import UserError
from streams.replay.forms.parquet import ParquetRows
from streams.replay.forms.text import refuse_marked

OWN = "'billing' AS topic, 'acme' AS account_id, 'paid' AS event"


def a_file(folder: Path, select: str) -> str:
    path = str(folder / "book.parquet")
    with duckdb.connect() as database:
        database.execute(f"COPY (SELECT {select}) TO '{path}' (FORMAT parquet)")
    return path


def lines_of(path: str) -> list[bytes]:
    rows = ParquetRows(path, "book.parquet")
    try:
        lines = []
        while (text := rows.next()) is not None:
            lines += text.split(b"\n")[:-1]
        assert rows.share == 1.0
        return lines
    finally:
        rows.close()


def the_event(folder: Path, select: str) -> dict[str, Any]:
    (line,) = lines_of(a_file(folder, f"{OWN}, {select}"))
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7::BIGINT", 7),
        ("12.50::DECIMAL(9,2)", 12.5),
        ("18446744073709551615::UBIGINT", 2**64 - 1),
        ("0.1::DOUBLE", 0.1),
        ("'NaN'::DOUBLE", None),
        ("NULL::INTEGER", None),
        ("true", True),
        ("'007'", "007"),
        ("DATE '2026-01-02'", "2026-01-02"),
        ("TIMESTAMP '2026-01-02 03:04:05.678'", "2026-01-02T03:04:05.678000Z"),
        ("TIMESTAMPTZ '2026-01-02 03:04:05+02'", "2026-01-02T01:04:05Z"),
        ("{'at': TIMESTAMPTZ '2026-01-02 03:04:05+00', 'plan': NULL}", {"at": "2026-01-02T03:04:05Z"}),
        ("[1, 2]", [1, 2]),
        ("MAP {'seats': 3}", {"seats": 3}),
        ("'abc'::BLOB", "abc"),
    ],
)
def test_a_value_has_the_type_of_its_column(tmp_path: Path, written: str, value: object) -> None:
    found = the_event(tmp_path, f'{written} AS "x y"')["properties"]
    assert found == ({} if value is None else {"x y": value})


def test_columns_are_fields_as_in_csv(tmp_path: Path) -> None:
    select = """TIMESTAMP '2026-01-02' AS timestamp, 9 AS id, 8 AS user_id, 1 AS seats, 'pro' AS "properties.plan",
        {'seats': 5, 'mrr': 2} AS properties"""
    assert the_event(tmp_path, select) == {
        "topic": "billing",
        "account_id": "acme",
        "event": "paid",
        "timestamp": "2026-01-02T00:00:00Z",
        "id": 9,
        "user_id": 8,
        "properties": {"seats": 1, "mrr": 2, "plan": "pro"},
    }


def test_properties_may_be_json_in_a_text_and_are_refused_when_it_is_none(tmp_path: Path) -> None:
    select = f"""{OWN}, unnest(['{{"plan": "pro"}}', 'pro', NULL]) AS properties"""
    first, second, third = lines_of(a_file(tmp_path, select))
    assert json.loads(first)["properties"] == {"plan": "pro"}
    with pytest.raises(Rejected, match="properties is not a JSON object"):
        refuse_marked(second)
    assert json.loads(third)["properties"] == {}


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="not a text in UTF-8"):
        refuse_marked(lines_of(a_file(tmp_path, rf"{OWN}, '\xFF'::BLOB AS x"))[0])


def test_rows_stay_in_order(tmp_path: Path) -> None:
    lines = lines_of(a_file(tmp_path, f"{OWN}, i AS id FROM range(5000) t(i)"))
    assert [json.loads(line)["id"] for line in lines] == list(range(5000))


def test_a_file_without_the_columns_or_damaged_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"book\.parquet has no column topic"):
        ParquetRows(a_file(tmp_path, "1 AS account_id"), "book.parquet")
    path = Path(a_file(tmp_path, OWN))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match=r"book\.parquet cannot be read as Parquet"):
        ParquetRows(str(path), "book.parquet")


def test_without_duckdb_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = a_file(tmp_path, OWN)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UserError, match=r"needs DuckDB: pip install 'account-vitals\[files\]'"):
        ParquetRows(path, "book.parquet")
