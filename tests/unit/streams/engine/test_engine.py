"""When a cohort norm is asked for: each hour, at once while there is none, and at once when a new source was sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scoring.instants import HOUR_MS
from scoring.plan.plan import Plan
from streams.control.messages import Norm, NormDue, decode_control, encode_control
from streams.deployment.settings import Settings
from streams.engine.engine import NORM_RETRY_MS, Engine, new_partition
from streams.operations.metrics import WorkerMetrics
from streams.topics import CONTROL_INDEX, TOPICS, partition_of
from tests.builders import Message, a_model, an_exception, at_ms, usage
from tests.fakes import ManualClock

NOON = at_ms("2026-03-01T12:00Z")
SOURCES: dict[str, Any] = {"errors": {"topics": ["exceptions"]}, "tickets": {"topics": ["tickets"]}}
PLAN = Plan(
    a_model(
        {"errors": {"kind": "count", "window": "14d", "topics": ["exceptions"]}},
        {"it": {"shape": "ratio", "signal": "errors", "of": 10, "source": "errors", "weight": 1}},
        sources=SOURCES,
    )
)
PARTITIONS = 2
NAMES = {partition_of(name.encode(), PARTITIONS): name for name in ("acme", "globex", "hooli", "initech")}


class Worker:
    """An engine that owns some partitions."""

    def __init__(self, *numbers: int) -> None:
        settings = Settings(partitions=PARTITIONS)
        self.clock = ManualClock((NOON + 60_000) / 1_000)
        self.engine = Engine(settings, PLAN, self.clock, WorkerMetrics(), asyncio.Event())
        self.engine.assign([new_partition(number, settings, PLAN, epoch=1) for number in numbers])
        self._offsets = dict.fromkeys(range(PARTITIONS), 0)

    def asked(self, after_ms: int = 0) -> list[int]:
        """The instants for which norms are asked for after so long, each once for all partitions."""
        self.clock.seconds += after_ms / 1_000
        self.engine.ask_for_norm()
        controls = [each for partition in self.engine.partitions.values() for each in partition.controls]
        for partition in self.engine.partitions.values():
            partition.controls = []
        due = [control.instant_ms for _, body in controls if isinstance(control := decode_control(body), NormDue)]
        assert len(due) % PARTITIONS == 0
        return due[::PARTITIONS]

    def take(self, number: int, topic_index: int, value: bytes) -> None:
        message = Message(self._offsets[number], self.clock.now_ms(), NAMES[number].encode(), value)
        self._offsets[number] += 1
        assert self.engine.partitions[number].process(topic_index, [message], self.clock.now_ms()) == 1

    def take_norm(self, **sent: float) -> None:
        values = {"source:errors": 0.0, "source:tickets": 0.0} | {f"source:{name}": 1.0 for name in sent}
        for number in self.engine.partitions:
            control = encode_control(Norm(instant_ms=self.clock.now_ms(), values=values))
            self.take(number, CONTROL_INDEX, control)

    def sends_an_error(self, number: int) -> None:
        sent = an_exception(NAMES[number], self.clock.now_ms())
        self.take(number, TOPICS.index("exceptions"), sent.value)


def test_at_first_at_once_and_then_each_hour_though_nobody_ever_sent_anything() -> None:
    worker = Worker(0, 1)
    assert worker.asked() == [worker.clock.now_ms()]
    assert worker.asked(1) == [], "the first is on its way"
    assert worker.asked(NORM_RETRY_MS) == [worker.clock.now_ms()]
    worker.take_norm()
    for number in (0, 1):
        sent = usage(NAMES[number], worker.clock.now_ms())
        worker.take(number, TOPICS.index("analytics"), sent.value)
    assert worker.asked(30 * 60_000) == [], "a norm of zeros is a norm"
    assert worker.asked(HOUR_MS) == [NOON + HOUR_MS]


@pytest.mark.parametrize("number", [0, 1])
def test_a_source_that_is_new_to_the_fleet_is_asked_about_at_once_from_any_partition(number: int) -> None:
    worker = Worker(0, 1)
    worker.take_norm()
    assert worker.asked(NORM_RETRY_MS) == []
    worker.sends_an_error(number)
    assert worker.asked() == [worker.clock.now_ms()]
    assert worker.asked(NORM_RETRY_MS - 1) == []
    worker.take_norm(errors=1.0)
    assert worker.asked(NORM_RETRY_MS) == [], "it is known now"
    worker.sends_an_error(1 - number)
    assert worker.asked(NORM_RETRY_MS) == [], "and is no news from another account"


def test_without_partition_0_only_news_are_asked_about() -> None:
    worker = Worker(1)
    assert worker.asked() == worker.asked(HOUR_MS) == []
    worker.take_norm()
    worker.sends_an_error(1)
    assert worker.asked(1) == [worker.clock.now_ms()]
