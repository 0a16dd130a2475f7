"""`vitals backtest`: what it prints, and the mistakes that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.backtest.report import Report
from streams.errors import UserError
from tests.unit.streams.backtest.books import a_model, book, written
from vitals import main
from vitals.commands.outcomes import backtest

QUICK = ("--every", "30d", "--draws", "100", "--alerts-every", "7d")


@pytest.fixture
def history(tmp_path: Path) -> str:
    return written(tmp_path / "events.ndjson", book())


@pytest.fixture
def model(tmp_path: Path) -> str:
    return a_model(tmp_path)


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


@pytest.mark.slow
def test_the_first_line_is_the_verdict_and_all_tables_follow(
    capsys: pytest.CaptureFixture[str], history: str, model: str
) -> None:
    code, out, err = vitals(capsys, "backtest", history, "--model", model, *QUICK, "--by", "plan")
    assert (code, err) == (0, "")
    assert out.startswith("skill: plain at 60 days ahead (ROC-AUC ")
    for words in (
        "an account churned when its last subscription was cancelled",
        "plain version 1: by days ahead",
        "plain version 1: flags, 60 days ahead",
        "reliability by tenth",
        "days from the first flag that held until the outcome",
        "falls to red that lasted 3 days",
        "by segment, 60 days ahead",
        "Plain yardsticks on the rows of plain",
        "What may be concluded",
        "What may not",
    ):
        assert words in out


@pytest.mark.slow
def test_json_is_one_object_of_the_schema_and_a_page_is_beside_it(
    capsys: pytest.CaptureFixture[str], history: str, model: str
) -> None:
    page = Path(history).with_suffix(".html")
    code, out, err = vitals(capsys, "backtest", history, "--model", model, *QUICK, "--json", "--html", str(page))
    assert (code, err) == (0, f"{page} written.\n")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    report = msgspec.json.decode(out, type=Report)
    assert json.loads(out) == json.loads(msgspec.json.encode(report))
    assert [each.days for each in report.models[0].horizons] == [14, 30, 60, 90]


@pytest.mark.slow
def test_a_pipe_is_read_and_labels_of_a_file_are_taken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels.csv").write_text("account_id,churned_at\na000,2026-05-01\nghost,2026-05-01\na001,\n")
    with open(written(tmp_path / "events.ndjson", book(20)), encoding="utf-8") as file:
        monkeypatch.setattr("sys.stdin", file)
        found = vitals(capsys, "backtest", "-", "--model", model, *QUICK, "--labels", str(tmp_path / "labels.csv"))
    assert found[0] == 0
    assert found[1].startswith("too few outcomes to say: plain")
    assert "1 account of the labels without any event: not counted (ghost)." in found[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give a FILE of events, or --live"),
        (("FILE", "--live"), "Give a FILE of events, or --live"),
        (("FILE", "--every", "monthly"), "--every: 'monthly' is not a duration"),
        (("FILE", "--min-age", "x"), "--min-age: 'x' is not a duration"),
        (("FILE", "--from", "spring"), "--from: 'spring' is not an instant"),
        (("FILE", "--zone", "Mars"), "--zone 'Mars' is no time zone"),
        (("FILE", "--labels", "no.csv"), "The labels 'no.csv' cannot be read"),
        (("FILE", "--undated", "now"), "--undated now is for publish"),
        (("no.ndjson",), "no.ndjson cannot be read"),
        (("FILE", "--outcome", "downgrade"), "The events tell no outcome: an account was downgraded"),
    ],
)
def test_mistakes_are_named(
    capsys: pytest.CaptureFixture[str], history: str, model: str, arguments: tuple[str, ...], words: str
) -> None:
    given = [history if each == "FILE" else each for each in arguments]
    code, out, err = vitals(capsys, "backtest", *given, "--model", model)
    assert (code, out) == (1, "")
    assert words in err


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(name: str) -> Any:
        return None if name == "sklearn" else object()

    monkeypatch.setattr(backtest, "find_spec", found)
    with pytest.raises(UserError, match=r"pip install 'account-vitals\[calibrate\]'"):
        backtest.need_extra("vitals backtest")
