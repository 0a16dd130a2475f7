"""`vitals accuracy`: what it prints of a history, and the mistakes that it names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.streams.accuracy.test_from_events import asked
from tests.unit.vitals.commands.outcomes.test_calibrate import vitals


@pytest.fixture
def history(tmp_path: Path) -> tuple[str, ...]:
    (source,) = asked(tmp_path, renewal_day=150).sources
    return "accuracy", "--events", source, "--model", str(tmp_path / "model.toml")


@pytest.mark.slow
def test_a_history_is_shown_by_quarter(capsys: pytest.CaptureFixture[str], history: tuple[str, ...]) -> None:
    code, out, err = vitals(capsys, *history)
    assert (code, err) == (0, "")
    for words in ("Forecast accuracy as of 2026-07-20: 30 accounts", "2026-Q2", "flagged ≥ 60 days", "Targets: early"):
        assert words in out
    code, out, _ = vitals(capsys, *history, "--json")
    cohort = json.loads(out)["cohorts"][0]
    assert (code, cohort["contracts"]) == (0, 30)
    code, out, _ = vitals(capsys, *history, "--metrics")
    assert code == 0
    assert 'vitals_forecast_contracts{quarter="2026-Q2"} 30.0' in out


@pytest.mark.slow
def test_without_a_curve_it_says_what_to_run(
    capsys: pytest.CaptureFixture[str], history: tuple[str, ...], tmp_path: Path
) -> None:
    text = (tmp_path / "model.toml").read_text()
    (tmp_path / "model.toml").write_text(text[: text.index("[calibrations")])
    code, out, _ = vitals(capsys, *history)
    assert code == 0
    assert "No probability: run `vitals calibrate`" in out


def test_mistakes_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    for options, words in (
        (("--json", "--metrics"), "two ways to print one thing"),
        (("--events", "events.ndjson"), "belong together"),
        (("--model", "default"), "belong together"),
        (("--labels", "labels.csv"), "--labels is for --events"),
    ):
        code, _, err = vitals(capsys, "accuracy", *options)
        assert code == 1
        assert words in err
