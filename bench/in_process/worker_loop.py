"""One worker's event loop without its broker: the real engine, and the time of each turn that it takes of the loop.

A turn is all that runs between two points at which other tasks may have the loop: a call of `Engine.work`, or a step of
`FlushCycle.run` between two awaits. Flushes are made as the worker makes them: once a second, and at once when the
engine asks for it. What they hand out is counted and dropped, but for control messages, which wait until they are fed
back. Writing to brokers, and the reading of messages, are not in it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import NamedTuple

import msgspec

from bench.processes import resident_bytes
from scoring.plan.plan import Plan
from streams.changelog import records
from streams.control.messages import Control, encode_control
from streams.deployment.settings import Settings
from streams.engine.engine import Engine
from streams.engine.flush import Flush
from streams.engine.flush_cycle import FlushCycle
from streams.engine.partition.partition import Partition
from streams.engine.positions import Positions
from streams.topics import CONTROL, TOPICS
from tests.batches import batches_of
from tests.session_ports import SteadyPorts

FLUSH_SECONDS = 1.0
"""A worker flushes once a second."""
ANSWERS_SECONDS = 1.1
"""After this long every answer that was too soon after the last one is due."""


class Turn(msgspec.Struct, frozen=True):
    """One turn of the loop: `step` says what ran, `seconds` are of the wall, `cpu_seconds` of this process."""

    step: str
    seconds: float
    cpu_seconds: float


class ControlMessage(NamedTuple):
    """A control message as a consumer hands it over."""

    value: bytes
    timestamp: int
    offset: int
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp_type: int = 0


class CountedOutputs:
    """Where flushes go: counts them, and drops all but the control messages. Mutable."""

    def __init__(self) -> None:
        self.step = "take"
        """The step of the flush that runs: "take", then "confirm"."""
        self.accounts = 0
        """Accounts whose records were written, each as often as it was."""
        self.answers = 0
        self.bytes = 0
        """Of records, answers and notifications: keys and values, uncompressed."""
        self.controls: list[tuple[int, bytes]] = []

    async def write_changelog(self, flushes: Sequence[Flush]) -> None:
        for flush in flushes:
            self.accounts += sum(group[-1][0] != records.PARTITION_KEY for group in flush.changelog)
            self.bytes += sum(len(key) + len(value or b"") for group in flush.changelog for key, value in group)
        await asyncio.sleep(0)

    async def write_outputs(self, flushes: Sequence[Flush]) -> None:
        self.step = "confirm"
        for flush in flushes:
            self.answers += len(flush.scores)
            pairs = (*flush.scores, *flush.notifications)
            self.bytes += sum(len(key) + len(value or b"") for key, value in pairs)
            self.controls.extend(flush.controls)
        await asyncio.sleep(0)


class WorkerLoop:
    """The engine of one worker, driven turn by turn. Mutable."""

    def __init__(self, settings: Settings, plan: Plan) -> None:
        self.turns: list[Turn] = []
        self.outputs = CountedOutputs()
        self.peak_bytes = 0
        """The largest resident memory after any turn."""
        self._ports = SteadyPorts(settings, plan)
        ports = self._ports.with_writer(self.outputs)
        self._flush_signal = ports.tasks.new_signal()
        self.engine = Engine(settings, plan, ports.clock, ports.metrics, self._flush_signal)
        self._cycle = FlushCycle(self.engine, ports, self._flush_signal, longest_wait=0.0)
        self._positions = Positions({})
        self._offsets = [0] * settings.partitions
        self._flushed_at = time.monotonic()

    def assign(self, partitions: Sequence[Partition]) -> None:
        """Give the engine its restored partitions. Every topic is at its end."""
        self.engine.assign(partitions)
        self._positions = Positions({(topic, partition.number): 0 for topic in TOPICS for partition in partitions})
        for partition in partitions:
            for topic in TOPICS:
                self.engine.feed(topic, partition.number, [], at_end=True)

    def send(self, control: Control) -> None:
        """Feed a control message to every partition."""
        self.send_encoded((number, encode_control(control)) for number in self.engine.partitions)

    def send_encoded(self, controls: Iterable[tuple[int, bytes]]) -> None:
        """Feed control messages, each to its partition, with the time of now."""
        for number, value in controls:
            message = ControlMessage(value, int(time.time() * 1_000), self._offsets[number])
            self._offsets[number] += 1
            self.engine.feed(CONTROL, number, batches_of([message]), at_end=True)

    def take_controls(self) -> list[tuple[int, bytes]]:
        """The control messages that flushes handed out and that were not fed back so far."""
        controls, self.outputs.controls = self.outputs.controls, []
        return controls

    def turn(self, step: str, call: Callable[[], int]) -> int:
        """Run one turn and note what it took; returns what `call` does."""
        began, used = time.monotonic(), time.process_time()
        result = call()
        self.turns.append(Turn(step, time.monotonic() - began, time.process_time() - used))
        self.peak_bytes = max(self.peak_bytes, resident_bytes(os.getpid()))
        return result

    def run(self) -> None:
        """Work and flush until all that was fed is applied and written. Forecasts are not waited for."""
        while True:
            applied = self.turn("work", self.engine.work)
            goes_on = applied or self.engine.is_backpressured
            if self._flush_signal.is_set():
                self._flush(transitions_only=True)
            if not goes_on:
                break
            if time.monotonic() - self._flushed_at >= FLUSH_SECONDS:
                self._flush()
        self._flush()
        if any(partition.has_pending for partition in self.engine.partitions.values()):
            time.sleep(ANSWERS_SECONDS)
            self._flush()

    def _flush(self, *, transitions_only: bool = False) -> None:
        """One flush, a turn between two awaits of it."""
        self.outputs.step = "take"
        steps = self._cycle.run(
            self._positions, self._ports.generation, lambda: True, transitions_only=transitions_only
        )
        while not self.turn(self.outputs.step, lambda: _has_ended(steps)):
            pass
        self._flushed_at = time.monotonic()


def _has_ended(steps: Coroutine[object, object, None]) -> bool:
    """Run a coroutine up to its next await that lets the loop go on."""
    try:
        steps.send(None)
    except StopIteration:
        return True
    return False
