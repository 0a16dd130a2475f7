"""Batches through the engine, taken natively and by the reference: every flush is the same to the byte."""

from __future__ import annotations

import asyncio
import random
from typing import Any, NamedTuple

import msgspec
import pytest

from alerts.lifecycle.policy import Policy
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.plan.plan import Plan
from streams.clock_kind import ClockKind
from streams.control.messages import EndOverride, SetOverride, Tick, encode_control
from streams.deployment.settings import Settings
from streams.engine.engine import Engine, new_partition
from streams.errors import UnreadableMessage
from streams.operations.metrics import WorkerMetrics
from streams.topics import CONTROL, CONTROL_INDEX, TOPICS
from tests.batches import Batch, broken_behind
from tests.builders import Message
from tests.fakes import ManualClock
from tests.kernel.engine.test_loop_floods import ACCOUNTS, LEVELS, START_MS, told
from tests.kernel.flood_models import flood_plan
from tests.properties.strategies import NAMES, PROPERTIES
from tests.simulation.alert_workload import policy_of
from tests.support.in_memory_cluster import FAR_FUTURE_MS

STEPS = 80
SEEDS = range(18)


class Fetched(NamedTuple):
    """What is fed at once of one topic."""

    topic: str
    messages: list[Message]
    next_offset: int
    at_end: bool


class Worker:
    """One partition and its engine. Batches are of sizes that the other does not have."""

    def __init__(
        self, plan: Plan, kind: ClockKind, clock: ManualClock, policy: Policy | None, *, natively: bool
    ) -> None:
        settings = Settings(partitions=1, clock=kind)
        self.engine = Engine(settings, plan, clock, WorkerMetrics(), asyncio.Event())
        self.partition = new_partition(0, settings, plan, 1, policy, uses_kernel=natively)
        self.engine.assign([self.partition])
        self.luck = random.Random(f"{natively}")

    def feed(self, fetched: Fetched, *, is_broken: bool) -> None:
        """Feed it in batches of any size, some without messages; behind the last may be one that cannot be read."""
        batches, left = [], fetched.messages
        while left:
            each = self.luck.choice((1, 2, 7, 50))
            if any(message.timestamp_type for message in left[:each]):
                each = 1  # the time of the broker is that of the whole batch
            some, left = left[:each], left[each:]
            next_offset = left[0].offset if left else fetched.next_offset
            batches.append(Batch(some, some[0].offset, next_offset))
            if self.luck.random() < 0.1:
                batches.append(Batch([], next_offset, next_offset))
        if is_broken:
            batches.append(broken_behind([Message(fetched.next_offset, 1, None, b"")])._replace(listed=[]))
        self.engine.feed(fetched.topic, 0, batches, at_end=fetched.at_end)

    def work(self, flushes: list[Any], now_ms: int) -> str:
        """Apply all that is ready. Returns why it cannot go on, "" when it can."""
        try:
            while self.engine.work() or self.engine.is_backpressured:
                if self.engine.is_backpressured:
                    self.flush(flushes, now_ms)
        except UnreadableMessage as error:
            return str(error)
        return ""

    def flush(self, flushes: list[Any], now_ms: int) -> None:
        flush = self.partition.take_flush(now_ms)
        self.partition.confirm(flush)
        flushes.append(flush)


