"""The oracle's signals of what is usual, on cases worked out by hand. `T` is the day of judgement, 1 March."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import Sent, a_model, at_ms, usage
from tests.oracle import DAY_MS, Fact, verdicts

NOON = at_ms("2026-03-01T12:00Z")
TAKEN: dict[str, Any] = {"events": ["login"]}


def facts(signals: dict[str, dict[str, Any]], *events: Sent) -> dict[str, Fact]:
    """For acme, which began with an event of another name."""
    return verdicts(a_model(signals), events, NOON)["acme"].facts


def fact(table: dict[str, Any], *events: Sent) -> Fact:
    return facts({"it": table | TAKEN}, *events)["it"]


def days_ago(*days: int, event: str = "login") -> list[Sent]:
    return [usage(at=NOON - day * DAY_MS, event=event) for day in days]


def begun(day: int) -> list[Sent]:
    return days_ago(day, event="began")


#   T-5  T-4 │ T-3  T-2 │ T-1  T        windows of 2 days that ended 2, 3 and 4 days ago
#         ●     ●●●                     T-2: 3; T-3: 4; T-4: 1
def test_a_usual_is_a_quantile_by_nearest_rank() -> None:
    sent = [*begun(30), *days_ago(4, 3, 3, 3, 1, 1, 0)]
    table = {"kind": "usual", "window": "2d", "within": "4d"}
    assert [fact(table | {"quantile": share}, *sent) for share in (0, 0.2, 0.3, 0.5, 0.7, 0.8, 1)] == [
        1, 1, 3, 3, 3, 4, 4,
    ]  # fmt: skip
    assert fact(table | {"of": "days"}, *sent) == 1


@pytest.mark.parametrize(("begin", "usual", "weeks"), [(2, None, 0), (3, 3, 1 / 7), (4, 4, 2 / 7), (5, 3, 3 / 7)])
def test_only_windows_after_the_begin_count_and_known_counts_them(begin: int, usual: int | None, weeks: float) -> None:
    signals = {
        "usual": {"kind": "usual", "window": "2d", "within": "4d"} | TAKEN,
        "known": {"kind": "known", "of": "usual"},
    }
    sent = [each for each in days_ago(4, 3, 3, 3) if int(each.body["timestamp"]) >= NOON - begin * DAY_MS]
    found = facts(signals, *begun(begin), *sent)
    assert (found["usual"], found["known"]) == (usual, weeks)


def test_expected_is_bounded_by_a_known_season() -> None:
    usual, season = {"kind": "usual", "window": "2d", "within": "2d"}, {"kind": "season", "window": "2d", "back": "9d"}
    signals = {
        "usual": usual | TAKEN,
        "season": season | TAKEN,
        "it": {"kind": "expected", "usual": "usual", "season": "season", "margin": 1.5},
    }
    sent = days_ago(2, 2, 3, 3)
    assert facts(signals, *begun(9), *sent)["it"] == 4
    assert facts(signals, *begun(10), *sent, *days_ago(9))["it"] == 1.5
    assert facts(signals, *begun(10), *sent, *days_ago(9, 10, 10))["it"] == 4
    assert facts(signals, *begun(1))["it"] is None


def test_an_average_divides_by_the_windows_that_were_lived_through() -> None:
    table = {"kind": "average", "window": "2d", "within": "6d"}
    assert fact(table, *begun(30), *days_ago(8, 7, 2, 1, 0)) == 2 / 3
    assert fact(table, *begun(5), *days_ago(3, 2, 1)) == 2 / 1.5
    assert fact(table, *begun(3), *days_ago(3, 2, 1)) == 2


def test_dispersion_is_variance_by_mean_of_whole_weeks() -> None:
    table = {"kind": "dispersion", "weeks": 4, "back": "1d"}
    sent = days_ago(1, 1, 7, 8, 14, 15, 15, 15, 15, 15, 15, 15, 29)  # weeks of 3, 2, 7 and 0
    assert fact(table, *begun(28), *days_ago(0), *sent[:-1]) == pytest.approx((0 + 1 + 16 + 9) / 3 / 3)
    assert fact(table, *begun(27), *sent[:-1]) == 1
    assert fact(table, *begun(40)) == 1


def test_days_and_gaps_are_of_days_with_events() -> None:
    sent = days_ago(12, 9, 9, 5, 4, 0)
    assert fact({"kind": "days", "window": "5d"}, *sent) == 2
    assert fact({"kind": "usual_gap", "within": "12d"}, *sent) == 4  # 4, 4, 1: 12 days ago is beyond it
    assert fact({"kind": "usual_gap", "nth": 2}, *sent) == 5  # 7, 5 and 5
    assert fact({"kind": "usual_gap", "nth": 5}, *sent) is None
    known: dict[str, dict[str, Any]] = {
        "gap": {"kind": "usual_gap", "nth": 2} | TAKEN,
        "it": {"kind": "known", "of": "gap"},
    }
    assert facts(known, *sent)["it"] == 3


def test_since_the_nth_latest_day() -> None:
    table = {"kind": "since_last", "nth": 2, "within": "10d"}
    assert fact(table, *days_ago(8, 3, 3)) == 8
    assert fact(table, *days_ago(10, 3)) == 3
    assert fact(table, *days_ago(20, 12)) == 12
    assert fact(table, *begun(3)) is None
