"""Floods over one partition, taken natively and by the reference: every flush is the same to the byte."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import msgspec
import pytest

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.control.messages import EndOverride, SetOverride, Tick
from streams.engine.partition.partition import Partition
from streams.topics import TOPICS
from tests.builders import a_model, at_ms
from tests.kernel.engine.run_line import RunLine
from tests.kernel.flood_models import flood_plan
from tests.properties.strategies import NAMES, PROPERTIES
from tests.simulation.alert_workload import policy_of
from tests.support.in_memory_cluster import FAR_FUTURE_MS

START_MS = at_ms("2026-05-10T10:20:30Z")
ACCOUNTS = ("acme", "globex", "tiny", "initech", "hooli", "ümläut", "stark")
EVENTS = 400
SEEDS = range(16)


LEVELS = a_model(
    {"level": {"kind": "last", "property": "level"}, "busy": {"kind": "count", "window": "2h"}},
    {
        "level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 4},
        "busy": {"shape": "ratio", "signal": "busy", "of": 9, "weight": 1},
    },
)
"""Its score goes up and down with every event, mostly within a tier."""


class Pair:
    """One deployment with each fold, to which the same happens."""

    def __init__(self, number: int) -> None:
        self.luck = random.Random(f"flood {number}")
        self.clock: ClockKind = "wall" if number // 3 % 2 else "event"
        model = flood_plan(number).model if number % 3 else LEVELS
        plan, other = Plan(model), Plan(model)
        policy = policy_of(plan.model, number) if number % 4 else None
        now_ms = START_MS if self.clock == "wall" else FAR_FUTURE_MS
        self.native = RunLine(plan, self.clock, now_ms, policy, uses_kernel=True)
        self.plain = RunLine(other, self.clock, now_ms, policy, uses_kernel=False)
        self.both = (self.native, self.plain)
        self.now_ms = START_MS
        self.sent: list[tuple[int, bytes, int]] = []

    def each(self, what: str, *arguments: Any, **named: Any) -> None:
        for line in self.both:
            getattr(line, what)(*arguments, **named)

    def event(self, number: int) -> None:
        luck = self.luck
        self.now_ms += luck.choice((0, 1_000, MINUTE_MS, 20 * MINUTE_MS))
        if self.sent and luck.random() < 0.05:
            topic_index, value, at = luck.choice(self.sent)
        else:
            topic = luck.choices(INPUT_TOPICS, (5, 2, 2, 2))[0]
            at = self.now_ms - (luck.choice((2 * HOUR_MS, 3 * DAY_MS, 60 * DAY_MS)) if luck.random() < 0.05 else 0)
            body = {"account_id": luck.choice(ACCOUNTS), "event": luck.choice(NAMES[topic]), "timestamp": at}
            level = luck.choices((85 + number % 9, 50, 10), (18, 1, 1))[0]
            body |= {"properties": {"level": level, **luck.choice(PROPERTIES[topic])}, "user_id": f"u{number % 3}"}
            if luck.random() < 0.5:
                body["id"] = f"id{number}"
            topic_index, value = TOPICS.index(topic), msgspec.json.encode(body)
        self.sent.append((topic_index, value, at))
        for line in self.both:
            line.now_ms = max(line.now_ms, self.now_ms)
        headers = (("vitals-origin", b"billing/1/7"),) if luck.random() < 0.02 else ()
        self.each("send_raw", topic_index, value if luck.random() < 0.99 else b"{", timestamp=at, headers=headers)

    def disturb(self) -> None:
        luck, instant_ms, account = self.luck, self.now_ms, self.luck.choice(ACCOUNTS)
        until_ms = instant_ms + luck.choice((HOUR_MS, DAY_MS))
        match luck.randrange(12):
            case 0:
                of: dict[str, Any] = {"instant_ms": instant_ms, "account_id": account, "author": "ann"}
                self.each("control", SetOverride(score=30.0, reason="known", until_ms=until_ms, **of), 0)
            case 1:
                self.each("control", EndOverride(instant_ms=instant_ms, account_id=account, author="ann"), 0)
            case 2:
                self.each("control", Tick(instant_ms=instant_ms, declare=luck.random() < 0.5), 0)
            case 3:
                reached = luck.choice(("nothing", "some records", "records", "outputs", "offsets"))
                self.each("crash", 0, reached, luck.randrange(4))
            case 4:
                self.each("take_transitions")
            case 5:
                for line in self.both:
                    while line.partitions[0].compute_next_forecast():
                        pass
            case _:
                self.each("flush")

    def compare(self) -> None:
        for one, other in zip(self.native.flushes, self.plain.flushes, strict=True):
            for field in one.__struct_fields__:
                assert getattr(one, field) == getattr(other, field), field
        assert self.native.changelogs == self.plain.changelogs
        counted, plainly = (told(line.partitions[0]) for line in self.both)
        assert counted == plainly


def told(partition: Partition) -> tuple[object, ...]:
    """What a partition counts, and what it holds of its accounts."""
    ledger = dict(vars(partition.scorer.ledger))
    live = partition.arrivals.events, partition.arrivals.latest_ms
    offsets = partition.applied_offsets, partition.taken
    accounts = [(name, held.timer_ms, held.tier, held.mrr) for name, held in partition.accounts.items()]
    waiting = list(partition.pending.changed), list(partition.pending.unanswered)
    return Counter(partition.outcomes), ledger, live, offsets, partition.as_of_ms, accounts, waiting


@pytest.mark.parametrize("number", SEEDS)
def test_every_flush_is_the_same_to_the_byte(number: int) -> None:
    pair = Pair(number)
    for event in range(EVENTS):
        pair.event(event)
        if pair.luck.random() < 0.04:
            pair.each("work")
            pair.compare()
            pair.disturb()
    pair.each("settle")
    pair.compare()
    assert pair.native.taken > 0.3 * EVENTS, "many events are taken natively, in spite of all that happens"
