"""The form of a file, by its first bytes and its name; and files that are of another form than named."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from scoring.event.event import EventDecoder, Rejected
from streams.errors import UserError
from streams.replay.event_file import EventFile
from streams.replay.event_line import RejectionCounts, read_event
from streams.replay.forms.form import FileForm

EVENT = b'{"topic":"analytics","account_id":"acme","event":"login","timestamp":"2026-01-02"}'
ROW = b"topic,account_id,event,timestamp\nanalytics,acme,login,2026-01-02\n"


def lines_of(folder: Path, name: str, content: bytes, **form: Any) -> list[tuple[int, bytes]]:
    (folder / name).write_bytes(content)
    with EventFile(str(folder / name), FileForm(**form)) as file:
        return list(file.lines())


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "number"),
    [
        ("a", b"\n" + EVENT, 2),
        ("a", b"\xef\xbb\xbf\n [" + EVENT + b"]", 1),
        ("a.csv", ROW, 2),
        ("a.csv", EVENT, 1),
        ("a.tsv", ROW.replace(b",", b"\t"), 2),
        ("a.csv", b"\xef\xbb\xbf" + ROW, 2),
    ],
)
def test_the_form_is_known_by_the_first_bytes_and_the_name(
    tmp_path: Path, name: str, content: bytes, number: int, zipped: bool
) -> None:
    ((found, line),) = lines_of(tmp_path, name, gzip.compress(content) if zipped else content)
    assert found == number
    assert read_event(EventDecoder(), line, 0, 2_000_000_000_000)[0].account_id == "acme"


@pytest.mark.parametrize(
    ("name", "content", "form", "words"),
    [
        ("a.csv", ROW.decode().encode("utf-16"), {}, "it is UTF-16, not utf-8: give --encoding utf-16"),
        ("a", EVENT, {"kind": "json"}, "it is not a JSON array"),
        ("a", EVENT, {"kind": "parquet"}, "it is not a Parquet file"),
        (
            "a.gz",
            gzip.compress(b"PAR1" + b"x" * 50, mtime=0),
            {},
            "a Parquet file, which cannot be read from a pipe or a gzip",
        ),
        ("a.csv", b"\xff\xfeabc", {"kind": "csv", "encoding": "utf-16"}, "cannot be read"),
    ],
)
def test_a_file_of_another_form_is_refused_with_advice(
    tmp_path: Path, name: str, content: bytes, form: dict[str, Any], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        lines_of(tmp_path, name, content, **form)


def test_a_name_like_a_pattern_is_one_file_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a[1]*.parquet"
    with duckdb.connect() as database:
        select = "SELECT 'analytics' AS topic, 'acme' AS account_id, 'login' AS event, '2026-01-02' AS timestamp"
        database.execute(f"COPY ({select}) TO '{tmp_path / 'plain'}' (FORMAT parquet)")
    (tmp_path / "plain").rename(path)
    (tmp_path / "a1b.parquet").write_bytes(b"PAR1")
    with EventFile(str(path)) as file:
        ((number, line),) = file.lines()
        assert file.position == file.size
        file.rewind()
        assert list(file.lines()) == [(1, line)]
    assert number == 1
    assert read_event(EventDecoder(), line, 0, 2_000_000_000_000)[0].account_id == "acme"


def test_csv_in_utf_16_is_read_when_it_is_named(tmp_path: Path) -> None:
    assert len(lines_of(tmp_path, "a.csv", ROW.decode().encode("utf-16"), encoding="utf-16")) == 1


def test_a_pipe_of_an_array_gives_what_it_has() -> None:
    reading, writing = os.pipe()
    with EventFile(f"/dev/fd/{reading}") as file:
        os.write(writing, b"[" + EVENT + b",")
        assert file.read() == [(1, EVENT)]
        os.write(writing, EVENT + b"]")
        os.close(writing)
        assert file.read() == [(2, EVENT)]
        assert file.read() == []
        assert file.read() is None
    os.close(reading)


def test_refusals_say_where_in_an_array_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"[\n" + EVENT + b',\n\n{"event":"login"}\n]')
    refusals = RejectionCounts()
    with EventFile(str(path)) as file:
        for number, line in file.lines():
            try:
                read_event(EventDecoder(), line, 0, 2_000_000_000_000)
            except Rejected as rejected:
                refusals.add(number, rejected, file.place)
        assert file.size == file.position
    (refused,) = refusals.by_reason()
    assert refused.lines == (2,)
    assert refused.words.endswith("(element 2, on line 4)")
