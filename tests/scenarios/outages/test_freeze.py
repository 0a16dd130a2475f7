"""Fleet alarms in the engine: what feeds on a stopped feed stands still, also after a restart, until the end."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.control.messages import FleetAlarm, Tick
from streams.engine.partition import rescoring, timekeeper
from tests.builders import Sent, a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-01T12:00Z")
SIGNALS: dict[str, Any] = {
    "level": {"kind": "last", "property": "level"},
    "errors": {"kind": "count", "window": "1d", "topics": ["exceptions"]},
    "quiet": {"kind": "since_last", "topics": ["exceptions"]},
}
COMPONENTS: dict[str, Any] = {
    "level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1},
    "friction": {"shape": "linear", "signal": "errors", "points": [[0, 100], [10, 0]], "source": "errors", "weight": 1},
    "both": {"shape": "blend", "parts": {"level": 1, "friction": 1}, "weight": 2},
}
SOURCES: dict[str, Any] = {"errors": {"topics": ["exceptions"]}}
FLOORS: dict[str, Any] = {"dark": {"when": [{"signal": "quiet", "at_least": 1}], "to": 10}}
PLAN = Plan(a_model(SIGNALS, COMPONENTS, sources=SOURCES, floors=FLOORS))


def alarm(at: int, state: Literal["begun", "ended"] = "begun", *, name: str = "a1", **feeds: Any) -> FleetAlarm:
    return FleetAlarm(instant_ms=at, id=name, state=state, words="no exceptions", since_ms=NOON + HOUR_MS, **feeds)


def erring(account: str = "acme") -> list[Sent]:
    return [usage(account, NOON, level=80), *(an_exception(account, NOON + number) for number in range(5))]


def lined(*events: Sent) -> Line:
    line = Line(PLAN)
    for sent in events:
        line.send(sent)
    line.settle()
    return line


def told(line: Line, *messages: FleetAlarm | Tick) -> ScoreSnapshot:
    for message in messages:
        line.control(message, 0)
    line.settle()
    return line.answers["acme"]


def judgements(answer: ScoreSnapshot) -> dict[str, float | None]:
    return {name: each.judgement for name, each in answer.components.items()}


def stands_still(line: Line) -> None:
    """A day later the errors have left their window, and the floor would hold. Neither counts now."""
    answer = told(line, Tick(instant_ms=NOON + 30 * HOUR_MS, declare=True))
    assert judgements(answer) == {"level": 80, "friction": 50, "both": 65}
    assert answer.flags == ()
    assert answer.stale == {"exceptions": rfc3339(NOON + HOUR_MS)}


def test_what_feeds_on_a_stopped_topic_stands_still_and_the_rest_moves() -> None:
    line = lined(*erring())
    told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)))
    stands_still(line)
    line.send(usage("acme", NOON + 31 * HOUR_MS, level=20))
    line.settle()
    assert judgements(line.answers["acme"]) == {"level": 20, "friction": 50, "both": 35}


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
def test_it_stands_still_after_a_restart(reached: Reached) -> None:
    line = lined(*erring())
    line.control(alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)), 0)
    line.work()
    line.crash(0, reached)
    line.settle()
    line.crash()
    stands_still(line)
    line.crash(0, "offsets")
    line.settle()
    assert line.partitions[0].outage == "a1"
    stands_still(line)


@pytest.mark.parametrize("crash", [False, True])
def test_at_the_end_all_is_as_if_nothing_had_stood_still(crash: bool) -> None:
    plain = lined(*erring())
    line = lined(*erring())
    told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)))
    for each in (plain, line):
        each.send(usage("acme", NOON + 3 * HOUR_MS, level=40))
        each.send(an_exception("acme", NOON + 20 * HOUR_MS))
        each.tick(NOON + 30 * HOUR_MS)
        if crash:
            each.crash()
    told(line, alarm(NOON + 30 * HOUR_MS, "ended"))
    got, expected = line.answers["acme"], plain.answers["acme"]
    assert got.components == expected.components
    assert (got.score, got.tier, got.stale) == (expected.score, expected.tier, {})
    assert line.partitions[0].scorer.ledger.tier_accounts == plain.partitions[0].scorer.ledger.tier_accounts
    assert "frozen" not in line.decoded("acme").matters
    assert line.partitions[0].outage == ""


def test_the_end_is_a_cause_of_its_own_and_says_which_alarm_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, bool]] = []
    line = lined(*erring())
    partition, rescore = line.partitions[0], rescoring.rescore

    def noted(*args: Any, **named: Any) -> None:
        seen.append((args[3], partition.outage, partition.is_outage_over))
        rescore(*args, **named)

    monkeypatch.setattr(timekeeper, "rescore", noted)
    told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)), Tick(instant_ms=NOON + 30 * HOUR_MS))
    told(line, alarm(NOON + 30 * HOUR_MS, "ended"))
    assert [each for each in seen if each[0] == "guard"] == [("guard", "a1", False), ("guard", "a1", True)]
    assert [(each.to_tier, each.cause.kind) for each in line.notifications[-1:]] == [("red", "guard")]
    assert line.notifications[-1].cause.words.startswith("judged again after an outage: ")


def test_repeated_and_late_messages_change_nothing() -> None:
    line = lined(*erring())
    begun, ended = alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)), alarm(NOON + 3 * HOUR_MS, "ended")
    told(line, begun, begun)
    assert len(line.partitions[0].outages.alarms) == 1
    told(line, ended, ended, begun)
    assert line.partitions[0].outages.alarms == []
    line.crash(0, "offsets")
    told(line, begun)
    assert line.answers["acme"].stale == {}


def test_of_two_alarms_each_freezes_its_own_and_the_last_ends_the_outage() -> None:
    line = lined(*erring())
    told(line, alarm(NOON + 2 * HOUR_MS, sources=("errors",)))
    told(line, alarm(NOON + 3 * HOUR_MS, name="a2", topics=("analytics",)))
    answer = told(line, alarm(NOON + 4 * HOUR_MS, "ended"), Tick(instant_ms=NOON + 30 * HOUR_MS, declare=True))
    assert answer.stale == {"analytics": rfc3339(NOON + HOUR_MS)}
    assert judgements(answer)["friction"] == 100, "thawed: its errors have left the window"
    line.send(usage("acme", NOON + 31 * HOUR_MS, level=20))
    line.settle()
    assert judgements(line.answers["acme"])["level"] == 80, "frozen by the other"
    assert line.partitions[0].outage == "a2"
    told(line, alarm(NOON + 32 * HOUR_MS, "ended", name="a2"))
    assert judgements(line.answers["acme"])["level"] == 20


def test_an_alarm_without_feeds_freezes_nothing() -> None:
    line = lined(*erring())
    answer = told(line, alarm(NOON + 2 * HOUR_MS), Tick(instant_ms=NOON + 30 * HOUR_MS, declare=True))
    assert line.partitions[0].outage == "a1"
    assert (answer.stale, judgements(answer)["friction"]) == ({}, 100)


def test_an_account_that_begins_meanwhile_has_nothing_frozen() -> None:
    line = lined(*erring())
    told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)))
    line.send(usage("globex", NOON + 3 * HOUR_MS, level=50))
    line.settle()
    assert line.answers["globex"].stale == {}
    assert judgements(line.answers["globex"])["level"] == 50


def test_an_alarm_that_nobody_ends_is_over_after_three_days() -> None:
    line = lined(*erring())
    told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)))
    line.tick(NOON + 2 * HOUR_MS + 3 * DAY_MS)
    assert line.partitions[0].outage == "a1"
    line.crash()
    line.tick(NOON + 4 * HOUR_MS + 3 * DAY_MS)
    assert (line.partitions[0].outage, line.answers["acme"].stale) == ("", {})
    assert told(line, alarm(NOON + 2 * HOUR_MS, topics=("exceptions",))).stale == {}, "it does not begin again"


@pytest.mark.parametrize("turns", range(8))
def test_a_crash_after_any_turn_of_either_walk_ends_as_no_crash(monkeypatch: pytest.MonkeyPatch, turns: int) -> None:
    def answers(line: Line) -> dict[str, ScoreSnapshot]:
        return {
            name: msgspec.structs.replace(each, generation=0, version=0, forecast=None)
            for name, each in line.answers.items()
        }

    names = ("acme", "globex", "hooli", "initech")
    messages = (alarm(NOON + 2 * HOUR_MS, topics=("exceptions",)), Tick(instant_ms=NOON + 30 * HOUR_MS, declare=True))
    events = [sent for name in names for sent in erring(name)]
    whole = lined(*events)
    told(whole, *messages)
    frozen = answers(whole)
    told(whole, alarm(NOON + 31 * HOUR_MS, "ended"))
    monkeypatch.setattr(timekeeper, "TURN_ACCOUNTS", 1)
    line = lined(*events)
    for each in messages:
        line.control(each, 0)
    for _ in range(turns):
        line.step()
    line.crash(0, "records")
    line.settle()
    assert answers(line) == frozen
    line.control(alarm(NOON + 31 * HOUR_MS, "ended"), 0)
    for _ in range(turns):
        line.step()
    line.crash(0, "some records", groups=turns // 2)
    line.settle()
    assert answers(line) == answers(whole)
