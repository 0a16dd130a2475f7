"""What `vitals replay` writes: CSV, JSON and Parquet of one and of several models."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from scoring.instants import DAY_MS, parse_instant
from scoring.plan.plan import Plan
from streams.model_files import read_model
from streams.replay.by_account.csv_lines import JUDGED
from streams.replay.event_file import EventFile
from tests.support.plain.replay import read_history, replay, write_csv
from vitals import main
from vitals.commands.replays import answers

START_MS = parse_instant("2026-01-01T00:00:00Z")
MODELS = ("default", "four-inputs")


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Three accounts over 80 days; one stops after 30."""
    lines = []
    for number in range(800):
        at_ms = START_MS + number * DAY_MS // 10
        account = ("acme", "=globex", "zeta")[number % 3]
        if account != "acme" or number < 300:
            topic, event = (("analytics", "login"), ("tickets", "ticket_opened"))[number % 7 == 0]
            body = {"topic": topic, "account_id": account, "event": event, "timestamp": at_ms, "id": number // 2}
            lines.append(json.dumps(body | {"user_id": f"u{number % 4}"}))
    (tmp_path / "events").write_text("\n".join(lines))
    return str(tmp_path / "events")


def vitals(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["replay", *arguments])
    out, err = capsys.readouterr()
    assert ended.value.code == 0, err
    return out, err


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_csv_has_the_facts_and_scores_of_the_plain_replay(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = vitals(capsys, source, "--model", "default", "--every", "1w", "--csv")
    plan = Plan(read_model("default"))
    with EventFile(source) as file:
        events = read_history(file, plan, START_MS + 900 * DAY_MS).events
    found = rows_of(out)
    instants = sorted({parse_instant(row["as_of"]) for row in found})
    assert len(instants) == 11
    plain, snapshots = io.StringIO(), replay(plan, events, instants)
    write_csv(plan, snapshots, plain)
    assert [{name: row[name] for name in row if name not in JUDGED[1:]} for row in found] == rows_of(plain.getvalue())
    for row, snapshot in zip(found, snapshots, strict=True):
        assert (row["tier"], float(row["coverage"]), row["provisional"]) == (
            snapshot.tier,
            snapshot.coverage,
            str(snapshot.provisional).lower(),
        )
        assert row["flags"] == ";".join(snapshot.flags)


def test_a_change_of_tier_is_told_where_it_is_seen(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = vitals(capsys, source, "--model", "default", "--every", "1d", "--csv")
    tiers: dict[str, str] = {}
    seen = 0
    for row in rows_of(out):
        before = tiers.get(row["account_id"], row["tier"]) if row["tier"] else ""
        assert row["transition"] == ("" if before == row["tier"] else f"{before}>{row['tier']}")
        seen += row["transition"] != ""
        if row["tier"]:
            tiers[row["account_id"]] = row["tier"]
    assert seen > 1


def test_several_models_are_told_apart(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    named = [part for model in MODELS for part in ("--model", model)]
    together = rows_of(vitals(capsys, source, *named, "--as-of", "2026-02-15", "--csv")[0])
    assert [row["model"].split("@")[0] for row in together] == ["default"] * 3 + ["four-inputs"] * 3
    for model in MODELS:
        alone = rows_of(vitals(capsys, source, "--model", model, "--as-of", "2026-02-15", "--csv")[0])
        of_model = [row for row in together if row["model"].startswith(f"{model}@")]
        assert [{name: row[name] for name in alone[0]} for row in of_model] == alone
    whole = json.loads(vitals(capsys, source, *named, "--as-of", "2026-02-15", "--json")[0])
    assert [(each["model"], each["account_id"]) for each in whole] == [
        (model, account) for model in MODELS for account in ("=globex", "acme", "zeta")
    ]


def test_parquet_says_what_the_csv_says(source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    polars = pytest.importorskip("polars")
    arguments = [source, "--model", "default", "--every", "1w"]
    rows = rows_of(vitals(capsys, *arguments, "--csv")[0])
    vitals(capsys, *arguments, "--parquet", str(tmp_path / "out.parquet"))
    frame = polars.read_parquet(tmp_path / "out.parquet").sort("as_of", "account_id")
    assert frame.columns == [*list(rows[0])[:-1], "tier_before"]
    rows.sort(key=lambda row: (row["as_of"], row["account_id"].lstrip("'")))
    for row, found in zip(rows, frame.to_dicts(), strict=True):
        assert row["account_id"].lstrip("'") == found["account_id"]
        assert [row[name] for name in ("tier", "standing")] == [found[name] or "" for name in ("tier", "standing")]
        assert (row["flags"], row["provisional"]) == (";".join(found["flags"]), str(found["provisional"]).lower())
        for name in ("usage_30d", "users_14d", "nps", "score", "coverage"):
            assert found[name] == (float(row[name]) if row[name] else None)


def test_too_many_snapshots_are_not_held_in_memory(
    source: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "SNAPSHOTS_MAX", 10)
    with pytest.raises(SystemExit) as ended:
        main(["replay", source, "--model", "default", "--every", "1d"])
    assert ended.value.code == 1
    assert "add --csv or --parquet" in capsys.readouterr().err
