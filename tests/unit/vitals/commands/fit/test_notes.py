"""What is said of a fit: after a replay, and by `vitals model check --data`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vitals import main

AT = "2026-03-01T09:00:00Z"
LINES = (
    {"topic": "analytics", "event": "login"},
    {"topic": "analytics", "event": "login", "account_id": "idle", "timestamp": "2026-01-01T09:00:00Z"},
    {"topic": "billing", "event": "subscription_started", "properties": {"mrr": "2786", "plan": "Pro", "seats": "14"}},
    {"topic": "tickets", "event": "ticket_opened", "properties": {"ticket_id": "t1", "priority": "high"}},
    {"topic": "tickets", "event": "odd", "properties": {"ticket_id": "t1"}},
)


@pytest.fixture
def events(tmp_path: Path) -> str:
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps({"account_id": "acme", "timestamp": AT} | line) + "\n" for line in LINES))
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0
    return capsys.readouterr()


def test_a_check_tells_what_does_not_fit(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    said, _ = told(capsys, "model", "check", "health-index", "--data", events)
    for line in (
        "5 events under health-index version",
        "mrr was a text in 1 event",
        "No event on exceptions.",
        "Signals without what they read:",
        "5 events without an id: if one is sent twice, it counts twice.",
        "Evidence by component, of 2 accounts at 2026-03-01T09:00:00Z: ",
    ):
        assert line in said


def test_a_replay_tells_it_too_unless_it_is_quiet(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    replay = ("replay", events, "--model", "usage-trend-friction", "--as-of", "2026-03-02T00:00:00Z", "--csv")
    csv, said = told(capsys, *replay)
    assert "of 2 accounts at 2026-03-02T00:00:00Z: " in said
    same, rest = told(capsys, *replay, "--quiet")
    assert same == csv
    assert "Evidence" not in rest


def test_a_check_of_data_as_json(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    said, _ = told(capsys, "model", "check", "default", "--data", events, "--json")
    found = json.loads(said)
    assert (found["events"], found["accounts"], found["refused"]) == (5, 2, [])
    assert found["numbers_as_text"] == {"mrr": 1, "seats": 1}


def test_shares_hide_no_account(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    lines: list[dict[str, object]]
    lines = [{"topic": "analytics", "event": "login", "account_id": f"a{each}", "timestamp": AT} for each in range(400)]
    lines += [{"topic": "tickets", "event": "x", "account_id": "a0", "timestamp": AT, "properties": {"csat": 5}}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    said, _ = told(capsys, "model", "check", "health-index", "--data", str(path))
    assert "<1 %" in said
