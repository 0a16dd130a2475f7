"""`python -m bench.batch_cost`: what an event costs a worker's engine, from the batches of a fetch until it is judged.

One partition in this process, without a broker. It has taken in a part of a history, so that its accounts are known;
then the rest is measured: CPU time of `Engine.feed` and `Engine.work`. Flushes come in between, and are not in it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
import typer
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from bench.events import BenchEvent, make_events
from bench.in_process.own_process import folds, measured
from bench.throughput import FoldName
from scoring.event.topics import INPUT_TOPICS
from streams.alert_files import read_plan_and_policy
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.engine.engine import Engine, new_partition
from streams.kafka.record_batch import RecordBatch
from streams.operations.gc_tuning import DeadCycles, freeze, relax
from streams.operations.metrics import WorkerMetrics
from streams.topics import CONTROL
from streams.worker.event_loop import AsyncioTasks
from tests.session_ports import SteadyPorts
from vitals.commands.output import console, print_json

KNOWN_SHARE = 0.5
"""Of the history, taken in before anything is measured."""
FETCHED_MESSAGES = 2_000
"""About as many as one fetch hands over, of all topics."""


class Measured(msgspec.Struct, frozen=True):
    """CPU µs of one fold; `flush_us` is what flushing took beside them. All are of an event."""

    fold: FoldName
    accounts: int
    events: int
    natively: int
    us: float
    flush_us: float


def batches_in(events: Sequence[BenchEvent], offsets: dict[str, int], each: int) -> Iterator[tuple[str, RecordBatch]]:
    """The events as batches of up to `each` messages of one topic; `offsets` are those of the next messages."""
    for topic in INPUT_TOPICS:
        of_topic = [event for event in events if event.topic == topic]
        for start in range(0, len(of_topic), each):
            some = of_topic[start : start + each]
            builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 10_000_000)
            for delta, event in enumerate(some):
                builder.append(delta, event.occurred_at_ms, event.key, event.value, [])
            first = offsets[topic]
            content = first.to_bytes(8, "big") + bytes(builder.build())[8:]
            offsets[topic] = first + len(some)
            yield topic, RecordBatch(topic, 0, first, first + len(some), len(some), content)


class Run:
    """One partition that takes in what it is given, with collections at the moments of a worker."""

    def __init__(self, rules: str, *, by_event_clock: bool) -> None:
        self.dead_cycles = DeadCycles(time.process_time)
        self.dead_cycles.begin()
        plan, policy = read_plan_and_policy("default", "", rules or "default")
        settings = Settings(partitions=1, clock="event" if by_event_clock else "wall", merge_wait_ms=0)
        ports, signal = SteadyPorts(settings, plan), AsyncioTasks().new_signal()
        self.partition = new_partition(0, settings, plan, 1, policy if rules else None, uses_kernel=wants_kernel())
        self.engine = Engine(settings, plan, ports, WorkerMetrics(), signal)
        self.engine.assign([self.partition])
        self.dead_cycles.keep()
        for topic in (*INPUT_TOPICS, CONTROL):
            self.engine.feed(topic, 0, [], at_end=True)
        self.work_seconds = self.flush_seconds = 0.0

    def take(self, fetches: Sequence[Sequence[tuple[str, RecordBatch]]]) -> None:
        """Take in fetch after fetch, and flush where the partition insists on it, and at the end."""
        for fetch in fetches:
            began = time.process_time()
            for topic, batch in fetch:
                self.engine.feed(topic, 0, [batch], at_end=True)
            self.work_seconds += time.process_time() - began
            while self.engine.held:
                began = time.process_time()
                self.engine.work()
                self.work_seconds += time.process_time() - began
                if self.partition.is_backpressured:
                    self.flush()
        self.flush()

    def flush(self) -> None:
        """Write nowhere what is pending."""
        began = time.process_time()
        self.partition.confirm(self.partition.take_flush(int(time.time() * 1_000)))
        self.dead_cycles.tend()
        self.flush_seconds += time.process_time() - began


def measure_here(fold: FoldName, accounts: int, count: int, each: int, rules: str, *, by_event_clock: bool) -> Measured:
    """Measure `count` events in batches of `each` in this process."""
    relax()
    events = list(make_events(count, accounts, int(time.time() * 1_000)))
    offsets = dict.fromkeys(INPUT_TOPICS, 0)
    fetches = [
        list(batches_in(events[start : start + FETCHED_MESSAGES], offsets, each))
        for start in range(0, count, FETCHED_MESSAGES)
    ]
    freeze()  # what is fed; the run has a pace of its own
    known = int(len(fetches) * KNOWN_SHARE)
    run = Run(rules, by_event_clock=by_event_clock)
    run.take(fetches[:known])
    run.work_seconds = run.flush_seconds = 0.0
    loop = run.partition.loop
    before = loop.taken if loop else 0
    run.take(fetches[known:])
    number = sum(batch.count for fetch in fetches[known:] for _, batch in fetch)
    natively = loop.taken - before if loop else 0
    us, flush_us = (seconds / number * 1e6 for seconds in (run.work_seconds, run.flush_seconds))
    return Measured(fold, accounts, number, natively, us, flush_us)


def main(
    accounts: Annotated[int, typer.Option(min=1, help="How many accounts.")] = 1_000,
    events: Annotated[int, typer.Option(min=1, help="Events, half of which are measured.")] = 200_000,
    each: Annotated[int, typer.Option(min=1, help="Messages of a batch, at most.")] = 200,
    rules: Annotated[str, typer.Option(help="Alert rules; none when it is empty.")] = "",
    by_event_clock: Annotated[bool, typer.Option("--event-clock", help="Timers fire between the events.")] = False,
    fold: Annotated[str, typer.Option(help="kernel or reference; both when it is left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    here: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Measure what an event costs from batches to judged."""
    if here:
        fold_name: FoldName = "kernel" if wants_kernel() else "reference"
        one = measure_here(fold_name, accounts, events, each, rules, by_event_clock=by_event_clock)
        sys.stdout.buffer.write(msgspec.json.encode(one))
        return
    arguments = ["--here", "--accounts", str(accounts), "--events", str(events), "--each", str(each)]
    arguments += ["--rules", rules, *(["--event-clock"] if by_event_clock else [])]
    found = [measured("bench.batch_cost", arguments, name, Measured) for name in folds(fold)]
    if as_json:
        print_json(found)
        return
    for each_ in found:
        console().print(
            f"{each_.fold}: {each_.us:.2f} µs of CPU an event, {each_.natively / each_.events:.1%} taken natively; "
            f"{each_.accounts:,} accounts, {each_.events:,} events; flushes {each_.flush_us:.2f} µs beside"
        )


if __name__ == "__main__":
    typer.run(main)
