"""Accounts in a standing: no score, no notification, counted apart, and a new beginning afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.control.messages import EndOverride, SetOverride
from tests.builders import Sent, a_model, an_event, at_ms, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line
from tests.support.plain.tiers import tier_history

NOON = at_ms("2026-03-01T12:00Z")
HOUR, DAY = 3_600_000, 86_400_000
SIGNALS: dict[str, Any] = {
    "level": {"kind": "last", "property": "level"},
    "since": {"kind": "since_last"},
    "gone": {
        "kind": "ended",
        "topics": ["billing"],
        "events": ["subscription_started"],
        "ended_by": ["subscription_canceled"],
        "by": "subscription_id",
    },
}


def model_of(version: int = 1) -> Model:
    standings: dict[str, Any] = {"churned": {"when": [{"signal": "gone", "known": True}], "label": "Cancelled"}}
    standings["asleep"] = {"when": [{"signal": "since", "at_least": 90}]}
    return a_model(
        SIGNALS,
        {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
        standings=standings,
        flags={"low": {"when": [{"signal": "level", "below": 45}]}},
        version=version,
    )


def level(value: float, at: int, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


def billing(event: str, at: int, item: str = "s1", account: str = "acme") -> Sent:
    return an_event("billing", account, f"subscription_{event}", at, subscription_id=item)


HISTORY = [
    billing("started", NOON),
    level(90, NOON + HOUR),
    level(30, NOON + 2 * HOUR),  # green ▸ red, the only change that is told
    billing("canceled", NOON + 3 * HOUR),
    level(80, NOON + 4 * HOUR),  # nobody hears of it
    billing("started", NOON + 5 * HOUR, "s2"),  # green, and no change from the red of back then
    level(50, NOON + 6 * HOUR),  # green ▸ yellow
]


def lined(*events: Sent, clock: ClockKind = "event", crash: bool = False) -> Line:
    line = Line(Plan(model_of()), clock=clock)
    if clock == "wall":
        line.partitions[0].settle_ms = 0
    for event in events:
        line.send(event)
        line.settle()
        if crash:
            line.crash(0, "outputs")
    return line


@pytest.mark.parametrize("crash", [False, True])
def test_to_enter_or_leave_a_standing_tells_nobody_and_begins_anew(crash: bool) -> None:
    line = lined(*HISTORY, crash=crash)
    told = [(each.from_tier, each.to_tier) for each in line.notifications]
    assert told == [("green", "red"), ("green", "yellow")]
    assert [each.sequence for each in line.notifications] == [1, 2]


def test_in_a_standing_there_is_neither_score_nor_tier_and_the_flags_are_shown() -> None:
    answer = lined(*HISTORY[:4]).answers["acme"]
    assert (answer.score, answer.tier, answer.standing, answer.unscored) == (None, "", "churned", "")
    assert (answer.flags, answer.components) == (("low",), {})
    assert answer.forecast is None or answer.forecast.next_tier is None
    back = lined(*HISTORY[:6]).answers["acme"]
    assert (back.score, back.tier, back.standing) == (80, "green", "")


def test_a_whole_history_has_the_same_changes_of_tier() -> None:
    plan = Plan(model_of())
    events = [plan.decoder.decode(sent.topic, sent.value, 0, FAR_FUTURE_MS) for sent in HISTORY]
    history = tier_history(plan, events, NOON + DAY)
    assert [(each.from_tier, each.to_tier) for each in history.changes] == [("green", "red"), ("green", "yellow")]


def test_a_standing_begins_by_itself_when_its_day_comes_and_no_fall_is_foreseen_beyond_it() -> None:
    line = lined(level(80, NOON), level(85, NOON + HOUR))
    assert line.partitions[0].compute_next_forecast()
    line.settle()
    forecast = line.answers["acme"].forecast
    assert forecast is not None
    assert forecast.next_tier is None
    line.tick(NOON + HOUR + 90 * DAY)
    assert line.answers["acme"].standing == "asleep"
    assert line.notifications == []
    line.send(level(20, NOON + 91 * DAY))
    line.settle()
    assert (line.answers["acme"].tier, line.notifications) == ("red", [])


def test_accounts_in_a_standing_are_counted_apart_also_after_a_restart() -> None:
    other = [level(90, NOON, "globex"), billing("canceled", NOON, account="tiny")]
    line = lined(*HISTORY[:4], *other)
    scorer = line.partitions[0].scorer
    assert (scorer.ledger.tier_accounts, scorer.ledger.standing_accounts) == ([0, 0, 1], [2, 0])
    line.crash()
    restored = line.partitions[0].scorer
    assert (restored.ledger.tier_accounts, restored.ledger.standing_accounts) == ([0, 0, 1], [2, 0])
    line.send(billing("started", NOON + 5 * HOUR, "s2"))
    line.settle()
    restored = line.partitions[0].scorer
    assert (restored.ledger.tier_accounts, restored.ledger.standing_accounts) == ([1, 0, 1], [1, 0])


def test_a_model_that_brings_a_standing_alarms_nobody() -> None:
    line = Line(Plan(a_model(SIGNALS, {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}})))
    for event in HISTORY[:4]:
        line.send(event)
    line.settle()
    told = len(line.notifications)
    assert line.answers["acme"].tier == "red"
    line.plan = Plan(model_of(version=2))
    line.crash()
    line.settle()
    assert (line.answers["acme"].standing, len(line.notifications)) == ("churned", told)


def test_an_override_holds_over_a_standing_and_alerts_nobody() -> None:
    line = lined(*HISTORY[:4])
    told = len(line.notifications)

    def say(control: SetOverride | EndOverride) -> None:
        line.control(control, 0)
        line.settle()

    until = NOON + 10 * DAY
    for minute, score in ((1, 95.0), (2, 10.0)):
        at = NOON + 4 * HOUR + minute * 60_000
        fields: dict[str, Any] = {"account_id": "acme", "reason": "they come back", "author": "ann", "until_ms": until}
        say(SetOverride(instant_ms=at, score=score, **fields))
        answer = line.answers["acme"]
        assert (answer.score, answer.standing, answer.beneath) == (score, "churned", None)
    assert (line.answers["acme"].tier, line.partitions[0].scorer.ledger.tier_accounts) == ("red", [1, 0, 0])
    say(EndOverride(instant_ms=NOON + 5 * HOUR, account_id="acme", author="ann"))
    assert (line.answers["acme"].score, line.answers["acme"].standing) == (None, "churned")
    assert len(line.notifications) == told


def test_a_shadow_in_a_standing_counts_no_change_either() -> None:
    plain = a_model(SIGNALS, {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}})
    line = Line(Plan(plain, [model_of(version=9)]))
    for event in HISTORY:
        line.send(event)
    line.settle()
    (shadow,) = line.answers["acme"].shadows
    assert (shadow.score, shadow.tier, shadow.transitions) == (50, "yellow", 2)
