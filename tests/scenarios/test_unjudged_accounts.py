"""Whom a model does not judge, and what it does not take for good news: feeds that nobody connected, accounts that
cancelled, accounts of which only tickets or only a subscription are known."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.explain.explanation import explain
from scoring.model.loader import PRESETS, load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from tests.builders import Sent, a_model, an_event, at_ms, ticket, usage
from tests.support.plain.replay import replay

JUNE = at_ms("2024-06-01T00:00Z")
USE: dict[str, Any] = {"topics": ["analytics"], "exclude": ["@machine"]}
LINE: dict[str, Any] = {"shape": "linear", "weight": 10}
BILLED = ["subscription_started", "plan_changed"]
PLAN = Plan(
    a_model(
        {
            "usage": {"kind": "count", "window": "30d", **USE},
            "peak": {"kind": "peak", **USE},
            "silence": {"kind": "since_last", **USE},
            "errors": {"kind": "count", "window": "14d", "topics": ["exceptions"]},
            "tickets": {"kind": "count", "window": "14d", "topics": ["tickets"]},
            "oldest": {
                "kind": "open",
                "topics": ["tickets"],
                "events": ["ticket_opened"],
                "closed_by": ["ticket_closed"],
                "item": "ticket_id",
                "measure": "oldest",
                "label": "oldest open ticket",
            },
            "failed": {"kind": "count", "window": "30d", "topics": ["billing"], "events": ["payment_failed"]},
            "mrr": {
                "kind": "last",
                "property": "mrr",
                "by": "subscription_id",
                "topics": ["billing"],
                "events": BILLED,
                "zero_on": ["subscription_canceled"],
            },
            "cancelled": {
                "kind": "ended",
                "label": "cancelled",
                "topics": ["billing"],
                "events": BILLED,
                "ended_by": ["subscription_canceled"],
                "by": "subscription_id",
            },
        },
        {
            "usage": {"shape": "vs_own_peak", "signal": "usage", "peak": "peak", "weight": 40},
            "recency": LINE | {"signal": "silence", "points": [[1, 100], [14, 0]]},
            "friction": LINE | {"signal": "errors", "per": "usage", "points": [[1, 100], [20, 0]], "source": "errors"},
            "support": LINE | {"signal": "tickets", "points": [[1, 100], [10, 0]], "source": "tickets"},
            "payments": LINE | {"signal": "failed", "points": [[0, 100], [3, 0]], "source": "payments", "needs": "mrr"},
        },
        sources={
            "errors": {"topics": ["exceptions"], "also": ["$exception"], "label": "errors"},
            "tickets": {"topics": ["tickets"], "label": "tickets"},
            "payments": {"topics": ["billing"], "events": ["@payment_failed", "@payment_succeeded"]},
        },
        standings={
            "churned": {"when": [{"signal": "cancelled", "known": True}], "label": "Cancelled"},
            "unused": {"when": [{"signal": "silence", "known": False}], "label": "No product use was ever seen"},
        },
        flags={"unresolved": {"when": [{"signal": "oldest", "at_least": 14}], "label": "An old ticket"}},
        share_max=1,
    )
)


def billing(event: str, at: str, **fields: Any) -> Sent:
    return an_event("billing", fields.pop("account", "a"), event, at, **fields)


def logins(*days: str) -> list[Sent]:
    return [usage("a", f"2024-{day}T09:00Z") for day in days]


def judged(*sent: Sent, plan: Plan = PLAN, at: int = JUNE) -> ScoreSnapshot:
    events = [plan.decoder.decode(each.topic, each.value, 0, at) for each in sent]
    answers = replay(plan, sorted(events, key=lambda event: event.occurred_at_ms), [at])
    return next(answer for answer in answers if answer.account_id == "a")


def without_evidence(answer: ScoreSnapshot) -> list[str]:
    return [name for name, each in answer.components.items() if each.judgement is None]


START = billing("subscription_started", "2024-03-01T06:00Z", mrr=100, plan="Pro")
FEED = [START, *logins("03-01", "04-01", "04-02", "04-03", "04-04", "04-20", "05-08")]
MAY = at_ms("2024-05-15T00:00Z")


def test_a_feed_that_nobody_connected_is_no_evidence_and_no_perfect_score() -> None:
    alone = judged(*FEED, at=MAY)
    assert without_evidence(alone) == ["friction", "support", "payments"]
    words = {each.component: each.words for each in explain(PLAN, alone).contributions}
    assert words["friction"] == "no account ever sent errors"
    others = [
        an_event("exceptions", "b", "crash", "2024-02-01T00:00Z"),
        an_event("tickets", "b", "ticket_opened", "2024-02-01T00:00Z", ticket_id="t"),
        billing("invoice_paid", "2024-02-01T00:00Z", account="b"),
    ]
    connected = judged(*FEED, *others, at=MAY)
    assert without_evidence(connected) == []
    assert connected.score is not None
    assert alone.score is not None
    assert connected.score > alone.score


def test_a_cancelled_account_is_told_from_one_that_is_about_to_leave() -> None:
    cancel = billing("subscription_canceled", "2024-04-01T06:00Z", plan="Pro")
    gone = judged(*logins("03-01"), START, cancel)
    assert (gone.score, gone.tier, gone.standing) == (None, "", "churned")
    assert gone.facts["cancelled"] == "2024-04-01 06:00:00"
    assert explain(PLAN, gone).unscored == "Cancelled"
    silent = judged(*logins("03-01"), START)
    assert (silent.tier, silent.standing) == ("red", "")
    assert judged(*logins("03-01"), cancel).standing == "churned", "its start, and its MRR, were never sent"
    back = billing("subscription_started", "2024-05-01T06:00Z", mrr=50)
    assert judged(*logins("03-01"), START, cancel, back).standing == ""


def test_an_add_on_that_is_cancelled_is_no_churn() -> None:
    events = [
        billing("subscription_started", "2024-01-01T00:00Z", mrr=100, plan="pro", subscription_id="s1"),
        billing("subscription_started", "2024-02-01T00:00Z", mrr=20, plan="addon", subscription_id="s2"),
        billing("subscription_canceled", "2024-02-20T00:00Z", subscription_id="s2"),
    ]
    kept = judged(*logins("03-01"), *events)
    assert (kept.mrr, kept.standing) == (100, "")
    last = billing("subscription_canceled", "2024-05-20T00:00Z", subscription_id="s1")
    assert judged(*logins("03-01"), *events, last).standing == "churned"


def test_of_an_account_of_tickets_alone_the_flags_are_shown_and_why_there_is_no_score() -> None:
    tickets = [ticket("a", f"2024-05-0{day}T06:00Z", ticket_id=f"t{day}", severity="urgent") for day in range(1, 9)]
    answer = judged(*tickets)
    assert (answer.score, answer.standing, answer.flags) == (None, "unused", ("unresolved",))
    explanation = explain(PLAN, answer)
    assert explanation.unscored == "No product use was ever seen"
    assert [(flag.label, flag.words) for flag in explanation.flags] == [
        ("An old ticket", "8 oldest open ticket, the oldest for 30 days")
    ]


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("preset", ["health-index", "four-inputs"])
def test_an_account_that_never_used_the_product_is_not_at_low_risk(preset: str, connected: bool) -> None:
    events = [billing("subscription_started", "2024-04-20T06:00Z", mrr=100, plan="Pro", seats=10)]
    if connected:
        events += [ticket("b", "2024-04-01T06:00Z", ticket_id="t"), billing("invoice_paid", "2024-04-01T06:00Z")]
        events += [an_event("exceptions", "b", "crash", "2024-04-01T06:00Z"), usage("b", "2024-04-01T06:00Z")]
    answer = judged(*events, plan=Plan(load_preset(preset)))
    assert (answer.score, answer.standing) == (None, "unused")


@pytest.mark.parametrize("connected", [False, True])
def test_where_no_team_keeps_notes_nobody_is_neglected(connected: bool) -> None:
    notes = [usage("b", "2024-05-01T06:00Z", event=name) for name in ("health_check", "qbr", "onboarding_kickoff")]
    events = [START, *logins("05-28", "05-29", "05-30"), *(logins("01-01")), *(notes if connected else [])]
    answer = judged(*events, plan=Plan(load_preset("eight-components")))
    got = {name: answer.components[name].judgement for name in ("health_check", "qbr", "onboarding")}
    assert got == dict.fromkeys(got, 0.0 if connected else None)


@pytest.mark.parametrize("preset", [name for name in PRESETS if name not in ("default", "usage-trend-friction")])
def test_no_preset_scores_an_account_that_has_cancelled(preset: str) -> None:
    cancel = billing("subscription_cancelled", "2024-05-01T06:00Z")
    answer = judged(START, *logins("04-01", "05-28"), cancel, plan=Plan(load_preset(preset)))
    assert (answer.score, answer.standing) == (None, "churned")
