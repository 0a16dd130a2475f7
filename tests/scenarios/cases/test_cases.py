"""The cases of an account as matters of its exactly-once state: judged, commanded, due, written, restored."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import AlertRules, ConditionRule, Header, Only, Route, Rule, TierRule
from alerts.step import AlertStep
from scoring.instants import DAY_MS, HOUR_MS
from scoring.model.schema import Condition
from scoring.plan.plan import Plan
from streams.changelog.records import RECORD_MAX_BYTES
from streams.control.messages import CaseCommand
from streams.engine.partition.pending_writes import OUTBOX_MAX
from streams.topics import CONTROL
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-02T12:00Z")
MINUTE = 60_000
MODEL = a_model(
    {
        "level": {"kind": "last", "property": "level"},
        "mrr": {"kind": "last", "property": "mrr"},
        "seats": {"kind": "last", "property": "seats"},
    },
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)
LOW = TierRule(severities={"red": "critical", "yellow": "warning"}, margin=3.0, escalate_after="48h")
SEATS = ConditionRule(when=(Condition(signal="seats", above=10),))


def policy_of(**rules: Rule) -> Policy:
    return Policy(AlertRules(header=Header(name="test"), rules=rules, routes={"all": Route()}), MODEL.tiers)


POLICY = policy_of(low=LOW)


def level(value: float, at: int, account: str = "acme", **more: Any) -> Sent:
    return usage(account, at=at, level=value, **more)


def line_of(policy: Policy = POLICY, **options: Any) -> Line:
    return Line(Plan(MODEL, watches=policy.watches), policy=policy, **options)


def steps_of(line: Line) -> list[AlertStep]:
    return [step for step in line.steps if step.is_told]


def told(line: Line) -> list[tuple[str, str]]:
    return [(step.step, step.reason) for step in steps_of(line)]


def command(line: Line, kind: Any, at: int, **fields: Any) -> None:
    line.control(CaseCommand(instant_ms=at, account_id="acme", command=kind, author="ann", **fields), 0)


def fallen(policy: Policy = POLICY) -> Line:
    """acme is scored at 80, and fell to 30 an hour later."""
    line = line_of(policy)
    line.send(level(80, NOON))
    line.send(level(30, NOON + HOUR_MS))
    line.settle()
    return line


def test_a_fall_opens_one_case_that_is_told_with_its_cause_and_its_parts() -> None:
    line = fallen()
    (step,) = steps_of(line)
    assert (step.step, step.reason, step.rule, step.tier) == ("opened", "first", "low", "red")
    assert step.cause is not None
    assert (step.cause.kind, step.cause.event) == ("event", "login")
    assert (step.before, step.score, sum(delta.points for delta in step.deltas)) == (80.0, 30.0, -50.0)
    (case,) = line.answers["acme"].cases
    assert (case.rule, case.status, case.id) == ("low", "open", step.case_id)


def test_without_rules_no_account_has_cases_and_records_are_the_same() -> None:
    line = Line(Plan(MODEL))
    line.send(level(80, NOON))
    line.send(level(30, NOON + HOUR_MS))
    line.settle()
    assert line.partitions[0].accounts["acme"].matters == {}
    assert (line.step_bodies, line.answers["acme"].cases) == ([], ())


def test_a_told_step_is_written_at_once_and_a_suppressed_one_waits() -> None:
    line = line_of(policy_of(low=msgspec.structs.replace(LOW, dwell="1h")))
    line.send(level(80, NOON))
    line.settle()
    line.send(level(70, NOON + MINUTE))
    line.work()
    partition = line.partitions[0]
    assert not [body for body in partition.accounts["acme"].alerts if b'"sent"' in body]
    line.advance(NOON + 3 * HOUR_MS)
    assert partition.has_transitions
    flush = partition.take_transitions(line.now_ms)
    assert b'"opened"' in (flush.alerts[-1][1] or b"")
    assert flush.offsets == {}


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
def test_a_step_is_told_once_whatever_the_flush_reached(reached: Reached) -> None:
    line = line_of()
    line.send(level(80, NOON))
    line.settle()
    line.send(level(30, NOON + HOUR_MS))
    line.work()
    line.crash(0, reached, groups=1)
    line.settle()
    assert told(line) == [("opened", "first")]
    assert [step.sequence for step in line.steps] == list(range(1, len(line.steps) + 1))
    (case,) = line.answers["acme"].cases
    assert case.rule == "low"


def test_a_watch_opens_a_case_though_no_score_moves() -> None:
    line = line_of(policy_of(seats=SEATS))
    line.send(level(80, NOON, seats=5))
    line.send(level(80, NOON + HOUR_MS, seats=11))
    line.send(level(80, NOON + 2 * HOUR_MS, seats=12))
    line.settle()
    assert told(line) == [("opened", "first")]


@pytest.mark.parametrize("crash", [False, True])
def test_nobody_acts_and_the_case_escalates_at_its_instant(*, crash: bool) -> None:
    line = fallen()
    if crash:
        line.crash()
    line.tick(NOON + HOUR_MS + 2 * DAY_MS + 5, declare=False)
    assert told(line) == [("opened", "first"), ("escalated", "escalated")]
    assert steps_of(line)[-1].as_of_ms == NOON + HOUR_MS + 2 * DAY_MS


@pytest.mark.parametrize("crash", [False, True])
def test_who_acknowledges_stops_the_escalation(*, crash: bool) -> None:
    line = fallen()
    command(line, "acknowledge", NOON + 2 * HOUR_MS, rule="low")
    line.settle()
    if crash:
        line.crash()
    line.tick(NOON + 9 * DAY_MS, declare=False)
    assert [step.step for step in steps_of(line)] == ["opened", "acknowledged"]
    assert (steps_of(line)[-1].by, line.answers["acme"].cases[0].status) == ("ann", "acknowledged")


def test_a_command_that_fits_no_case_is_a_dead_letter_and_no_step() -> None:
    line = line_of()
    line.send(level(80, NOON))
    command(line, "acknowledge", NOON + 1, rule="low")
    line.settle()
    (letter,) = line.dead_letters
    assert (letter.topic, letter.reason) == (CONTROL, "invalid")
    assert steps_of(line) == []


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("snooze", {"until_ms": NOON + HOUR_MS}, "past already"),
        ("snooze", {"until_ms": NOON + 91 * DAY_MS}, "at most 90 days"),
        ("assign", {}, "to whom"),
        ("note", {"reason": "x" * 501}, "500 characters"),
        ("resolve", {"action": "x" * 201}, "200 characters"),
    ],
)
def test_a_command_out_of_bounds_is_a_dead_letter(kind: str, fields: dict[str, Any], words: str) -> None:
    line = fallen()
    command(line, kind, NOON + 2 * HOUR_MS, rule="low", **fields)
    line.settle()
    assert words in line.dead_letters[0].words
    assert len(steps_of(line)) == 1


def test_a_refused_command_stays_refused_in_a_replay_that_sees_later_cases() -> None:
    """The command comes before the case. Its account's own record is ahead of the partition's, which is lost."""
    line = line_of()
    line.send(level(80, NOON))
    line.settle()
    command(line, "acknowledge", NOON + 1, rule="low")
    line.send(level(30, NOON + HOUR_MS))
    line.work()
    partition = line.partitions[0]
    flush = partition.take_transitions(line.now_ms)
    line.changelogs[0].extend(pair for group in flush.changelog for pair in group)
    line.crash()
    line.settle()
    assert told(line) == [("opened", "first")]
    assert [letter.reason for letter in line.dead_letters] == ["invalid"]
    assert line.answers["acme"].cases[0].status == "open"


def test_a_case_under_another_policy_is_judged_in_a_walk_and_floods_nobody() -> None:
    """What holds already is no news under a new rule; the case of a rule that is gone is over."""
    line = fallen()
    line.send(level(30, NOON + 2 * HOUR_MS, account="globex"))
    line.settle()
    changed = policy_of(other=LOW)
    line.policy, line.plan = changed, Plan(MODEL, watches=changed.watches)
    before = len(line.steps)
    line.crash()
    assert line.partitions[0].is_walking
    line.settle()
    steps = line.steps[before:]
    found = {(step.account_id, step.rule, step.reason) for step in steps if step.is_told}
    assert found == {("acme", "low", "rule_changed"), ("globex", "low", "rule_changed")}
    assert line.answers["acme"].cases == ()
    line.crash()
    assert not line.partitions[0].is_walking


def test_an_account_from_before_there_were_rules_gets_cases_without_an_alert() -> None:
    line = Line(Plan(MODEL))
    line.send(level(30, NOON))
    line.settle()
    line.policy = POLICY
    line.crash()
    line.settle()
    line.partitions[0].accounts["acme"].hydrate(line.partitions[0].fold)
    assert "cases" in line.partitions[0].accounts["acme"].matters
    assert told(line) == []
    line.send(level(80, NOON + HOUR_MS))
    line.send(level(30, NOON + 2 * HOUR_MS))
    line.settle()
    assert ("opened", "first") in told(line)


def test_an_accounts_outbox_is_bounded() -> None:
    line = line_of()
    for number in range(40):
        line.send(level(80 if number % 2 else 30, NOON + number * HOUR_MS))
    stored_most = 0
    while line.step():
        if (stored := line.partitions[0].accounts.get("acme")) is not None and stored.account is not None:
            stored_most = max(stored_most, stored.unsent)
    assert OUTBOX_MAX <= stored_most < OUTBOX_MAX + 8


def test_open_cases_are_counted_also_after_a_restore() -> None:
    line = fallen()
    assert dict(line.partitions[0].scorer.ledger.open_cases) == {("low", "open"): 1}
    line.crash()
    assert dict(line.partitions[0].scorer.ledger.open_cases) == {("low", "open"): 1}
    line.send(level(90, NOON + 3 * HOUR_MS))
    line.settle()
    assert +line.partitions[0].scorer.ledger.open_cases == {}


def test_a_busy_account_within_its_band_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_of()
    line.send(level(80, NOON))
    line.settle()
    matter = line.partitions[0].accounts["acme"].matters["cases"]
    low, high = matter.band
    assert low <= 80 < high

    def called(*_: Any) -> Any:
        raise AssertionError("it has nothing to do")

    monkeypatch.setattr(type(matter), "on_score", called)
    for step in range(1, 9):
        line.send(level(80 + step / 100, NOON + step))
    line.settle()
    assert line.answers["acme"].score == 80.08


def test_a_rule_for_some_tiers_sees_a_fall_that_changes_nothing_else() -> None:
    line = line_of(policy_of(seats=msgspec.structs.replace(SEATS, only=Only(tiers=("red",)))))
    line.send(level(80, NOON, seats=20))
    line.send(level(30, NOON + HOUR_MS, seats=20))
    line.settle()
    assert told(line) == [("opened", "first")]


@pytest.mark.parametrize("reached", ["records", "offsets"])
def test_one_command_on_as_many_cases_as_can_be_fits_into_the_record(reached: Reached) -> None:
    """64 rules, 16 traits, every text as long as it may be: the steps of one command would be longer than a record."""
    names, long = [f"trait_{number}" for number in range(16)], "界"
    texts = {name: {"kind": "last", "property": name, "type": "text"} for name in names}
    model = a_model(
        {"level": {"kind": "last", "property": "level"}, "seats": {"kind": "last", "property": "seats"}, **texts},
        {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
    )
    rules: dict[str, Rule] = {f"rule_{number}": SEATS for number in range(64)}
    routes = {"all": Route()}
    table = AlertRules(header=Header(name="test"), rules=rules, routes=routes, traits={name: name for name in names})
    policy = Policy(table, model.tiers)
    line = Line(Plan(model, watches=policy.watches), policy=policy)
    line.send(level(80, NOON, seats=5))
    line.send(level(80, NOON + HOUR_MS, seats=15, **dict.fromkeys(names, long * 1_000)))
    line.settle()
    note = CaseCommand(
        instant_ms=NOON + 2 * HOUR_MS,
        account_id="acme",
        command="note",
        author=long * 200,
        reason=long * 500,
        action=long * 200,
    )
    line.control(note, 0)
    line.work()
    line.crash(reached=reached)
    line.settle()
    assert len(line.steps) == 128
    assert sum(map(len, list(dict.fromkeys(line.step_bodies))[64:])) > RECORD_MAX_BYTES
    assert max(len(value or b"") for _, value in line.changelogs[0]) < RECORD_MAX_BYTES / 2


def test_a_rule_for_some_traits_sees_that_an_account_gets_one_and_loses_it() -> None:
    """Nothing but the trait changes: of many accounts it comes after the first score."""
    model = a_model(
        {
            "level": {"kind": "last", "property": "level"},
            "segment": {"kind": "last", "property": "segment", "type": "text"},
        },
        {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
    )
    low = msgspec.structs.replace(LOW, only=Only(traits={"size": ("big", "huge")}))
    table = AlertRules(header=Header(name="t"), rules={"low": low}, routes={"a": Route()}, traits={"size": "segment"})
    policy = Policy(table, model.tiers)
    line = Line(Plan(model, watches=policy.watches), policy=policy)
    for hour, segment in enumerate(("", "small", "big", "huge", "small")):
        line.send(level(80 if hour == 0 else 30, NOON + hour * HOUR_MS, **({"segment": segment} if segment else {})))
        line.settle()
        told_then = told(line)
        assert told_then == [[], [], [("opened", "first")]][min(hour, 2)] + [("resolved", "resolved")] * (hour == 4)
