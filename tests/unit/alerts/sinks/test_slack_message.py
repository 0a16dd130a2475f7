"""Slack messages: what they say, that they keep to Slack's limits, and that no name can ping anybody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.gathered import gathered_of
from alerts.notification import Cause
from alerts.sinks.slack_message import case_buttons, case_message, slack_message, thread_message
from alerts.step import CaseStatus
from scoring.result import Driver
from tests.builders import an_alert_step
from tests.support.slack.limits import body_of, check_limits, words_of


def labels(body: dict[str, Any]) -> list[str]:
    """The labels of the buttons."""
    return [
        each["text"]["text"] for block in body["blocks"] if block["type"] == "actions" for each in block["elements"]
    ]


def test_a_message_says_what_happened_why_what_is_at_stake_and_what_to_do() -> None:
    body = body_of(slack_message(an_alert_step(next_tier="churn", next_at="2026-11-28T14:00:00Z")))
    assert words_of(body) == [
        "🔴 acme fell from green to red: 41.2 (−37.2)",
        "*Open: nobody has it yet, escalates on 23 November 10:00 UTC*\n"
        "412 events of 22 October left the 30-day window.\n"
        "*Score* 78.4 ▸ 41.2 (−37.2) · *MRR* 5,000 · *Plan* scale · *Owner* bo@example.com",
        "• Usage −30.5: no login in 15 days\n• Tickets −8: 4 open, the oldest for 9 days",
        "*If nobody is active:* churn on 28 November 14:00 UTC, in 7 days\n*Recommended:* Call the champion this week.",
        "Open page",
        "Playbook",
        f"21 November 10:00 UTC · rule tier · {an_alert_step().id[:8]}",
    ]
    assert body["text"] == (
        "acme fell from green to red: 41.2 (−37.2). 412 events of 22 October left the 30-day window. "
        "Score 78.4 ▸ 41.2 (−37.2) · MRR 5,000 · plan scale · owner bo@example.com."
    )
    assert (body["parse"], body["link_names"], body["unfurl_links"]) == ("none", False, False)
    check_limits(body)


def test_a_message_about_many_has_the_numbers_and_a_line_for_each_that_matters() -> None:
    steps = [an_alert_step(account_id=f"<a{number}>", mrr=1_000.0 * number) for number in range(40)]
    body = body_of(slack_message(gathered_of(steps, "team/slack", "storm")))
    check_limits(body)
    title, counts, rows, small = words_of(body)
    assert title == "🔴 Many at once: 40 alerts about 40 accounts"
    assert counts == "40 critical · MRR at risk 780,000\nTiers then: red 40\nRules: tier 40"
    first, *_, last = rows.splitlines()
    assert first == (
        "🔴 <https://vitals.example/accounts/acme|&lt;a39&gt; fell from green to red: 41.2 (−37.2)>"
        " · MRR 39,000 · bo@example.com"
    )
    assert last == "… and 30 more accounts"
    assert small.startswith("21 November 10:00 UTC · ")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", ["Acknowledge", "Snooze 24 h", "Snooze 7 d", "Resolve", "Open page", "Playbook"]),
        ("escalated", ["Acknowledge", "Snooze 24 h", "Snooze 7 d", "Resolve", "Open page", "Playbook"]),
        ("acknowledged", ["Snooze 24 h", "Snooze 7 d", "Resolve", "Open page", "Playbook"]),
        ("snoozed", ["End snooze", "Resolve", "Open page", "Playbook"]),
        ("resolved", ["Open page"]),
        ("retracted", ["Open page"]),
        (None, ["Open page", "Playbook"]),
    ],
)
def test_a_case_has_the_buttons_that_fit_it(status: CaseStatus | None, expected: list[str]) -> None:
    body = body_of(case_message(an_alert_step(status=status)))
    check_limits(body)
    assert labels(body) == expected


def test_a_button_names_the_case_and_the_step_that_was_seen() -> None:
    first = case_buttons(an_alert_step())[0]
    assert first.value == '{"account":"acme","rule":"tier","case":"c0ffee","step":1}'
    assert first.style == "primary"


def test_a_case_too_long_for_a_button_has_none() -> None:
    assert case_buttons(an_alert_step(account_id="a" * 2_000)) == ()


def test_what_a_person_did_leaves_the_headline_on_the_account_and_says_who() -> None:
    step = an_alert_step(step="acknowledged", status="acknowledged", reason="action", by="ann (U024BE7LH)")
    words = words_of(body_of(case_message(step)))
    assert words[0] == "🔴 acme is red: 41.2 (−37.2)"
    assert words[1].startswith("*Acknowledged by ann*\n")
    assert words_of(body_of(thread_message(step))) == ["*acme: red acknowledged by ann*"]


def test_a_reply_in_the_thread_says_why_and_mentions_who_is_asked() -> None:
    step = an_alert_step(step="changed", reason="worse", from_tier="yellow", note="called <them> today")
    body = body_of(thread_message(step, "<@U024BE7LH>"))
    check_limits(body)
    assert words_of(body) == [
        "<@U024BE7LH> *acme fell from yellow to red: 41.2 (−37.2)*\n"
        "412 events of 22 October left the 30-day window.\n>called &lt;them&gt; today"
    ]


def test_an_owner_who_is_known_is_mentioned() -> None:
    assert "*Owner* <@U024BE7LH>" in words_of(body_of(case_message(an_alert_step(), "<@U024BE7LH>")))[1]


def test_an_account_called_channel_is_only_a_name() -> None:
    step = an_alert_step(account_id="<!channel> & <@U1|joe>", cause=Cause(kind="event", words="<!here> came"))
    body = body_of(slack_message(step))
    check_limits(body)
    assert words_of(body)[0] == "🔴 <!channel> & <@U1|joe> fell from green to red: 41.2 (−37.2)"
    assert body["text"].startswith("&lt;!channel&gt; &amp; &lt;@U1|joe&gt; fell")
    assert "&lt;!here&gt; came." in words_of(body)[1]


WORDS = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("&<>@😀|*_")), max_size=700)
STATUSES = st.sampled_from([None, "open", "acknowledged", "snoozed", "escalated", "resolved", "retracted"])
STEPS = st.sampled_from(
    ["opened", "changed", "acknowledged", "assigned", "snoozed", "snooze_ended", "resolved", "none"]
)


@example("😀" * 80, "&" * 280, 60, 1e308, "open", "opened")
@given(WORDS, WORDS, st.integers(0, 60), st.floats(allow_nan=False), STATUSES, STEPS)
def test_slacks_limits_hold_whatever_the_words(
    name: str, words: str, parts: int, mrr: float, status: Any, kind: Any
) -> None:
    step = an_alert_step(
        account_id=name,
        rule=words,
        tier=words,
        from_tier=name,
        step=kind,
        status=status,
        words=words,
        note=words,
        by=name,
        assignee=words,
        action=words,
        playbook=f"https://example.com/{words}",
        page="https://example.com/" + "&" * (len(words) % 1_200),
        next_tier=words,
        next_at="2026-11-28T14:00:00Z",
        traits={"owner": words},
        cause=Cause(kind="event", words=words),
        drivers=tuple(Driver(component="c", label=name, lost=1.0, words=words) for _ in range(parts)),
        mrr=mrr,
        plan=name,
    )
    check_limits(body_of(slack_message(step, case_link="https://vitals.example/cases/x")))
    check_limits(body_of(case_message(step, "<@U024BE7LH>")))
    check_limits(body_of(thread_message(step, "<@U024BE7LH>")))
    many = [step, *(an_alert_step(account_id=f"{name}{number}", rule=f"{words}{number}") for number in range(parts))]
    check_limits(body_of(slack_message(gathered_of(many, "l", "digest"))))
