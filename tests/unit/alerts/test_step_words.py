"""What happened to a case, in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notification import Cause
from alerts.step import InHand
from alerts.step_words import HEADLINE_LIMIT, forecast, headline, history, moment, present_state, status, why
from tests.builders import an_alert_step

FLAG: dict[str, Any] = {
    "rule": "payment_failed",
    "rule_kind": "flag",
    "words": "acme: a payment failed on 20 November.",
    "from_tier": "",
}
NO_LOGIN = Cause(kind="expiry", words="no login")
BY_ANN: dict[str, Any] = {"by": "Ann", "reason": "action", "words": "Ann did it", "step_number": 2}


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({}, "acme fell from green to red: 41.2 (−37.2)"),
        ({"reason": "better", "from_tier": "red", "tier": "yellow"}, "acme rose from red to yellow: 41.2 (−37.2)"),
        ({"from_tier": "", "change": 0.0}, "acme is red: 41.2"),
        (
            {"rule_kind": "drop", "words": "acme fell by 20 points within 24 hours: no login", "cause": NO_LOGIN},
            "acme fell by 20 points within 24 hours",
        ),
        ({**FLAG, "words": "the MRR of acme fell"}, "The MRR of acme fell"),
        ({**FLAG, "words": "payment failed"}, "acme: payment failed"),
        ({"rule": "", "words": "all alerts of acme snoozed by ann (U024BE7LH)"}, "All alerts of acme snoozed by ann"),
        ({**BY_ANN, "step": "none"}, "acme: red, a note by Ann"),
        ({**FLAG, **BY_ANN, "step": "resolved", "label": "MRR fell"}, "acme: MRR fell resolved by Ann"),
        (FLAG, "acme: a payment failed on 20 November"),
        ({**FLAG, "words": ""}, "acme: payment failed"),
        ({**BY_ANN, "step": "acknowledged", "status": "acknowledged"}, "acme: red acknowledged by Ann"),
        ({**BY_ANN, "step": "assigned", "assignee": "Bo"}, "acme: red assigned to Bo by Ann"),
        (
            {**BY_ANN, "step": "snoozed", "status": "snoozed", "until": "2026-11-22T10:00:00Z"},
            "acme: red snoozed by Ann until 22 November 10:00 UTC",
        ),
        ({**BY_ANN, "step": "snooze_ended"}, "acme: snooze of Ann ended, red still holds"),
        ({**BY_ANN, "step": "snooze_ended", "status": "resolved"}, "acme: snooze of Ann ended, tier is over"),
        ({"step": "escalated", "status": "escalated", "words": ""}, "acme: nobody acted on red"),
        (
            {"step": "escalated", "words": "acme: nobody acted in 48 hours on it"},
            "acme: nobody acted in 48 hours on it",
        ),
        ({"step": "retracted", "status": "retracted"}, "acme: tier taken back, a late event arrived"),
        ({**BY_ANN, "step": "resolved", "status": "resolved"}, "acme: tier resolved by Ann"),
        (
            {"step": "resolved", "status": "resolved", "tier": "green", "score": 82.0, "change": 40.8},
            "acme recovered to green: 82 (+40.8)",
        ),
        ({**FLAG, "step": "resolved", "status": "resolved"}, "acme: payment failed is over"),
    ],
)
def test_a_headline_says_what_happened(overrides: dict[str, Any], text: str) -> None:
    assert headline(an_alert_step(**overrides)) == text


def test_the_present_state_of_a_case_that_somebody_acted_on_is_that_of_the_account() -> None:
    acknowledged: dict[str, Any] = {**BY_ANN, "step": "acknowledged", "status": "acknowledged"}
    assert present_state(an_alert_step(**acknowledged)) == "acme is red: 41.2 (−37.2)"
    assert present_state(an_alert_step(**{**FLAG, **acknowledged})) == "acme: payment failed"
    assert present_state(an_alert_step()) == headline(an_alert_step())
    ended: dict[str, Any] = {**BY_ANN, "step": "snooze_ended", "status": "resolved"}
    assert present_state(an_alert_step(**ended)) == "acme: tier is over"


@pytest.mark.parametrize(
    ("overrides", "text"),
    [
        ({}, "Open: nobody has it yet, escalates on 23 November 10:00 UTC"),
        ({"until": ""}, "Open: nobody has it yet"),
        ({"assignee": "Bo"}, "Open · assigned to Bo, escalates on 23 November 10:00 UTC"),
        ({"status": "acknowledged", "by": "Ann"}, "Acknowledged by Ann"),
        ({"status": "acknowledged", "by": "Ann", "assignee": "Bo"}, "Acknowledged by Ann · assigned to Bo"),
        ({"status": "snoozed", "by": "Ann"}, "Snoozed by Ann until 23 November 10:00 UTC"),
        ({"status": "escalated"}, "Escalated: nobody acted in time"),
        ({"status": "acknowledged", "by": "Bo", "in_hand": InHand("Ann")}, "Acknowledged by Ann"),
        (
            {"status": "snoozed", "by": "Bo", "until": "", "in_hand": InHand("Ann", "2026-11-24T10:00:00Z")},
            "Snoozed by Ann until 24 November 10:00 UTC",
        ),
        (
            {"by": "Bo", "until": "", "in_hand": InHand("", "2026-11-24T10:00:00Z")},
            "Open: nobody has it yet, escalates on 24 November 10:00 UTC",
        ),
        ({"severity": "good"}, ""),
        ({"severity": "good", "assignee": "Bo"}, "Assigned to Bo"),
        ({"status": "resolved"}, "Resolved"),
        ({"status": "retracted"}, "Taken back: a late event showed that it was no alert"),
        ({"status": None}, ""),
    ],
)
def test_the_status_says_who_has_it_in_hand(overrides: dict[str, Any], text: str) -> None:
    assert status(an_alert_step(**overrides)) == text


def test_the_reason_is_the_cause_of_the_score_or_what_the_headline_did_not_hold() -> None:
    assert why(an_alert_step()) == "412 events of 22 October left the 30-day window."
    assert why(an_alert_step(**FLAG, cause=None)) == ""
    long = f"acme: {'a payment failed and ' * 6}nobody knows why"
    assert why(an_alert_step(**{**FLAG, "words": long}, cause=None)).endswith("nobody knows why.")
    summary = an_alert_step(step="snooze_ended", words="It fell to 30 meanwhile", cause=Cause(kind="event", words="x"))
    assert why(summary) == "acme: It fell to 30 meanwhile."


def test_the_cause_of_a_score_is_no_cause_of_another_thing() -> None:
    assert why(an_alert_step(**FLAG)) == ""
    over = an_alert_step(**{**FLAG, "words": "acme: the drop is a day old"}, step="resolved", status="resolved")
    assert why(over) == "acme: the drop is a day old."
    assert why(an_alert_step(**BY_ANN, step="acknowledged")) == ""


def test_the_forecast_says_when_and_how_far_ahead() -> None:
    ahead = an_alert_step(next_tier="red", next_at="2026-11-28T14:00:00Z")
    assert forecast(ahead) == "red on 28 November 14:00 UTC, in 7 days"
    assert forecast(an_alert_step(next_tier="red", next_at="2026-11-21T10:40:00Z")).endswith("UTC, in 1 hour")
    assert forecast(an_alert_step(next_tier="red", next_at="2026-11-22T10:00:00Z")).endswith("UTC, in 24 hours")
    assert forecast(an_alert_step(next_tier="red")) == ""


def test_the_history_of_a_case_is_small_print() -> None:
    assert history(an_alert_step()) == ""
    assert history(an_alert_step(step_number=3)) == "opened 21 November 10:00 UTC · step 3"
    assert history(an_alert_step(outage="a1")) == ""
    assert history(an_alert_step(outage="a1", reason="after_outage")) == "held back by an outage until now"


def test_what_is_no_instant_is_left_out() -> None:
    assert moment("yesterday") == ""


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["tier", "drop", "flag"]))
def test_a_headline_fits_a_phone_and_is_one_line_whatever_the_names(name: str, by: str, kind: str) -> None:
    for step in ("opened", "changed", "acknowledged", "snoozed", "escalated", "resolved", "retracted", "snooze_ended"):
        got = an_alert_step(account_id=name, by=by, rule=name, rule_kind=kind, step=step, words=by, tier=by)
        for text in (headline(got), present_state(got)):
            assert 1 <= len(text) <= HEADLINE_LIMIT
            assert "\n" not in text
