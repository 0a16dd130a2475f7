"""What a message says, before any markup."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.gathered import gathered_of
from alerts.message_text import Row, message_text, row_of, row_text, step_text, web_address
from alerts.notification import Cause
from scoring.result import Driver
from tests.builders import an_alert_step


def test_a_step_says_what_happened_why_what_is_at_stake_and_what_to_do() -> None:
    text = step_text(an_alert_step(next_tier="churn risk", next_at="2026-11-28T14:00:00Z"))
    assert text.headline == "acme fell from green to red: 41.2 (−37.2)"
    assert text.lines == (
        "Open: nobody has it yet, escalates on 23 November 10:00 UTC",
        "412 events of 22 October left the 30-day window.",
        "Score 78.4 ▸ 41.2 (−37.2) · MRR 5,000 · plan scale · owner bo@example.com",
        "• Usage −30.5: no login in 15 days",
        "• Tickets −8: 4 open, the oldest for 9 days",
        "If nobody is active: churn risk on 28 November 14:00 UTC, in 7 days",
        "Recommended: Call the champion this week.",
    )
    assert text.one_line == (
        "acme fell from green to red: 41.2 (−37.2). 412 events of 22 October left the 30-day window. "
        "Score 78.4 ▸ 41.2 (−37.2) · MRR 5,000 · plan scale · owner bo@example.com."
    )
    assert (text.page, text.playbook) == ("https://vitals.example/accounts/acme", "https://wiki.example/playbooks/red")


def test_what_is_unknown_is_left_out() -> None:
    step = an_alert_step(mrr=None, plan=None, traits={}, score=None, drivers=(), cause=None, action="", status=None)
    assert step_text(step).lines == ()
    assert step_text(step).one_line == "acme fell from green to red."


def test_a_message_about_the_fleet_says_its_sentence_and_asks_nobody_to_acknowledge() -> None:
    about = an_alert_step(
        account_id="(fleet)", rule="guard", rule_kind="guard", words="no exceptions since 00:00 UTC", cause=None
    )
    assert step_text(about).headline == "(fleet): no exceptions since 00:00 UTC"
    assert step_text(about).status == ""
    over = msgspec.structs.replace(about, step="resolved", status="resolved", words="exceptions are back")
    assert (step_text(over).headline, step_text(over).cause) == ("(fleet): exceptions are back", "")


def test_a_persons_note_stands_where_the_cause_would() -> None:
    noted = an_alert_step(step="none", status="open", reason="action", by="Ann", note="on it, called\ntoday")
    assert step_text(noted).lines[1] == "Note: on it, called today"


def test_a_case_that_is_over_recommends_nothing() -> None:
    over = step_text(an_alert_step(step="resolved", status="resolved"))
    assert over.is_over
    assert (over.action, over.drivers) == ("", ())


def test_a_row_is_a_step_in_one_line() -> None:
    assert row_text(row_of(an_alert_step())) == (
        "acme fell from green to red: 41.2 (−37.2) · MRR 5,000 · bo@example.com"
    )
    assert row_text(Row(severity="info", headline="acme")) == "acme"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "https://",
        "https://x y",
        "https://x/|<!channel>",
        "ftp://x",
        "https://x/" + "a" * 2000,
    ],
)
def test_only_an_address_of_the_web_is_linked(url: str) -> None:
    assert web_address(url) == ""
    assert step_text(an_alert_step(page=url)).page == ""


@given(st.text(max_size=600), st.integers(0, 20))
def test_a_body_is_eight_lines_at_most_whatever_comes_in(words: str, drivers: int) -> None:
    step = an_alert_step(
        account_id=words,
        cause=Cause(kind="event", words=words),
        drivers=(Driver(component="c", label=words, lost=1.0, words=words),) * drivers,
        plan=words,
        traits={"owner": words},
        action=words,
        next_tier=words,
        next_at="2026-11-28T14:00:00Z",
        by=words,
    )
    lines = step_text(step).lines
    assert len(lines) <= 8
    assert all("\n" not in line and len(line) <= 320 for line in lines)


def test_a_message_about_many_has_numbers_the_ten_that_matter_and_how_many_are_left_out() -> None:
    steps = [an_alert_step(account_id=f"account-{number:02}", mrr=1_000.0 * number) for number in range(40)]
    text = message_text(gathered_of(steps, "team/slack", "storm"))
    assert text.headline == "Many at once: 40 alerts about 40 accounts"
    assert text.lines[:3] == ("40 critical · MRR at risk 780,000", "Tiers then: red 40", "Rules: tier 40")
    assert text.lines[3] == "account-39 fell from green to red: 41.2 (−37.2) · MRR 39,000 · bo@example.com"
    assert len(text.rows) == 10
    assert text.lines[-1] == "… and 30 more accounts"
    assert text.one_line.startswith("Many at once: 40 alerts about 40 accounts. 40 critical · MRR at risk 780,000.")


def test_a_step_is_a_message_too() -> None:
    assert message_text(an_alert_step()) == step_text(an_alert_step())
