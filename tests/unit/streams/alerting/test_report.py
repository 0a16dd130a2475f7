"""Alerts beside the cancellations that followed them: which were right, which were missed, how early they came."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.step import AlertStep
from scoring.instants import DAY_MS
from streams.alerting.report import AlertReport, Book, RuleReport, measured
from streams.backtest.outcomes import Outcomes
from tests.builders import an_alert_step


def at(day: float, account_id: str = "acme", **given: Any) -> AlertStep:
    """A told first alert on a day since 1970."""
    sequence = int(day * 1_000)
    return an_alert_step(account_id=account_id, sequence=sequence, as_of_ms=round(day * DAY_MS), **given)


def the_book(accounts: list[str], churned: dict[str, float], *, until: float = 200.0) -> Book:
    """Accounts that were there from day 0, and the days on which some churned."""
    return Book(
        first_ms=dict.fromkeys(accounts, 0),
        outcomes=Outcomes(
            kind="churn",
            definition="left",
            at_ms={name: round(day * DAY_MS) for name, day in churned.items()},
            observed_until_ms=round(until * DAY_MS),
        ),
        since_ms=0,
        until_ms=round(until * DAY_MS),
    )


def all_of(report: AlertReport) -> RuleReport:
    return report.rules[0]


def test_an_alert_within_the_horizon_before_a_cancellation_was_right() -> None:
    #  day      10        50      70
    #  acme     alert             left: 60 days, right
    #  birch              alert         stayed: wrong
    found = all_of(measured([at(10), at(50, "birch")], the_book(["acme", "birch"], {"acme": 70})))
    assert (found.alerts, found.judged, found.followed, found.early) == (2, 2, 1, 0)
    assert found.precision is not None
    assert found.precision.value == 0.5
    assert (found.churned, found.caught) == (1, 1)
    assert found.lead_days is not None
    assert found.lead_days.p50 == 60.0


def test_an_alert_before_the_horizon_was_wrong_and_catches_nothing() -> None:
    found = all_of(measured([at(9)], the_book(["acme"], {"acme": 70})))
    assert (found.judged, found.followed, found.caught) == (1, 0, 0)


def test_an_alert_that_is_younger_than_the_horizon_is_not_judged_unless_the_account_left() -> None:
    report = measured([at(150), at(150, "birch")], the_book(["acme", "birch"], {"birch": 160}))
    assert (all_of(report).judged, all_of(report).followed, all_of(report).early) == (1, 1, 1)


def test_an_alert_after_the_account_left_does_not_count_but_its_message_does() -> None:
    found = all_of(measured([at(80)], the_book(["acme"], {"acme": 70})))
    assert (found.alerts, found.messages) == (0, 1)


def test_a_cancellation_after_the_end_of_what_is_observed_is_not_counted() -> None:
    book = the_book(["acme"], {"acme": 150}, until=100)
    assert all_of(measured([at(95)], book)).churned == 0


def test_the_lead_time_is_from_the_first_alert_within_the_horizon() -> None:
    found = all_of(measured([at(1), at(20), at(60)], the_book(["acme"], {"acme": 70})))
    assert found.lead_days is not None
    assert found.lead_days.p50 == 50.0


def test_the_share_flagged_is_of_the_time_of_all_accounts() -> None:
    """Two alerts 30 days apart cover 90 days of the 400 that two accounts were there."""
    found = all_of(measured([at(10), at(40)], the_book(["acme", "birch"], {})))
    assert found.share_flagged == pytest.approx(90 / 400)


def test_accounts_that_stayed_and_were_alerted_are_false_alarms() -> None:
    book = the_book(["acme", "birch", "cedar"], {"acme": 70})
    found = all_of(measured([at(30), at(30, "birch"), at(90, "birch")], book))
    assert found.false_alarm_rate is not None
    assert (found.stayed, found.false_alarm_rate.value) == (2, 0.5)


def test_messages_are_all_told_steps_and_alerts_only_those_that_began_or_worsened() -> None:
    steps = [
        at(10),
        at(11, step="changed", reason="worse"),
        at(12, step="escalated", reason="escalated"),
        at(13, step="resolved", reason="resolved"),
        at(14, step="none", outcome="suppressed", reason="hysteresis"),
    ]
    report = measured(steps, the_book(["acme"], {}, until=60))
    assert (all_of(report).messages, all_of(report).alerts) == (4, 2)
    assert all_of(report).messages_an_account_and_month == 2.0
    assert report.suppressed == {"hysteresis": 1}


def test_good_news_has_a_row_of_its_own_and_is_no_alarm() -> None:
    report = measured([at(10, severity="good", rule="champion")], the_book(["acme"], {}))
    assert all_of(report).alerts == 0
    assert [(each.rule, each.severity, each.messages) for each in report.rules[1:]] == [("champion", "good", 1)]


def test_rules_and_severities_have_rows_those_with_the_most_messages_first() -> None:
    steps = [at(10, rule="drop", severity="warning"), at(11), at(12)]
    report = measured(steps, the_book(["acme"], {}))
    assert [(each.rule, each.severity) for each in report.rules] == [
        ("", None),
        ("tier", "critical"),
        ("drop", "warning"),
    ]


def test_figures_of_few_alerts_or_few_cancellations_are_marked() -> None:
    assert all_of(measured([at(10)], the_book(["acme"], {"acme": 30}))).too_few


def test_steps_of_accounts_that_are_not_in_the_book_do_not_count() -> None:
    assert all_of(measured([at(10, "vitals-canary")], the_book(["acme"], {}))).messages == 0


def test_without_any_account_nothing_is_divided_by_nothing() -> None:
    report = measured([], the_book([], {}))
    assert (report.account_months, all_of(report).messages_an_account_and_month) == (0.0, 0.0)
    assert all_of(report).precision is None


def test_what_people_do_themselves_is_no_message_to_them() -> None:
    found = all_of(measured([at(10), at(11, step="acknowledged", reason="action")], the_book(["acme"], {})))
    assert found.messages == 1
