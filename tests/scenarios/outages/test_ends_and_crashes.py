"""Cases around fleet alarms that begin, end or last too long, and workers that crash in between.

An alarm's walk decides an account's cases once, at the account's own instant."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules, Header, Route, TierRule
from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.changelog.record_types import AlarmProgress
from streams.control.messages import FleetAlarm
from streams.engine.partition import timekeeper
from streams.engine.partition.outages import LONGEST_MS
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-02T12:00Z")
MODEL = a_model(
    {"level": {"kind": "last", "property": "level"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
RULE = TierRule(severities={"red": "critical", "yellow": "warning"}, dwell="3h", escalate_after="48h")
POLICY = Policy(AlertRules(header=Header(name="test"), rules={"low": RULE}, routes={"all": Route()}), MODEL.tiers)
FIRST_MS = NOON + HOUR_MS
OVERDUE_MS = FIRST_MS + LONGEST_MS


def level(hours: int, value: float, account: str = "acme") -> Sent:
    return usage(account, NOON + hours * HOUR_MS, level=value)


def alarm(hours: int, name: str, state: Literal["begun", "ended"] = "begun") -> FleetAlarm:
    at = NOON + hours * HOUR_MS
    return FleetAlarm(instant_ms=at, id=name, state=state, words="nothing comes", since_ms=at)


DAYS = OVERDUE_MS // HOUR_MS - NOON // HOUR_MS
BEGINNING: list[Sent | FleetAlarm] = [level(0, 80), level(0, 80, "globex"), alarm(1, "a1")]
ENDED_BY_ITS_LENGTH: list[Sent | FleetAlarm] = [
    *BEGINNING,
    level(DAYS + 2, 60, "globex"),
    level(DAYS + 3, 30),
    level(DAYS + 9, 30),
]
ENDED_AND_ANOTHER: list[Sent | FleetAlarm] = [
    *BEGINNING,
    alarm(2, "a1", "ended"),
    alarm(3, "a2"),
    level(4, 30),
    level(5, 80, "initech"),
    alarm(5, "a3"),
    alarm(6, "a2", "ended"),
    level(7, 30, "initech"),
    alarm(8, "a3", "ended"),
    level(12, 50),
]


def lined(story: list[Sent | FleetAlarm]) -> Line:
    line = Line(Plan(MODEL, watches=POLICY.watches), policy=POLICY)
    for each in story:
        if isinstance(each, FleetAlarm):
            line.control(each, 0)
        else:
            line.send(each)
    return line


def said(line: Line) -> list[Any]:
    """All steps, by account."""
    line.settle()
    return sorted(line.steps, key=lambda step: (step.account_id, step.sequence))


@pytest.mark.parametrize("story", [ENDED_BY_ITS_LENGTH, ENDED_AND_ANOTHER])
def test_accounts_that_were_written_before_their_partition_are_not_visited_again(
    monkeypatch: pytest.MonkeyPatch, story: list[Sent | FleetAlarm]
) -> None:
    """A flush after any turn, and a crash after any later one, that leaves the accounts ahead of the partition."""
    monkeypatch.setattr(timekeeper, "TURN_ACCOUNTS", 1)
    whole = lined(story)
    expected, turns = said(whole), 0
    counted = lined(story)
    while counted.step():
        turns += 1
    assert any(step.reason in ("guard", "dwell") for step in expected)
    for flushed in range(turns):
        for crashed in range(flushed, turns):
            line = lined(story)
            for turn in range(crashed + 1):
                line.step()
                if turn == flushed:
                    line.flush()
            line.crash(0, "some records", groups=9)
            assert said(line) == expected, f"a flush after turn {flushed}, a crash after turn {crashed}"


def test_an_alarm_is_over_at_once_for_what_became_due_meanwhile() -> None:
    """The walk of an alarm that lasted too long opens a case whose time to act is over already when the next event
    comes: it is said with that event, and not with the one after it."""
    line = lined([*BEGINNING, level(4, 30), level(DAYS + 9, 80, "globex")])
    of_acme = [(step.step, step.reason, step.as_of_ms) for step in said(line) if step.account_id == "acme"]
    fell_ms = NOON + 4 * HOUR_MS
    assert [each for each in of_acme if each[0] != "none"] == [
        ("opened", "after_outage", fell_ms + 3 * HOUR_MS),
        ("escalated", "escalated", fell_ms + 3 * HOUR_MS + 48 * HOUR_MS),
    ]


def test_an_account_that_does_not_say_which_alarms_it_was_visited_for_is_visited() -> None:
    """An earlier release wrote it, in the middle of an alarm."""
    line = lined([*BEGINNING, level(4, 30)])
    line.settle()
    line.decoded("acme").alarm_progress = None
    line.control(alarm(8, "a1", "ended"), 0)
    assert [step.reason for step in said(line)][-1] == "after_outage"
    assert line.decoded("acme").alarm_progress == AlarmProgress(1)
