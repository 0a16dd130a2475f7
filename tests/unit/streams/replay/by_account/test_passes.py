"""A replay by account says what the plain replay in memory says: of the events, and of the lines that are none."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from scoring.instants import DAY_MS, HOUR_MS, parse_instant, rfc3339
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.by_account import blocks, passes
from streams.replay.by_account.passes import FileNotes, SortedEvents, sort_events
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import SnapshotsWanted
from streams.replay.columns import fold_columns
from streams.replay.event_file import EventFile
from tests.support.plain.replay import History, read_history, replay

START_MS = parse_instant("2026-01-01T00:00:00Z")
NOW_MS = START_MS + 200 * DAY_MS
INSTANTS = [START_MS + days * DAY_MS for days in (1, 20, 45, 90)]
MODELS = ("default", "health-index", "four-inputs")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 40_000)


@pytest.fixture(params=["alone", "processes"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """In this process, or in two others."""
    if request.param == "processes":
        monkeypatch.setattr(passes, "SMALL_BYTES", 0)
    return str(request.param)


def lines(number: int = 1_500, seed: int = 7) -> Iterator[str]:
    """A book of all sorts: late and repeated events, odd types, accounts that look alike, and lines that are none."""
    rng = random.Random(seed)
    made: list[str] = []
    for each in range(number):
        at_ms = START_MS + each * 100 * DAY_MS // number - rng.choice([0, 0, 0, 5 * DAY_MS])
        line = json.dumps(_body(rng, at_ms), ensure_ascii=rng.random() < 0.5)
        made.append(line)
        yield line
        match rng.randrange(40):
            case 0:
                yield rng.choice(made[-50:])
            case 1:
                yield rng.choice(["", "  ", "not json", "[1]", '{"topic":"analytics"', line.replace("account_id", "x")])
            case 2:
                yield line.replace('"topic"', '"sujet"').replace("analytics", "\\u0061nalytics")


def _body(rng: random.Random, at_ms: int) -> dict[str, Any]:
    topic = rng.choice(["analytics"] * 5 + ["tickets", "ticket", "billing", "exceptions"])
    body: dict[str, Any] = {
        "topic": topic,
        "account_id": rng.choice(["acme", "Acme", " acme", "globex", "über", 7, "7", "late", "null", "a\\b"]),
        "timestamp": rng.choice([at_ms, rfc3339(at_ms), at_ms / 1_000, rfc3339(at_ms).replace("T", " "), at_ms]),
    }
    if topic != "exceptions":
        names = {"billing": ["plan_changed", "payment_failed"], "analytics": ["login", "report", "signed_up"]}
        body["event"] = rng.choice(names.get(topic, ["ticket_opened", "ticket_closed"]))
    if rng.random() < 0.7:
        body["id"] = rng.choice([rng.randrange(400), f"e{rng.randrange(400)}", rng.random()])
    if rng.random() < 0.7:
        body["user_id"] = rng.choice(["ann", "bob", "", None, [1], f"u{rng.randrange(9)}"])
    if rng.random() < 0.5:
        properties = {"nps": rng.choice([3, "9", -1]), "seats": 5, "ticket_id": rng.randrange(9), "severity": "high"}
        properties |= {"mrr": rng.choice([10, "10", 2**70]), "plan": "pro", "csat": 4, "reports": [1, {"a": None}]}
        body["properties"] = {name: properties[name] for name in rng.sample(sorted(properties), rng.randrange(6))}
    return body


def a_file(folder: Path, *, zipped: bool = False, ends: str = "\n") -> str:
    text = ends.join(lines()).encode()
    path = folder / "events.ndjson"
    path.write_bytes(gzip.compress(text) if zipped else text)
    return str(path)


def plainly(source: str, model: str) -> tuple[Plan, History]:
    plan = Plan(read_model(model))
    with EventFile(source) as file:
        return plan, read_history(file, plan, NOW_MS)


def by_account(source: str, model: str, keeps_all: bool = True) -> SortedEvents:
    reading = Reading(models=(read_model(model),), now_ms=NOW_MS, keeps_all=keeps_all)
    return sort_events([source], reading, processes=2)[0]


@pytest.mark.parametrize("model", MODELS)
def test_snapshots_are_those_of_the_plain_replay(tmp_path: Path, how: str, model: str) -> None:
    source = a_file(tmp_path)
    plan, history = plainly(source, model)
    expected = replay(plan, history.events, INSTANTS)
    with by_account(source, model) as events:
        events.begin(INSTANTS)
        events.make_norms([plan])
        found: list[tuple[int, str, bytes]] = []
        for (part,) in events.fold(SnapshotsWanted()):
            found += part  # type: ignore[arg-type]
        notes = events.notes
    assert [msgspec.msgpack.decode(snapshot, type=ScoreSnapshot) for _, _, snapshot in sorted(found)] == expected
    assert_notes(notes, history)
    assert notes.type_mismatches == plan.type_mismatches
    assert notes.unusable == plan.decoder.unusable


def assert_notes(notes: FileNotes, history: History) -> None:
    assert notes.events == len(history.events) > 1_000
    assert notes.refused == history.refused
    assert len(notes.refused) > 2
    assert notes.similar.twins() == history.similar.twins() != ()
    assert notes.similar.spelled() == history.similar.spelled() != ()
    assert (notes.first_ms, notes.last_ms) == (
        history.events[0].occurred_at_ms,
        history.events[-1].occurred_at_ms,
    )


@pytest.mark.parametrize(("zipped", "ends"), [(True, "\n"), (False, "\r\n"), (False, "\r")])
def test_lines_are_counted_alike_in_any_kind_of_file(tmp_path: Path, zipped: bool, ends: str) -> None:
    source = a_file(tmp_path, zipped=zipped, ends=ends)
    _, history = plainly(source, "default")
    with by_account(source, "default") as events:
        assert_notes(events.notes, history)


def test_several_models_in_one_pass_say_what_each_says_by_itself(tmp_path: Path, how: str) -> None:
    source, models = a_file(tmp_path), [read_model(name) for name in MODELS]
    together = fold_columns([source], models, INSTANTS, judgements=True, processes=2)
    for model, columns in zip(models, together, strict=True):
        plan, history = plainly(source, model.name)
        answers = replay(plan, history.events, INSTANTS)
        found = [
            (columns.accounts[columns.account[row]], columns.instants_ms[columns.instant[row]], columns.score[row])
            for row in range(len(columns))
        ]
        assert str(found) == str(
            [(each.account_id, each.as_of_ms, float("nan") if each.score is None else each.score) for each in answers]
        )


def test_a_second_file_goes_on_where_the_first_ends_and_its_lines_count_from_one(tmp_path: Path) -> None:
    text = "\n".join(lines())
    (tmp_path / "all").write_text(text)
    middle = text.index("\n", len(text) // 2)
    (tmp_path / "one").write_text(text[:middle])
    (tmp_path / "two").write_text("not json" + text[middle:])
    model = read_model("default")
    notes: list[FileNotes] = []
    (whole,) = fold_columns([str(tmp_path / "all")], [model], INSTANTS, notes=notes)
    (halves,) = fold_columns([str(tmp_path / "one"), str(tmp_path / "two")], [model], INSTANTS, notes=notes)
    assert str(whole) == str(halves)
    assert notes[0].events == notes[1].events


@pytest.mark.parametrize("arrival", ["order", "sent.at"])
def test_an_event_counts_when_it_has_arrived(tmp_path: Path, how: str, arrival: str) -> None:
    """One is two days late, on the third line; by the file's order it is known with the line before it."""
    bodies = [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("2026-01-01T12:00:00Z", "2026-01-03T00:00:00Z"),
        ("2026-01-03T01:00:00Z", None),
    ]
    path = tmp_path / "events"
    made = [
        {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": at, "sent": {"at": sent}}
        for at, sent in bodies
    ]
    path.write_text("\n".join(map(json.dumps, made)))
    instants = [START_MS + 2 * DAY_MS - 1, START_MS + 2 * DAY_MS, START_MS + 2 * DAY_MS + HOUR_MS]
    model = read_model("usage-trend-friction")
    (found,) = fold_columns([str(path)], [model], instants, facts=["usage_30d"], arrival=arrival, processes=2)
    assert list(found.facts["usage_30d"]) == [1.0, 3.0, 4.0]
    (known,) = fold_columns([str(path)], [model], instants, facts=["usage_30d"], processes=2)
    assert list(known.facts["usage_30d"]) == [2.0, 3.0, 4.0]


def test_a_file_without_an_event_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "events").write_text("name;value\n")
    with pytest.raises(UserError, match="no line of it is an event"):
        fold_columns([str(tmp_path / "events")], [read_model("default")], INSTANTS)


def test_a_disk_without_room_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "SMALL_BYTES", 0)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(UserError, match="name a folder that can be in TMPDIR"):
        by_account(a_file(tmp_path), "default")


def test_nothing_is_left_in_the_temporary_folder_while_processes_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "SMALL_BYTES", 0)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    with by_account(a_file(tmp_path), "default"):
        assert list((tmp_path / "temporary").iterdir()) == []