class Flood:
    """Topics that are written, and two workers that read them."""

    def __init__(self, number: int) -> None:
        self.luck = random.Random(f"batches {number}")
        kind: ClockKind = "wall" if number // 3 % 2 else "event"
        plan = Plan(flood_plan(number).model if number % 3 else LEVELS)
        policy = policy_of(plan.model, number) if number % 4 else None
        self.now_ms = START_MS
        self.is_wall = kind == "wall"
        self.clock = ManualClock((START_MS if self.is_wall else FAR_FUTURE_MS) / 1_000)
        self.workers = [Worker(plan, kind, self.clock, policy, natively=natively) for natively in (True, False)]
        self.flushes: tuple[list[Any], list[Any]] = ([], [])
        self.logs: dict[str, list[Message]] = {topic: [] for topic in TOPICS}
        self.read = dict.fromkeys(TOPICS, 0)
        self.sent = 0

    def write(self) -> None:
        """A few more messages, of any topic."""
        luck = self.luck
        for _ in range(luck.randrange(12)):
            self.now_ms += luck.choice((0, 0, 1_000, MINUTE_MS, 20 * MINUTE_MS))
            topic = luck.choices(INPUT_TOPICS, (5, 2, 2, 2))[0]
            at = self.now_ms - (luck.choice((2 * HOUR_MS, 3 * DAY_MS)) if luck.random() < 0.05 else 0)
            body = {"account_id": luck.choice(ACCOUNTS), "event": luck.choice(NAMES[topic]), "timestamp": at}
            level = luck.choices((85 + self.sent % 9, 50, 10), (18, 1, 1))[0]
            body |= {"properties": {"level": level, **luck.choice(PROPERTIES[topic])}, "user_id": "u"}
            value: bytes | None = msgspec.json.encode(body)
            headers: Any = (("vitals-origin", b"billing/1/7"),) if luck.random() < 0.03 else ()
            if luck.random() < 0.02:
                value = luck.choice((None, b"{", b""))
            self._write(topic, value, at - luck.choice((0, 0, 0, 60_000)), headers)
        if luck.random() < 0.15:
            self._write_control()

    def _write_control(self) -> None:
        luck = self.luck
        of: dict[str, Any] = {"account_id": luck.choice(ACCOUNTS), "author": "ann", "instant_ms": self.now_ms}
        control = luck.choice(
            (
                Tick(instant_ms=self.now_ms, declare=luck.random() < 0.5),
                SetOverride(score=30.0, reason="known", until_ms=self.now_ms + HOUR_MS, **of),
                EndOverride(**of),
            )
        )
        self._write(CONTROL, encode_control(control), self.now_ms)

    def _write(self, topic: str, value: bytes | None, at: int, headers: Any = ()) -> None:
        log = self.logs[topic]
        offset = log[-1].offset + self.luck.choice((1, 1, 1, 4)) if log else 0
        log.append(Message(offset, at, None, value, headers, self.luck.choice((0, 0, 0, 1))))
        self.sent += 1

    def fetch(self, topic: str, *, is_broken: bool = False) -> None:
        """Feed some of what was written of a topic."""
        log = self.logs[topic]
        waiting = [message for message in log if message.offset >= self.read[topic]]
        some = waiting[: self.luck.choice((3, 40))]
        self.read[topic] = some[-1].offset + 1 if some else self.read[topic]
        fetched = Fetched(topic, some, self.read[topic], len(some) == len(waiting))
        for worker in self.workers:
            worker.feed(fetched, is_broken=is_broken)

    def drop(self) -> None:
        """Reading begins again, behind what was applied."""
        for worker in self.workers:
            worker.engine.drop_unapplied()
        self.read = {topic: self.workers[0].engine.applied(topic, 0) + 1 for topic in TOPICS}

    def pass_time(self) -> None:
        self.clock.seconds += self.luck.choice((0.0, 0.1, 3.0, 40.0))
        if self.is_wall:
            self.clock.seconds = max(self.clock.seconds, self.now_ms / 1_000)

    def work(self) -> str:
        """Both apply what is ready, and are compared."""
        now_ms = self.clock.now_ms()
        one, other = (worker.work(flushes, now_ms) for worker, flushes in zip(self.workers, self.flushes, strict=True))
        assert one == other
        if self.luck.random() < 0.3:
            for worker, flushes in zip(self.workers, self.flushes, strict=True):
                worker.flush(flushes, now_ms)
        self.compare()
        return one

    def compare(self) -> None:
        for one, other in zip(*self.flushes, strict=True):
            for field in one.__struct_fields__:
                assert getattr(one, field) == getattr(other, field), field
        for flush in self.flushes[0]:
            for _, control in flush.controls:
                self._write(CONTROL, control, self.now_ms)
        for each in self.flushes:
            each.clear()
        native, plain = self.workers
        assert told(native.partition) == told(plain.partition)
        assert native.engine.held == plain.engine.held
        for topic in TOPICS:
            assert native.engine.has_nothing_of(topic, 0) == plain.engine.has_nothing_of(topic, 0)
            assert native.engine.is_full(topic, 0) == plain.engine.is_full(topic, 0)
        assert native.engine.take_oldest_ms(0) == plain.engine.take_oldest_ms(0)


@pytest.mark.parametrize("number", SEEDS)
def test_every_flush_is_the_same_to_the_byte(number: int) -> None:
    flood = Flood(number)
    for _ in range(STEPS):
        flood.write()
        for topic in flood.luck.sample(TOPICS, flood.luck.randrange(len(TOPICS) + 1)):
            flood.fetch(topic)
        flood.pass_time()
        assert not flood.work()
        if flood.luck.random() < 0.02:
            flood.drop()
    for topic in TOPICS * 9:
        flood.fetch(topic)
    flood.clock.seconds += 1_000
    flood.work()
    events = sum(map(len, flood.logs.values())) - len(flood.logs[CONTROL])
    loop = flood.workers[0].partition.loop
    assert loop is not None
    assert loop.taken > (0 if number % 3 else 0.3 * events), (
        "many events are taken natively, in spite of all that happens"
    )


@pytest.mark.parametrize("number", range(6))
def test_what_cannot_be_read_ends_both_at_the_same_place(number: int) -> None:
    flood = Flood(number)
    for step in range(12):
        flood.write()
        for topic in TOPICS:
            flood.fetch(topic, is_broken=step == 8 and topic == TOPICS[number % CONTROL_INDEX])
        flood.pass_time()
        if flood.work():
            assert step >= 8
            break
    else:
        raise AssertionError("nobody noticed it")
    assert flood.work(), "and again at each further call"
