"""The quick look through a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scoring.instants import DAY_MS, parse_instant
from streams.backtest.source.survey import Survey, outcomes_of, survey
from streams.errors import UserError

NOW_MS = parse_instant("2026-06-01T00:00:00Z")


def line(topic: str, event: str, at: object, account: str = "acme", **fields: Any) -> str:
    return json.dumps({"topic": topic, "account_id": account, "event": event, "timestamp": at, **fields})


def surveyed(path: Path, *lines: str) -> Survey:
    path.write_text("\n".join(lines))
    return survey([str(path)], NOW_MS)


def test_the_bounds_are_found_in_every_form_of_time(tmp_path: Path) -> None:
    found = surveyed(
        tmp_path / "events",
        line("analytics", "login", "2026-02-01T10:00:00Z"),
        line("analytics", "login", "2026-01-05T10:00:00.500Z"),
        line("analytics", "login", "2026-01-04T23:30:00-02:00"),
        line("tickets", "ticket_opened", parse_instant("2026-03-01T00:00:00Z")),
        "not json",
        line("analytics", "login", "yesterday"),
    )
    assert found.first_ms == parse_instant("2026-01-05T01:30:00Z")
    assert found.last_ms == parse_instant("2026-03-01T00:00:00Z")
    assert found.events == 4


def test_what_lies_in_the_future_does_not_count(tmp_path: Path) -> None:
    found = surveyed(
        tmp_path / "events",
        line("analytics", "login", "2026-05-31T23:59:59Z"),
        line("analytics", "login", "2026-06-01T00:00:01Z"),
        line("analytics", "login", "2030-06-01T00:00:01Z"),
    )
    assert found.last_ms == parse_instant("2026-05-31T23:59:59Z")


def test_lines_in_no_order_are_noticed(tmp_path: Path) -> None:
    days = [f"2026-02-{day:02}T00:00:00Z" for day in range(1, 29)]
    in_order = surveyed(tmp_path / "events", *(line("analytics", "login", day) for day in days))
    by_account = surveyed(
        tmp_path / "events", *(line("analytics", "login", day, name) for name in ("a", "b") for day in days)
    )
    assert in_order.is_in_order
    assert not by_account.is_in_order


def test_cancellations_become_outcomes_and_what_they_may_still_undo_is_not_observed(tmp_path: Path) -> None:
    found = surveyed(
        tmp_path / "events",
        line("billing", "subscription_started", "2026-01-01T00:00:00Z", properties={"mrr": 10}),
        line("billing", "subscription_canceled", "2026-02-01T00:00:00Z"),
        line("analytics", "login", "2026-03-01T00:00:00Z", "other"),
    )
    told = outcomes_of(found, "churn", 0)
    assert told.at_ms == {"acme": parse_instant("2026-02-01T00:00:00Z")}
    assert told.observed_until_ms == found.last_ms
    assert outcomes_of(found, "churn", 7 * DAY_MS).observed_until_ms == found.last_ms - 7 * DAY_MS


def test_events_without_an_outcome_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    found = surveyed(tmp_path / "events", line("billing", "subscription_started", "2026-01-01T00:00:00Z"))
    with pytest.raises(UserError, match=r"The events tell no outcome: an account churned .* --labels"):
        outcomes_of(found, "churn", 0)


def test_a_file_without_events_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no line of it is an event"):
        surveyed(tmp_path / "events", "a,b,c")
