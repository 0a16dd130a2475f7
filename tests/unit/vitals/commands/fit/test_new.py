"""`vitals model new`: a model file from a look at the data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.model_files import read_model
from vitals import main

EVENTS = (
    {"topic": "analytics", "event": "login", "user_id": "ann"},
    {"topic": "analytics", "event": "nightly_export"},
    {"topic": "tickets", "event": "case_closed", "properties": {"ticket_id": 1}},
)


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.ndjson"
    event = {"account_id": "acme", "timestamp": "2026-03-01T09:00:00Z"}
    path.write_text("".join(json.dumps(event | each) + "\n" for each in EVENTS) + "no event\n")
    return str(path)


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["model", "new", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("preset", ["default", "health-index", "four-inputs"])
def test_the_file_can_be_used_at_once(
    preset: str, events: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ours.toml"
    assert run(events, "--output", str(path), "--extends", preset) == 0
    said, refused = capsys.readouterr()
    assert "is written. It extends" in said
    assert f"Next: vitals model show {path}" in said
    assert "malformed" in refused
    model = read_model(str(path))
    assert model.name == "ours"
    assert list(model.components) == list(read_model(preset).components)


def test_no_file_is_overwritten_unless_it_is_forced(
    events: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ours.toml"
    path.write_text("mine")
    assert run(events, "--output", str(path)) == 1
    assert path.read_text() == "mine"
    assert "exists: give another --output, or add --force" in capsys.readouterr().err
    assert run(events, "--output", str(path), "--name", "theirs", "--force") == 0
    assert read_model(str(path)).name == "theirs"


def test_a_file_that_cannot_be_written_or_read_is_one_line(
    events: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(events, "--output", str(tmp_path / "no" / "ours.toml")) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert run(str(tmp_path / "nothing"), "--output", str(tmp_path / "ours.toml")) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_file_or_the_topics_are_looked_at(events: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ((), (events, "--live")):
        assert run(*arguments, "--output", str(tmp_path / "ours.toml")) == 1
        assert "Give EVENTS, a file, or --live" in capsys.readouterr().err


def test_a_model_of_ones_own_is_extended_from_where_it_lies(
    events: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "below").mkdir()
    mine, path = tmp_path / "mine.toml", tmp_path / "below" / "default.toml"
    mine.write_text('extends = "four-inputs"\n[model]\nname = "mine"\n')
    assert run(events, "--output", str(path), "--extends", str(mine)) == 0
    assert read_model(str(path)).name == "our-default"
    assert 'extends = "../mine.toml"' in path.read_text()
    assert run(events, "--output", str(path), "--extends", str(mine), "--name", "mine", "--force") == 1
    assert "--name: line 9: model.name: 'mine' is the name of the model that it extends" in capsys.readouterr().err
