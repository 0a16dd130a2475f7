"""Replaying a file: equal to SQL on a real history, and right on files made by hand."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoring.instants import parse_instant
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.model_files import read_model
from streams.replay.by_account.csv_lines import JUDGED
from streams.replay.event_file import EventFile
from tests.support.plain.replay import History, read_history, replay, write_csv
from tests.support.shared_data import shared
from vitals import main

NOW_MS = parse_instant("2026-06-01T00:00:00Z")
FACTS = (
    "account_id",
    "usage_30d",
    "usage_14d",
    "usage_prior14d",
    "trend",
    "errors_30d",
    "tickets_30d",
    "last_usage_at",
    "mrr",
    "plan",
)
INSTANTS = ("2022-03-15T00:00:00Z", "2022-06-30T12:00:00Z", "2022-09-30T00:00:00Z")


def line(topic: str, event: str, at: str, account: str = "acme", **fields: Any) -> str:
    return json.dumps({"topic": topic, "account_id": account, "event": event, "timestamp": at, **fields})


def history_of(path: Path, *lines: str, zipped: bool = False) -> History:
    text = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(text) if zipped else text)
    with EventFile(str(path)) as file:
        return read_history(file, plan(), NOW_MS)


def plan() -> Plan:
    return Plan(read_model("usage-trend-friction"))


def rows(history: History, *instants: str) -> list[dict[str, str]]:
    """What the CSV says, read back."""
    output = io.StringIO()
    write_csv(plan(), replay(plan(), history.events, map(parse_instant, instants)), output)
    return list(csv.DictReader(io.StringIO(output.getvalue())))


def expected_rows(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for instant in INSTANTS:
        name = f"expected_{instant.replace('-', '').replace(':', '')}.csv"
        with (folder / name).open() as file:
            for row in csv.DictReader(file):
                yield instant, row


@pytest.mark.slow
def test_a_real_history_at_one_second_equals_what_sql_says_of_it(tmp_path: Path) -> None:
    events, output = shared("data/churnsim/events.ndjson.gz"), tmp_path / "out.csv"
    arguments = ["--model", "usage-trend-friction", "--resolution", "1s", "--as-of", ",".join(INSTANTS)]
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(events), *arguments, "--csv", "--output", str(output)])
    assert ended.value.code == 0
    with output.open() as file:
        found = list(csv.DictReader(file))
    expected = list(expected_rows(shared("data/churnsim/expected")))
    assert len(found) == len(expected) > 500
    for row, (instant, should) in zip(found, expected, strict=True):
        assert tuple(row) == ("as_of", *FACTS, *JUDGED)
        assert row["as_of"] == instant
        assert {name: row[name] for name in FACTS} == {name: should[name] for name in FACTS}
        assert abs(float(row["score"]) - float(should["score"])) < 0.05000001, row["account_id"]


def test_events_are_counted_up_to_the_very_instant_and_not_after(tmp_path: Path) -> None:
    history = history_of(
        tmp_path / "events",
        line("analytics", "login", "2026-01-10T11:00:00Z"),
        line("analytics", "login", "2026-01-10T12:00:00Z"),
        line("analytics", "login", "2026-01-10T12:00:01Z"),
    )
    first, second = rows(history, "2026-01-10T12:00:00Z", "2026-01-10T12:00:01Z")
    assert (first["usage_30d"], first["last_usage_at"]) == ("2", "2026-01-10 12:00:00")
    assert (second["usage_30d"], second["last_usage_at"]) == ("3", "2026-01-10 12:00:01")


def test_instants_may_come_in_any_order_and_twice(tmp_path: Path) -> None:
    history = history_of(tmp_path / "events", line("analytics", "login", "2026-01-10T11:00:00Z"))
    found = rows(history, "2026-01-12T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-12T00:00:00Z")
    assert [row["as_of"] for row in found] == ["2026-01-11T00:00:00Z", "2026-01-12T00:00:00Z"]


def test_an_account_is_absent_before_its_first_event(tmp_path: Path) -> None:
    history = history_of(
        tmp_path / "events",
        line("analytics", "login", "2026-01-12T00:00:00Z", account="zeta"),
        line("analytics", "login", "2026-01-10T00:00:00Z", account="beta"),
        line("analytics", "login", "2026-01-12T00:00:00Z", account="acme"),
    )
    found = rows(history, "2026-01-11T00:00:00Z", "2026-01-13T00:00:00Z")
    assert [row["account_id"] for row in found] == ["beta", "acme", "beta", "zeta"]


def test_unsorted_lines_give_what_sorted_ones_give(tmp_path: Path) -> None:
    lines = [line("analytics", "login", f"2026-01-{day:02}T10:00:00Z", account=f"a{day % 3}") for day in range(1, 29)]
    shuffled = [lines[number * 11 % len(lines)] for number in range(len(lines))]
    assert sorted(shuffled) == sorted(lines)
    assert shuffled != lines
    in_order, out_of_order = history_of(tmp_path / "a", *lines), history_of(tmp_path / "b", *shuffled)
    assert rows(out_of_order, "2026-01-20T00:00:00Z") == rows(in_order, "2026-01-20T00:00:00Z")


def test_two_events_of_an_account_with_one_id_are_one_event(tmp_path: Path) -> None:
    history = history_of(
        tmp_path / "events",
        line("analytics", "login", "2026-01-10T11:00:00Z", id="e1"),
        line("analytics", "login", "2026-01-10T11:00:00Z", id="e1"),
        line("analytics", "login", "2026-01-10T11:00:00Z", id="e1", account="beta"),
        line("analytics", "login", "2026-01-10T11:00:00Z"),
        line("analytics", "login", "2026-01-10T11:00:00Z"),
    )
    acme, beta = rows(history, "2026-01-11T00:00:00Z")
    assert (acme["usage_30d"], beta["usage_30d"]) == ("3", "1")


def test_topics_may_be_singular_and_an_exception_needs_no_name(tmp_path: Path) -> None:
    exception = json.dumps({"topic": "exception", "account_id": "acme", "timestamp": "2026-01-10T11:00:00Z"})
    history = history_of(
        tmp_path / "events",
        exception,
        line("ticket", "support_ticket_opened", "2026-01-10T11:00:00Z"),
        line("tickets", "ticket_opened", "2026-01-10T11:00:00Z"),
        line("billing", "subscription_started", "2026-01-10T11:00:00Z", properties={"mrr": 99.5, "plan": "pro"}),
    )
    (row,) = rows(history, "2026-01-11T00:00:00Z")
    facts = {name: row[name] for name in ("errors_30d", "tickets_30d", "mrr", "plan", "last_usage_at")}
    assert facts == {"errors_30d": "1", "tickets_30d": "2", "mrr": "99.5", "plan": "pro", "last_usage_at": ""}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_gzipped_file_is_known_by_its_first_bytes(tmp_path: Path, zipped: bool) -> None:
    history = history_of(tmp_path / "a.csv", line("analytics", "login", "2026-01-10T11:00:00Z"), zipped=zipped)
    assert len(history.events) == 1


def test_what_is_refused_is_counted_by_reason_with_the_first_lines(tmp_path: Path) -> None:
    history = history_of(
        tmp_path / "events",
        line("analytics", "login", "2026-01-10T11:00:00Z"),
        "not json",
        line("billing", "plan_changed", "2026-01-10T11:00:00Z", account="null"),
        json.dumps({"topic": "analytics", "account_id": "acme", "event": "login"}),
        *["{"] * 7,
        line("analytics", "login", "2099-01-10T11:00:00Z"),
    )
    assert len(history.events) == 1
    found = [(each.reason, each.count, each.lines) for each in history.refused]
    assert found == [
        ("malformed", 8, (2, 5, 6, 7, 8)),
        ("bad_timestamp", 1, (4,)),
        ("in_the_future", 1, (12,)),
        ("placeholder_account", 1, (3,)),
    ]


def test_a_score_that_cannot_be_judged_is_empty_in_the_csv(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text(line("analytics", "$exception", "2026-01-10T11:00:00Z"))
    plan = Plan(read_model("default"))
    with EventFile(str(path)) as file:
        history = read_history(file, plan, NOW_MS)
    (answer,) = replay(plan, history.events, [parse_instant("2026-01-11T00:00:00Z")])
    output = io.StringIO()
    write_csv(plan, [answer], output)
    (row,) = csv.DictReader(io.StringIO(output.getvalue()))
    assert (answer.score, row["score"], row["errors_14d"]) == (None, "", "1")


def test_progress_is_told_in_bytes_and_in_events(tmp_path: Path) -> None:
    path = tmp_path / "events"
    path.write_text("\n".join(line("analytics", "login", "2026-01-10T11:00:00Z") for _ in range(6_000)))
    read: list[int] = []
    folded: list[int] = []
    with EventFile(str(path)) as file:
        history = read_history(file, plan(), NOW_MS, read.append)
        assert read[-1] == file.size == path.stat().st_size
    replay(plan(), history.events, [NOW_MS], folded.append)
    assert folded == [5_000, 6_000]


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is empty: give an NDJSON file"):
        history_of(tmp_path / "events")
