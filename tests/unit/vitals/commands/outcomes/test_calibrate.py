"""`vitals calibrate`: what it prints and writes, and the mistakes that it names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scoring.model.loader import load_model
from tests.unit.streams.backtest.books import MODEL, book, written
from vitals import main

MORE = """
[signals.days]
kind = "since_last"
topics = ["analytics"]

[components.recency]
shape = "linear"
signal = "days"
points = [[1, 100], [14, 0]]
weight = 50
"""
QUICK = ("--every", "15d", "--horizon", "30d", "--draws", "200")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("history") / "events.ndjson", book(150, 300))


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "ours.toml"
    path.write_text(
        MODEL.format(name="ours", topic="analytics", full=7).replace("weight = 1", "weight = 50 # us") + MORE
    )
    return str(path)


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


@pytest.mark.slow
def test_it_says_what_scores_meant_and_proposes_a_difference_of_the_file(
    capsys: pytest.CaptureFixture[str], history: str, model: str, tmp_path: Path
) -> None:
    before = Path(model).read_text()
    proposal = tmp_path / "proposal.toml"
    goals = ("--goal", "red catches 40%", "--goal", "yellow flags at most 20%")
    code, out, err = vitals(capsys, "calibrate", history, "--model", model, *QUICK, *goals, "--write", str(proposal))
    assert (code, err) == (0, f"{proposal} is written.\n")
    for words in (
        "ours version 1, churn within 30 days: 150 accounts at ",
        "Probability of churn within 30 days",
        "renewal",
        "red catches 40%",
        "the data alone",
        "+[calibrations.churn]",
        "-version = 1",
        "Proposed; the model itself is as it was.",
    ):
        assert words in out
    assert Path(model).read_text() == before
    proposed = load_model(proposal.read_text())
    assert proposed.version == 2
    assert proposed.calibrations["churn"].within == "30d"
    assert "# us" in proposal.read_text()
    code, out, _ = vitals(capsys, "calibrate", history, "--model", model, *QUICK, *goals, "--json")
    said = json.loads(out)
    assert code == 0
    assert load_model(said["proposed"]) == proposed
    assert said["thresholds"][0]["goal"] == {"tier": "red", "what": "catches", "share": 0.4}


@pytest.mark.slow
def test_too_few_outcomes_are_refused_with_how_many_are_missing(
    capsys: pytest.CaptureFixture[str], model: str, tmp_path: Path
) -> None:
    few = written(tmp_path / "few.ndjson", book(30, 200))
    code, out, err = vitals(capsys, "calibrate", few, "--model", model, *QUICK)
    assert (code, out) == (1, "")
    assert "Too little data for churn within 30 days: 9 accounts with churn; 30 are needed: 21 more" in err
    code, out, _ = vitals(capsys, "calibrate", few, "--model", model, *QUICK, "--json")
    assert code == 0
    assert json.loads(out)["missing"]


@pytest.mark.slow
def test_a_score_without_skill_has_no_probability_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], model: str, tmp_path: Path
) -> None:
    noise = written(tmp_path / "noise.ndjson", book(150, 300, fades=False))
    proposal = tmp_path / "proposal.toml"
    code, out, err = vitals(capsys, "calibrate", noise, "--model", model, *QUICK, "--write", str(proposal))
    assert code == 1
    assert "No probability: the score does not tell who has the outcome" in out
    assert "Nothing is proposed" in err
    assert not proposal.exists()


def test_mistakes_are_named_with_what_to_write(capsys: pytest.CaptureFixture[str], model: str, tmp_path: Path) -> None:
    there = tmp_path / "there.toml"
    there.write_text("")
    for options, words in (
        (("--goal", "all of them"), "write it as"),
        (("--horizon", "90m"), "give whole days"),
        (("--horizon", "soon"), "--horizon: "),
        (("--write", str(there)), "exists already"),
        (("--from", "monday"), "--from: "),
        (("--zone", "Mars"), "--zone"),
        (("--undated", "now"), "--undated now is for publish"),
        (("--live",), "Give a FILE of events, or --live"),
    ):
        code, _, err = vitals(capsys, "calibrate", "events.ndjson", "--model", model, *options)
        assert code == 1
        assert words in err
