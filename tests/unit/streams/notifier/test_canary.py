"""What the notifier makes of canaries that it reads."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from alerts.lifecycle.canary import canary_steps
from alerts.step import AlertStep
from streams.clock_kind import ClockKind
from streams.control.messages import Canary, decode_control
from streams.deployment.settings import Settings
from streams.notifier.canary import FIRST_MS, KEY, CanaryWatch, send_canaries

NOW = 1_795_255_200_000


class Message(NamedTuple):
    key: bytes | None
    value: bytes | None
    partition: int = 3


class Seen:
    """`CanaryMetrics` that a test can read."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, float, float]] = []

    def canary_expected(self, partition: int, since_seconds: float) -> None:
        raise AssertionError("not by reading")

    def canary_seen(self, partition: int, at_seconds: float, seconds: float) -> None:
        self.seen.append((partition, at_seconds, seconds))


def read(*messages: Message, after_ms: int = 2_500) -> list[tuple[int, float, float]]:
    metrics = Seen()
    watch = CanaryWatch(metrics)
    for message in messages:
        watch.take(message, NOW + after_ms)
    return metrics.seen


def sent(step: AlertStep) -> Message:
    return Message(KEY, msgspec.json.encode(step))


def test_a_case_that_opened_and_is_resolved_was_seen_with_its_time() -> None:
    opened, resolved = canary_steps(3, 7, NOW)
    assert read(sent(opened), sent(resolved)) == [(3, NOW / 1_000 + 2.5, 2.5)]


def test_half_a_canary_is_none() -> None:
    opened, resolved = canary_steps(3, 7, NOW)
    assert read(sent(opened)) == []
    assert read(sent(resolved)) == []


def test_a_repeat_counts_once() -> None:
    opened, resolved = canary_steps(3, 7, NOW)
    assert len(read(sent(opened), sent(resolved), sent(resolved))) == 1


def test_other_accounts_and_odd_bytes_are_left_alone() -> None:
    opened, resolved = canary_steps(3, 7, NOW)
    other = Message(b"acme", msgspec.json.encode(resolved))
    assert read(sent(opened), other, Message(KEY, b"{"), Message(KEY, None), Message(None, None)) == []


def test_a_clock_that_runs_behind_gives_no_negative_time() -> None:
    opened, resolved = canary_steps(3, 7, NOW)
    assert read(sent(opened), sent(resolved), after_ms=-90)[0][2] == 0.0


@pytest.mark.parametrize("clock", ["wall", "event"])
async def test_by_the_event_clock_a_canary_is_dated_before_all_that_it_could_hold_up(clock: ClockKind) -> None:
    class Sent:
        def __init__(self) -> None:
            self.times: list[tuple[int, int, bool]] = []

        async def send_and_wait(self, topic: str, value: bytes, *, partition: int, timestamp_ms: int) -> Any:
            canary = decode_control(value)
            assert isinstance(canary, Canary)
            self.times.append((partition, timestamp_ms, timestamp_ms == canary.instant_ms))

    producer = Sent()
    await send_canaries(Settings(partitions=2, clock=clock), cast("AIOKafkaProducer", producer))
    assert [(partition, is_now) for partition, _, is_now in producer.times] == [(n, clock == "wall") for n in (0, 1)]
    assert clock == "wall" or {at_ms for _, at_ms, _ in producer.times} == {FIRST_MS}
