"""`vitals replay --diff`: what it prints, and the mistakes that it names."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vitals import main

SIGNALS = '[signals.usage]\nkind = "count"\ntopics = ["analytics"]\nwindow = "7d"\n'
COMPONENT = '[components.usage]\nshape = "ratio"\nsignal = "usage"\nof = {of}\nweight = 1\n'
DAY_1, DAY_9 = "2026-01-01T0{}:00:00Z", "2026-01-09T00:00:00Z"


@pytest.fixture
def history(tmp_path: Path) -> str:
    """Ten events of acme in ten hours, one of [red]zeta at the end."""
    lines = [line("acme", DAY_1.format(hour)) for hour in range(10)] + [line("[red]zeta", DAY_9), "not json"]
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    return str(tmp_path / "events.ndjson")


def line(account: str, at: str, **fields: Any) -> str:
    return json.dumps({"topic": "analytics", "account_id": account, "event": "login", "timestamp": at, **fields})


def a_file(folder: Path, name: str, of: int = 10, version: int = 1, resolution: str = "1h", window: str = "7d") -> str:
    header = f'[model]\nname = "{name}"\nversion = {version}\nresolution = "{resolution}"\n'
    path = folder / f"{name}.toml"
    path.write_text(header + SIGNALS.replace("7d", window) + COMPONENT.format(of=of))
    return str(path)


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def diff_of(capsys: pytest.CaptureFixture[str], history: str, *models: str, more: tuple[str, ...] = ()) -> Any:
    named = [part for model in models for part in ("--model", model)]
    code, out, _ = vitals(capsys, "replay", history, *named, "--diff", "--json", *more)
    assert code == 0
    return json.loads(out)


def moves(found: Any) -> list[tuple[str, str, str, str | None, str | None]]:
    columns = ("change", "from_tier", "to_tier", "at_under_a", "at_under_b")
    return [tuple(row[column] for column in columns) for row in found["changes"]]


def test_what_a_new_model_moves_and_adds_is_told_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str
) -> None:
    found = diff_of(capsys, history, a_file(tmp_path, "old", of=20), a_file(tmp_path, "new", of=10, version=2))
    assert moves(found) == [
        ("moved", "red", "yellow", "2026-01-01T08:00:00Z", "2026-01-01T04:00:00Z"),
        ("added", "yellow", "green", None, "2026-01-01T07:00:00Z"),
        ("moved", "yellow", "red", "2026-01-08T01:00:00Z", "2026-01-08T05:00:00Z"),
        ("added", "green", "yellow", None, "2026-01-08T02:00:00Z"),
    ]
    del found["changes"]
    assert found == {
        "a": {"name": "old", "version": 1},
        "b": {"name": "new", "version": 2},
        "until": DAY_9,
        "added": 2,
        "removed": 0,
        "moved": 2,
        "unchanged": 0,
        "accounts": 2,
        "touched": 1,
        "share_touched": 0.5,
    }


def test_the_other_way_round_they_are_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str) -> None:
    found = diff_of(capsys, history, a_file(tmp_path, "old", of=10), a_file(tmp_path, "new", of=20))
    assert [move for move in moves(found) if move[0] == "removed"] == [
        ("removed", "yellow", "green", "2026-01-01T07:00:00Z", None),
        ("removed", "green", "yellow", "2026-01-08T02:00:00Z", None),
    ]
    assert (found["added"], found["removed"], found["moved"]) == (0, 2, 2)


def test_a_model_against_itself_differs_in_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str
) -> None:
    model = a_file(tmp_path, "same")
    assert diff_of(capsys, history, model, model)["unchanged"] == 4
    code, out, _ = vitals(capsys, "replay", history, "--model", model, "--model", model, "--diff")
    assert (code, out.splitlines()) == (
        0,
        [
            "0 changes of tier added, 0 removed, 0 moved, 4 as before until 2026-01-09T00:00:00Z; "
            "0 of 2 accounts touched (0.0%)."
        ],
    )


def test_models_of_two_resolutions_are_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str
) -> None:
    fine, coarse = a_file(tmp_path, "fine"), a_file(tmp_path, "coarse", resolution="1d")
    found = diff_of(capsys, history, fine, coarse)
    assert (found["unchanged"], found["moved"], found["added"], found["removed"]) == (2, 0, 1, 2)
    assert moves(found) == [
        ("added", "green", "red", None, "2026-01-08T00:00:00Z"),
        ("removed", "green", "yellow", "2026-01-08T02:00:00Z", None),
        ("removed", "yellow", "red", "2026-01-08T05:00:00Z", None),
    ]
    at_one = diff_of(capsys, history, fine, coarse, more=("--resolution", "1d"))
    assert (at_one["unchanged"], at_one["changes"]) == (3, [])


def test_as_of_is_the_end(capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str) -> None:
    old, new = a_file(tmp_path, "old", of=20), a_file(tmp_path, "new", of=10)
    found = diff_of(capsys, history, old, new, more=("--as-of", "2026-01-01T05:00:00Z,2026-01-01T04:00:00Z"))
    assert moves(found) == [("added", "red", "yellow", None, "2026-01-01T04:00:00Z")]
    assert (found["until"], found["accounts"]) == ("2026-01-01T05:00:00Z", 1)


def test_a_cohort_norm_is_made_every_day_or_as_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    lines = [line("acme", DAY_1.format(1))] * 9 + [
        line("globex", f"2026-01-02T1{hour}:00:00Z") for hour in range(10)
    ] * 9
    path.write_text("\n".join([*lines, line("globex", "2026-01-04T12:00:00Z")]))
    models = (a_file(tmp_path, "own"), "usage-trend-friction")
    daily = diff_of(capsys, str(path), *models)
    assert ("added", "green", "red", None, "2026-01-03T00:00:00Z") in moves(daily)
    at_noon = diff_of(capsys, str(path), *models, more=("--norm-every", "12h"))
    assert ("added", "green", "yellow", None, "2026-01-02T12:00:00Z") in moves(at_noon)
    declared = diff_of(capsys, str(path), *models, more=("--as-of", "2026-01-02T11:00:00Z,2026-01-04T00:00:00Z"))
    assert ("added", "green", "yellow", None, "2026-01-02T11:00:00Z") in moves(declared)


def test_the_table_names_accounts_as_they_are_and_ends_in_the_summary(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str
) -> None:
    more = "\n".join(line("[red]zeta", f"2026-01-09T0{hour}:30:00Z") for hour in range(8))
    Path(history).write_text(Path(history).read_text() + "\n" + more)
    old, new = a_file(tmp_path, "old", of=20), a_file(tmp_path, "new", of=10, version=2)
    code, out, err = vitals(capsys, "replay", history, "--model", old, "--model", new, "--diff")
    assert code == 0
    assert out.startswith("Changes of tier under B, new version 2, against A, old version 1")
    rows = [[cell.strip() for cell in row.strip("│").split("│")] for row in out.splitlines() if row.startswith("│")]
    assert rows[-2:] == [
        ["[red]zeta", "moved", "red ▸ yellow", "2026-01-09T07:30:00Z", "2026-01-09T03:30:00Z"],
        ["[red]zeta", "added", "yellow ▸ green", "–", "2026-01-09T06:30:00Z"],
    ]
    assert out.splitlines()[-1] == (
        "3 changes of tier added, 0 removed, 3 moved, 0 as before until 2026-01-09T07:30:00Z; 2 of 2 accounts touched "
        "(100.0%)."
    )
    assert err.count("Refused lines") == 1


def test_csv_has_a_line_for_each_difference(capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str) -> None:
    old, new, output = a_file(tmp_path, "old", of=20), a_file(tmp_path, "new", of=10), tmp_path / "out.csv"
    arguments = ["replay", history, "--model", old, "--model", new, "--diff", "--csv"]
    code, out, _ = vitals(capsys, *arguments)
    assert code == 0
    rows = list(csv.DictReader(out.splitlines()))
    assert [tuple(row.values()) for row in rows][:2] == [
        ("acme", "moved", "red", "yellow", "2026-01-01T08:00:00Z", "2026-01-01T04:00:00Z"),
        ("acme", "added", "yellow", "green", "", "2026-01-01T07:00:00Z"),
    ]
    assert vitals(capsys, *arguments, "--output", str(output))[1] == ""
    assert output.read_text() == out


def test_a_pipe_is_read_once_and_folded_twice(capsys: pytest.CaptureFixture[str], tmp_path: Path, history: str) -> None:
    models = (a_file(tmp_path, "old", of=20), a_file(tmp_path, "new", of=10))
    named = [part for model in models for part in ("--model", model)]
    command = [sys.executable, "-m", "vitals", "replay", "-", *named, "--diff", "--json"]
    piped = subprocess.run(command, input=Path(history).read_bytes(), capture_output=True, check=True, timeout=60)
    assert json.loads(piped.stdout) == diff_of(capsys, history, *models)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "default", "--diff"], "--diff compares two models, not 1: give --model twice"),
        (["--model", "default", "--model", "default", "--model", "default", "--diff"], "not 3"),
        (["--model", "default", "--model", "default", "--as-of", "2026-01-09"], "give one of them another version"),
        (["--model", "default", "--model", "nothing", "--diff"], "There is no model 'nothing'"),
        (["--model", "default", "--model", "default", "--diff", "--norm-every", "often"], "--norm-every: 'often'"),
        (["--model", "default", "--model", "default", "--diff", "--norm-every", "1s"], "take 1m or more"),
        (["--model", "default", "--model", "default", "--diff", "--as-of", "soon"], "--as-of: 'soon'"),
        (["--model", "default", "--model", "default", "--diff", "--resolution", "7s"], "--resolution 7s"),
        (["--model", "default", "--model", "default", "--diff", "--csv", "--json"], "--csv and --json"),
        (["--model", "default", "--model", "default", "--diff", "--output", "x"], "--output takes a file format"),
        (["--model", "default", "--as-of", "2026-01-09", "--norm-every", "1d"], "--norm-every is for --diff"),
        (["--model", "default"], "Add --as-of with one or more"),
    ],
)
def test_a_mistake_ends_with_1_and_one_line_that_says_what(
    capsys: pytest.CaptureFixture[str], history: str, arguments: list[str], words: str
) -> None:
    code, out, err = vitals(capsys, "replay", history, *arguments)
    assert (code, out) == (1, "")
    (told,) = err.splitlines()
    assert told.startswith("error: ")
    assert words in told


@pytest.mark.parametrize("text", ["", "x\nnot json\n"])
def test_a_file_without_events_is_an_error(capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str) -> None:
    (tmp_path / "events").write_text(text)
    models = ["--model", "default", "--model", "four-inputs", "--diff"]
    code, out, err = vitals(capsys, "replay", str(tmp_path / "events"), *models)
    assert (code, out) == (1, "")
    assert "NDJSON" in err.splitlines()[-1]
