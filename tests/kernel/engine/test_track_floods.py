"""Floods whose scores fall and rise all the time, under rules about falls: looks record natively what those of the
reference record, to the byte of every flush."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    Header,
    MrrRule,
    Only,
    Route,
    Rule,
    TierRule,
)
from scoring.instants import DAY_MS, MINUTE_MS
from scoring.model.model import Model
from scoring.model.schema import Condition
from scoring.plan.plan import Plan
from streams.engine.matters.cases_matter import CasesMatter
from streams.topics import TOPICS
from tests.builders import a_model
from tests.kernel.engine.run_line import RunLine
from tests.kernel.engine.test_loop_floods import START_MS, Pair
from tests.support.in_memory_cluster import FAR_FUTURE_MS

ACCOUNTS = tuple(f"account {number}" for number in range(5))
EVENTS = 500
SEEDS = range(24)
MODEL = a_model(
    {
        "level": {"kind": "last", "property": "level"},
        "past": {"kind": "last", "property": "past"},
        "busy": {"kind": "count", "window": "2h"},
        "mrr": {"kind": "last", "property": "mrr", "topics": ["billing"]},
    },
    {
        "level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 6},
        "past": {"shape": "ratio", "signal": "past", "of": 100, "weight": 3},
        "busy": {"shape": "ratio", "signal": "busy", "of": 9, "weight": 1},
    },
    flags={"loud": {"when": [{"signal": "level", "at_least": 99}]}},
)
"""Its score goes up and down with every event. `past` is sent of long ago, so that it comes as a backfill."""


def policy_of(model: Model, number: int) -> Policy:
    """Several rules about falls, and by turns one of each kind beside them."""
    drawn = random.Random(f"tracks {number}")
    names = [tier.name for tier in model.tiers]
    rules: dict[str, Rule] = {
        "drop": DropRule(points=drawn.choice((5.0, 15.0)), within="2h", exit_dwell=drawn.choice(("", "1h"))),
        "deep": DropRule(points=40.0, within="24h", dwell=drawn.choice(("", "30m")), only=Only(tiers=(names[0],))),
    }
    others: dict[str, Rule] = {
        "slight": DropRule(points=drawn.choice((0.3, 2.0)), within=drawn.choice(("1m", "20m"))),
        "tier": TierRule(
            severities=dict.fromkeys(names[:-1], "warning"),
            margin=3.0,
            dwell="1h",
            escalate_after="5h",
            exit_dwell="2h",
        ),
        "loud": FlagRule(flags=("loud",)),
        "pays_less": MrrRule(share=0.1, within="1h", only=Only(tiers=(names[-1],))),
        "known": ConditionRule(when=(Condition(signal="busy", at_least=6.0),), exit_dwell="10m"),
        "soon": ForecastRule(tiers=(names[0],), lead="3d", near=10.0),
    }
    rules |= {name: rule for name, rule in others.items() if drawn.random() < 0.4}
    return Policy(AlertRules(header=Header(name="tracks"), rules=rules, routes={"all": Route()}), model.tiers)


class TrackPair(Pair):
    """One deployment with each fold, whose scores move."""

    def __init__(self, number: int) -> None:
        self.luck = random.Random(f"tracks of flood {number}")
        self.clock = "wall" if number % 2 else "event"
        now_ms = START_MS if self.clock == "wall" else FAR_FUTURE_MS
        plan, other = Plan(MODEL), Plan(MODEL)
        policy = policy_of(MODEL, number)
        self.native = RunLine(plan, self.clock, now_ms, policy, uses_kernel=True)
        self.plain = RunLine(other, self.clock, now_ms, policy, uses_kernel=False)
        self.both = (self.native, self.plain)
        self.now_ms = START_MS
        self.levels = Counter(dict.fromkeys(ACCOUNTS, 70))
        if number % 3:  # their first days are over
            self.each_account_begins()

    def each_account_begins(self) -> None:
        for name in ACCOUNTS:
            self.send("analytics", name, {"level": 70})
        self.each("work")
        self.now_ms += DAY_MS
        for line in self.both:
            line.now_ms = max(line.now_ms, self.now_ms)
        self.each("work")

    def event(self, number: int) -> None:
        luck, name = self.luck, self.luck.choice(ACCOUNTS)
        self.now_ms += luck.choice((0, 1_000, MINUTE_MS, 7 * MINUTE_MS))
        for line in self.both:
            line.now_ms = max(line.now_ms, self.now_ms)
        if luck.random() < 0.1:
            self.send("analytics", name, {"past": luck.randrange(100)}, 3 * DAY_MS)
        elif luck.random() < 0.06:
            self.send("billing", name, {"mrr": luck.choice((None, 0, 0, 0.001, 100, 97, 93, 120))})
        else:
            step = luck.choices((-40, -9, -2, -1, 0, 1, 2, 9, 40), (1, 4, 9, 9, 9, 9, 9, 4, 1))[0]
            self.levels[name] = min(100, max(0, self.levels[name] + step))
            self.send("analytics", name, {"level": self.levels[name] + luck.choice((0, 0, 0.25, 0.125))})

    def send(self, topic: str, account: str, properties: dict[str, Any], ago_ms: int = 0) -> None:
        at = self.now_ms - ago_ms
        body = {"account_id": account, "event": "login", "timestamp": at, "properties": properties, "user_id": "u"}
        self.each("send_raw", TOPICS.index(topic), msgspec.json.encode(body), timestamp=at)


def live(number: int) -> None:
    """A flood.

    Raises:
        AssertionError: when both folds differ.
    """
    pair = TrackPair(number)
    for event in range(EVENTS):
        pair.event(event)
        if pair.luck.random() < 0.15:
            pair.each("work")
            pair.each("flush")
            pair.compare()
            if pair.luck.random() < 0.2:
                pair.disturb()
    pair.each("settle")
    pair.compare()


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long the memories are that matters adopt."""
    lengths: list[int] = []
    adopt = CasesMatter.recorded

    def noted(self: CasesMatter, score: float, memories: Sequence[Sequence[int]]) -> None:
        lengths.extend(map(len, memories))
        adopt(self, score, memories)

    monkeypatch.setattr(CasesMatter, "recorded", noted)
    return lengths


@pytest.mark.parametrize("number", SEEDS)
def test_looks_record_natively_what_they_record_in_the_reference(number: int, recorded: list[int]) -> None:
    live(number)
    assert len(recorded) > 30, "looks were made natively"
    assert max(recorded) > 3, "and some scores are remembered that came before"
