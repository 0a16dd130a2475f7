"""What the guard says: alarms for the workers, and one case for operations while any alarm is on."""

from __future__ import annotations

import pytest

from alerts.message_text import message_text
from alerts.step import AlertStep
from scoring.instants import DAY_MS, MINUTE_MS
from streams.guard.messages import ACCOUNT, alert_step, case_after, fleet_alarm, note_case
from streams.guard.watch import Change, Decision, Feed, Kind, State
from tests.builders import a_model, at_ms

NOON = at_ms("2026-03-02T12:00Z")
SIGNALS = {"uses": {"kind": "count", "window": "30d"}}
MODEL = a_model(SIGNALS, {"uses": {"shape": "ratio", "signal": "uses", "of": 10, "weight": 1}})


def decision(name: str, change: Change = "begun", *, minutes: int = 25, kind: Kind = "feed") -> Decision:
    at = NOON + minutes * MINUTE_MS
    return Decision(
        kind=kind, name=name, change=change, alarm=f"alarm of {name}", at_ms=at, since_ms=NOON, number=31, of=400
    )


def said(*decisions: Decision) -> list[AlertStep]:
    """The steps of these decisions, one after the other."""
    state, steps = State(), list[AlertStep]()
    for each in decisions:
        case = case_after(state, each)
        steps.append(alert_step(state, each, case, MODEL))
        state.feeds.setdefault(each.name, Feed()).alarm = each.alarm if each.change == "begun" else ""
        note_case(state, case)
    return steps


def test_a_topic_a_source_and_the_fleet_are_told_apart_for_the_workers() -> None:
    topic, source, fleet = (fleet_alarm(decision(name)) for name in ("topic:billing", "source:payments", "fleet"))
    assert (topic.topics, topic.sources) == (("billing",), ())
    assert (source.topics, source.sources) == ((), ("payments",))
    assert (fleet.topics, fleet.sources) == ((), ())
    assert (topic.id, topic.state, topic.since_ms) == ("alarm of topic:billing", "begun", NOON)
    assert fleet_alarm(decision("topic:billing", "given_up")).state == "ended"


def test_alarms_that_overlap_are_one_case() -> None:
    steps = said(
        decision("topic:billing"),
        decision("topic:exceptions", minutes=30),
        decision("topic:billing", "ended", minutes=60),
        decision("topic:exceptions", "given_up", minutes=4_320),
        decision("topic:billing", minutes=5_000),
    )
    assert [(each.step, each.reason, each.status) for each in steps] == [
        ("opened", "first", "open"),
        ("changed", "worse", "open"),
        ("changed", "better", "open"),
        ("resolved", "resolved", "resolved"),
        ("opened", "first", "open"),
    ]
    assert [each.step_number for each in steps] == [1, 2, 3, 4, 1]
    assert [each.sequence for each in steps] == [1, 2, 3, 4, 5]
    assert len({each.case_id for each in steps[:4]}) == 1
    assert {each.account_id for each in steps} == {ACCOUNT}
    assert len({each.id for each in steps[:4]}) == 4


def test_the_same_decision_is_the_same_step() -> None:
    assert said(decision("topic:billing")) == said(decision("topic:billing"))


@pytest.mark.parametrize("kind", ["feed", "fleet"])
@pytest.mark.parametrize("change", ["begun", "ended", "given_up"])
def test_a_headline_shows_the_sentence_whole(kind: Kind, change: Change) -> None:
    name = "topic:exceptions" if kind == "feed" else "fleet"
    (step,) = said(decision(name, change, kind=kind, minutes=3 * DAY_MS // MINUTE_MS))
    headline = message_text(step).headline
    assert "…" not in headline
    assert headline.startswith(ACCOUNT)
