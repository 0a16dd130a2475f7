"""The same book as NDJSON, JSON array, CSV and Parquet: the same scores and facts, and the same refusals."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple, cast

import duckdb
import msgspec

from scoring.instants import parse_instant
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.replay.by_account.passes import FileNotes, sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import SnapshotsWanted
from vitals.local.sample_accounts import book
from vitals.local.sample_history import history

SEED, END_MS = 7, parse_instant("2026-03-01T12:00:00Z")
OWN = ("topic", "account_id", "event", "timestamp", "id", "user_id")
BROKEN: tuple[dict[str, Any], ...] = (
    {"topic": "analytics", "account_id": "null", "event": "login", "timestamp": "2026-02-01"},
    {"topic": "analytics", "account_id": "acme", "timestamp": "2026-02-01"},
    {"topic": "unknown", "account_id": "acme", "event": "login", "timestamp": "2026-02-01"},
    {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": "yesterday"},
)


class Book(NamedTuple):
    notes: FileNotes
    answers: list[ScoreSnapshot]


def the_events() -> list[dict[str, Any]]:
    events = [{"topic": each.topic, **json.loads(each.value)} for each in history(book(SEED, 8), SEED, END_MS)[-4_000:]]
    assert {name for event in events for name in event} <= {*OWN, "properties"}
    events[100:100] = BROKEN
    return events


def cell(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def write_all(folder: Path, events: list[dict[str, Any]]) -> list[str]:
    """The files, in each form."""
    paths = [str(folder / f"book.{form}") for form in ("ndjson", "json", "csv", "parquet")]
    Path(paths[0]).write_text("".join(json.dumps(event) + "\n" for event in events))
    Path(paths[1]).write_text(json.dumps(events, indent=1))
    names = dict.fromkeys(name for event in events for name in event.get("properties", ()))
    with Path(paths[2]).open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow([*OWN, *names])
        for event in events:
            properties = event.get("properties", {})
            writer.writerow([*(cell(event.get(name)) for name in OWN), *(cell(properties.get(name)) for name in names)])
    with duckdb.connect() as database:
        source = f"read_json('{paths[0]}', format = 'newline_delimited', columns = {{{_columns(events)}}})"
        database.execute(f"COPY (SELECT * FROM {source}) TO '{paths[3]}' (FORMAT parquet)")
    return paths


def _columns(events: list[dict[str, Any]]) -> str:
    kinds = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN"}
    fields: dict[str, str] = {}
    for event in events:
        for name, value in event.get("properties", {}).items():
            fields[name] = "DOUBLE" if fields.get(name) == "DOUBLE" else kinds[type(value)]
    struct = ", ".join(f'"{name}" {kind}' for name, kind in fields.items())
    return ", ".join(f"{name}: 'VARCHAR'" for name in OWN) + f", properties: 'STRUCT({struct})'"


def read(path: str) -> Book:
    model = load_preset("default")
    reading = Reading(models=(model,), now_ms=END_MS, keeps_all=True)
    events, _ = sort_events([path], reading)
    with events:
        events.begin([END_MS])
        events.make_norms([Plan(model)])
        found = [
            each
            for parts in events.fold(SnapshotsWanted())
            for part in cast(list[list[tuple[int, str, bytes]]], parts)
            for each in part
        ]
    decode = msgspec.msgpack.Decoder(ScoreSnapshot).decode
    return Book(events.notes, [decode(snapshot) for _, _, snapshot in sorted(found)])


def test_the_same_book_gives_the_same_scores_and_refusals_in_every_form(tmp_path: Path) -> None:
    as_lines, *others = (read(path) for path in write_all(tmp_path, the_events()))
    assert len(as_lines.answers) == 8
    assert {each.reason for each in as_lines.notes.refused} == {
        *("placeholder_account", "no_event_name", "unknown_topic", "bad_timestamp")
    }
    for other in others:
        assert other.answers == as_lines.answers
        assert other.notes.events == as_lines.notes.events
        assert [(each.reason, each.count) for each in other.notes.refused] == [
            (each.reason, each.count) for each in as_lines.notes.refused
        ]
    lines, elements, rows, parquet = (
        {each.reason: each.lines[0] for each in found.notes.refused} for found in (as_lines, *others)
    )
    assert elements == lines
    assert parquet == lines
    assert rows == {reason: number + 1 for reason, number in lines.items()}  # the header is a line
