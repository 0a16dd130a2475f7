"""`vitals import` without Kafka: drafts, dry runs and mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vitals import main

MAP = """
separator = ";"
date = "2026-09-01"
[account]
column = "Id"
[properties.Owner]
name = "account_owner"
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    (tmp_path / "crm.csv").write_text("Id;Owner\nacme;Ann\n;Bob\n")
    (tmp_path / "map.toml").write_text(MAP)
    return [str(tmp_path / "crm.csv"), "--map", str(tmp_path / "map.toml"), "--dry-run"]


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["import", *arguments])
    captured = capsys.readouterr()
    return ended.value.code, captured.out, captured.err


def test_a_dry_run_says_what_would_be_sent_and_lists_each_refused_row(
    capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    code, out, err = ran(capsys, *files)
    assert code == 0
    assert "Would be sent" in out
    assert "2 rows of 1 account in" in out
    assert "Id is empty" in err


def test_as_json_every_refused_row_is_there(capsys: pytest.CaptureFixture[str], files: list[str]) -> None:
    _, out, _ = ran(capsys, *files, "--json")
    found = json.loads(out)
    assert found["events"] == {"billing account_updated": 1}
    assert [(row["line"], row["reason"]) for row in found["rows_refused"]] == [(3, "no_account")]


def test_a_file_of_which_nothing_can_be_used_fails(capsys: pytest.CaptureFixture[str], files: list[str]) -> None:
    Path(files[0]).write_text("Id;Owner\n;Bob\n")
    code, _, err = ran(capsys, *files)
    assert code == 1
    assert "nothing in it could be used" in err


def test_without_a_map_the_error_names_the_draft_and_the_draft_is_printed(
    capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    code, _, err = ran(capsys, files[0])
    assert code == 1
    assert "--new-map prints a draft" in err
    code, out, _ = ran(capsys, files[0], "--new-map")
    assert code == 0
    assert '[properties."Owner"]' in out


@pytest.mark.parametrize("as_of", ["soon", "01.09.2026"])
def test_an_instant_that_is_none_is_an_error(capsys: pytest.CaptureFixture[str], files: list[str], as_of: str) -> None:
    code, _, err = ran(capsys, *files, "--as-of", as_of)
    assert code == 1
    assert "--as-of: " in err
