"""`vitals alerts preview` and `report` on a file of events: what they print, and the mistakes that they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scoring.instants import DAY_MS, rfc3339
from vitals import main

START_MS = 1_700_006_400_000


@pytest.fixture
def events(tmp_path: Path) -> str:
    """Two accounts that are used every day; after 80 days one goes silent, and cancels on day 105."""
    lines: list[dict[str, Any]] = []
    for day in range(120):
        at = rfc3339(START_MS + day * DAY_MS)
        for account in ("acme", "birch"):
            if account == "birch" or day < 80:
                lines += [
                    {"topic": "analytics", "account_id": account, "event": "report", "user_id": user, "timestamp": at}
                    for user in ("ann", "bo", "cy")
                ]
    lines.append(
        {
            "topic": "billing",
            "account_id": "acme",
            "event": "subscription_canceled",
            "timestamp": rfc3339(START_MS + 105 * DAY_MS),
        }
    )
    path = tmp_path / "events.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return str(path)


def out_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return out


def error_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    return capsys.readouterr().err


def test_a_report_finds_that_the_silence_was_told_before_the_end(
    capsys: pytest.CaptureFixture[str], events: str, tmp_path: Path
) -> None:
    metrics = tmp_path / "vitals.prom"
    report = json.loads(out_of(capsys, "alerts", "report", "--data", events, "--metrics", str(metrics), "--json"))
    every = report["rules"][0]
    assert (report["accounts"], every["churned"], every["caught"]) == (2, 1, 1)
    assert every["false_alarm_rate"]["value"] == 0.0
    assert 0 < every["lead_days"]["p50"] < 60
    assert 'vitals_alerts_report_recall{rule="",severity=""} 1' in metrics.read_text("utf-8")
    assert "What alerts were worth" in out_of(capsys, "alerts", "report", "--data", events)


def test_a_preview_against_itself_has_no_difference(capsys: pytest.CaptureFixture[str], events: str) -> None:
    found = json.loads(out_of(capsys, "alerts", "preview", "default", "--data", events, "--json"))
    assert (found["added"], found["removed"]) == (0, 0)
    assert found["live"] == found["file"]
    assert found["file"]["messages"] > 0


def test_a_preview_of_other_rules_counts_what_they_add(capsys: pytest.CaptureFixture[str], events: str) -> None:
    found = json.loads(out_of(capsys, "alerts", "preview", "at-once", "--data", events, "--last", "45d", "--json"))
    assert found["days"] <= 45
    assert found["file"]["suppressed"].get("dwell", 0) == 0
    assert "Messages by route" in out_of(capsys, "alerts", "preview", "at-once", "--data", events)


def test_mistakes_say_what_to_do(capsys: pytest.CaptureFixture[str], events: str) -> None:
    assert "There is no rule file" in error_of(capsys, "alerts", "preview", "/nowhere.toml", "--data", events)
    assert "is not a duration" in error_of(capsys, "alerts", "preview", "default", "--last", "x", "--data", events)
    assert "give the path of a file" in error_of(capsys, "alerts", "report", "--data", "-")
    assert "--rules and --model are for --data" in error_of(capsys, "alerts", "report", "--rules", "default")
    assert "give the path of a file" in error_of(
        capsys, "alerts", "report", "--data", events, "--metrics", "/nowhere/at/all.prom"
    )
