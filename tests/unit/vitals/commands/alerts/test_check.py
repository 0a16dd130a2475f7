"""`vitals alerts check`: what a rule file says, what was found, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.alerting.rule_file import TEXT, changed
from vitals import main


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["alerts", "check", *arguments])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


def written(folder: Path, text: str) -> str:
    path = folder / "alerts.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_shipped_rules_are_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys)
    assert (code, err) == (0, "")
    assert out.startswith("ok: default version 1\n")
    for words in ("renewal_days ≥ 0, ≤ 30", "red or yellow", "escalates red", "more than 20 in 10 minutes are one"):
        assert words in out
    assert "Findings" not in out


def test_what_a_model_lacks_is_left_out_with_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--model", "four-inputs")
    assert code == 0
    assert "left out: rules.renewal: the model has no signal 'renewal_days'" in out


def test_a_file_of_ones_own_has_its_routes_and_sinks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, written(tmp_path, TEXT))
    assert code == 0
    for words in (
        "gathered for mon at 09:30 UTC",
        "VITALS_SECRET_PAGER",
        "quiet mon, tue from 20:00 to 08:00",
        "goes on",
    ):
        assert words in out


def test_an_error_of_the_linter_ends_with_1_and_all_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = changed("points = 15", "points = 99").replace(
        'flags = ["silent"]', 'flags = ["silent"]\ncalendar = "office"'
    )
    code, out, err = run(capsys, written(tmp_path, text))
    assert (code, err) == (1, "")
    assert out.startswith("error: ours version 3\n")
    assert "rules.drop.points" in out
    assert "rules.silent.calendar" in out


def test_a_warning_ends_with_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, written(tmp_path, changed("margin = 3\n", "margin = 5\n")))
    assert code == 0
    assert out.startswith("warning: ours version 3\n")


def test_what_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, changed("margin = 3\n", "margin = -3\n"))
    code, out, err = run(capsys, path)
    assert (code, out) == (1, "")
    assert err == (
        f"error: {path}: line 25: rules.tier.margin: the margin must be from 0 to 100, and -3 is not; change it\n"
    )


def test_json_has_the_rules_the_notes_and_the_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, written(tmp_path, changed("margin = 3\n", "margin = 5\n")), "--json")
    said = json.loads(out)
    assert code == 0
    assert [each["key"] for each in said["findings"]] == ["rules.tier.margin"]
    assert said["rules"]["rules"]["drop"]["kind"] == "drop"
    assert said["notes"] == []


def test_a_name_that_is_no_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "defualt")
    assert code == 1
    assert err.startswith("error: There is no rule file 'defualt'; did you mean 'default'? Use one of default, ")
    assert err.endswith(", or give the path of a file.\n")
