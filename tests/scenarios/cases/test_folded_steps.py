"""The decisions that a preview folds are those that a worker under the event clock makes."""

from __future__ import annotations

import random

import msgspec
import pytest

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    Header,
    MrrRule,
    Route,
    Rule,
    TierRule,
)
from alerts.step import AlertStep
from scoring.event.event import Event
from scoring.instants import DAY_MS, FAR, HOUR_MS
from scoring.model.schema import Condition
from scoring.plan.plan import Plan
from streams.replay.by_account.account_steps import AccountSteps, counted
from tests.builders import Sent, a_model, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-02T12:00Z")
MODEL = a_model(
    {
        "level": {"kind": "last", "property": "level"},
        "mrr": {"kind": "last", "property": "mrr"},
        "seats": {"kind": "last", "property": "seats"},
        "logins": {"kind": "count", "window": "3d"},
    },
    {
        "level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 3},
        "logins": {"shape": "ratio", "signal": "logins", "of": 6, "weight": 1},
    },
    flags={"dark": {"when": [{"signal": "logins", "at_most": 0}], "label": "Dark"}},
)
RULES: dict[str, Rule] = {
    "tier": TierRule(
        severities={"red": "critical", "yellow": "warning"},
        margin=3.0,
        dwell="6h",
        exit_dwell="2h",
        escalate_after="1d",
    ),
    "drop": DropRule(points=10.0, within="24h"),
    "dark": FlagRule(flags=("dark",), dwell="1h"),
    "seats": ConditionRule(when=(Condition(signal="seats", above=10),), severity="good"),
    "money": MrrRule(share=0.1, within="2d"),
}


def policy(rules: dict[str, Rule]) -> Policy:
    return Policy(AlertRules(header=Header(name="test"), rules=rules, routes={"all": Route()}), MODEL.tiers)


def history(seed: int) -> list[Sent]:
    """Events of one account over three weeks: a score that wanders, pauses, seats and money that change."""
    rng = random.Random(seed)
    at, level, found = NOON, 80.0, []
    for _ in range(120):
        at += round(rng.choice((0.2, 1, 5, 30)) * HOUR_MS * rng.random()) + 1
        level = min(100.0, max(0.0, level + rng.gauss(0, 12)))
        found.append(usage(at=at, level=round(level, 1), mrr=rng.choice((100, 90, 80)), seats=rng.choice((5, 5, 12))))
    return found


def folded(events: list[Sent], end_ms: int, *policies: Policy) -> list[list[AlertStep]]:
    plan = Plan(MODEL, watches=policies[0].watches)
    decoded: list[Event] = [plan.decoder.decode(each.topic, each.value, 0, FAR) for each in events]
    account = AccountSteps(plan, policies, "acme", decoded[0].occurred_at_ms)
    account.fold(decoded, [], end_ms)
    return account.steps


def bare(steps: list[AlertStep]) -> list[AlertStep]:
    """Without the message that an event came as, which a file does not have."""
    return [msgspec.structs.replace(step, cause=step.cause and step.cause.words) for step in steps]


@pytest.mark.parametrize("seed", range(12))
def test_a_fold_decides_as_a_worker_does(seed: int) -> None:
    events, rules = history(seed), policy(RULES)
    end_ms = at_ms("2026-04-20T12:00Z")
    line = Line(Plan(MODEL, watches=rules.watches), policy=rules)
    for sent in events:
        line.send(sent)
    line.settle()
    line.tick(end_ms, declare=False)
    (steps,) = folded(events, end_ms, rules)
    assert bare(steps) == bare(line.steps)
    assert {step.rule for step in steps} == set(RULES)


def test_several_rules_in_one_fold_decide_as_each_alone() -> None:
    events, end_ms = history(3), NOON + 60 * DAY_MS
    other = dict(RULES) | {"tier": msgspec.structs.replace(RULES["tier"], dwell="", exit_dwell="")}
    both = folded(events, end_ms, policy(RULES), policy(other))
    assert both == [*folded(events, end_ms, policy(RULES)), *folded(events, end_ms, policy(other))]
    assert both[0] != both[1]


def test_steps_before_the_time_that_is_asked_for_are_left_out() -> None:
    (steps,) = folded(history(1), NOON + 60 * DAY_MS, policy(RULES))
    middle = steps[len(steps) // 2].as_of_ms
    found = counted(steps, middle)
    assert len(found.told) + found.suppressed.total() == sum(step.as_of_ms >= middle for step in steps)
