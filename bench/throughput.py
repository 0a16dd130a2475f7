"""Our workers, measured from outside: how fast their committed offsets move, and what CPU time that took."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from bench.fixture import PARTITIONS, ROOT, Setup
from bench.processes import broker_seconds, cpu_seconds
from bench.report import Sample
from scoring.event.topics import INPUT_TOPICS
from streams.deployment.environment import wants_kernel
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kernel.kernel import is_built
from vitals.local.child import Child

FoldName = Literal["kernel", "reference"]
"""What folds the accounts of a process that is measured."""
_POLL_SECONDS = 0.05
_START_SECONDS = 60.0
_STALLED_SECONDS = 30.0
_BUSY = 0.95
_runs = itertools.count(1)


class Point(msgspec.Struct, frozen=True):
    """At `at_seconds` (any clock), `events` were committed, and the workers had used `cpu_seconds`, the broker
    `broker_cpu_seconds`."""

    at_seconds: float
    events: int
    cpu_seconds: float
    broker_cpu_seconds: float = 0.0


def fold_here() -> FoldName:
    """What folds in a process that is started from here: the kernel where it is built, unless `VITALS_KERNEL` is 0."""
    return "kernel" if is_built() and wants_kernel() else "reference"


def python_environment(fold: FoldName | None = None) -> dict[str, str]:
    """What a Python process of ours is started with, so that it imports these sources and folds with `fold`; without
    it, as we do."""
    # Without PYTHONSAFEPATH `-m` would look into the working directory first, whatever that is.
    return {
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": str(ROOT),
        "VITALS_KERNEL": "1" if (fold or fold_here()) == "kernel" else "0",
    }


def measure_worker(setup: Setup, *, fold: FoldName | None = None, **changes: Any) -> Sample:
    """Run one worker, under a group of its own, over the events of the run. Blocks for `watch_seconds` and some more.

    It folds with `fold`; without it, as we do. `changes` are those of its settings that are not the default.

    Raises:
        UserError: when the worker ends, or stands still.
    """
    settings = msgspec.structs.replace(setup.settings(f"worker-{next(_runs)}"), **changes)
    with workers(settings, 1, fold) as children:
        return sample_of(asyncio.run(watch(children, settings, setup)), setup.events)


@contextmanager
def workers(settings: Settings, count: int, fold: FoldName | None = None) -> Iterator[list[Child]]:
    """`count` workers of one group, started as in production; they have ended at the end of the block."""
    environment = settings.environment()
    environment |= python_environment(fold)
    command = [sys.executable, "-m", "vitals", "worker"]
    children = [Child("The worker", command, environment=environment, directory=ROOT) for _ in range(count)]
    try:
        for child in children:
            child.start()
        yield children
    finally:
        for child in children:
            child.stop()


def sample_of(points: Sequence[Point], total: int) -> Sample:
    """What was done from the first point to the last at which less than 95 % of `total` was committed.

    The rest is left out: near the end of the log a worker has little to do, and waits for its next flush.

    Raises:
        UserError: with fewer than two such points.
    """
    busy = [point for point in points if point.events < _BUSY * total]
    if len(busy) < 2:
        raise UserError("The worker was through before it could be measured: raise EVENTS in bench/__main__.py.")
    first, last = busy[0], busy[-1]
    return Sample(
        events=last.events - first.events,
        seconds=last.at_seconds - first.at_seconds,
        cpu_seconds=last.cpu_seconds - first.cpu_seconds,
        broker_cpu_seconds=last.broker_cpu_seconds - first.broker_cpu_seconds,
    )


async def watch(children: Sequence[Child], settings: Settings, setup: Setup) -> list[Point]:
    """The points at which something was committed, until all events of the run were or the time is over.

    Raises:
        UserError: when a worker ends, or nothing moves any more.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    points: list[Point] = []
    try:
        moved = time.monotonic()
        while not points or points[-1].events < setup.events:
            committed = await committed_events(admin, settings)
            now = time.monotonic()
            if committed > (points[-1].events if points else 0):
                used = sum(cpu_seconds(child.pid) for child in children)
                points.append(Point(now, committed, used, broker_seconds(setup.broker_pid)))
                moved = now
            if points and now - points[0].at_seconds >= setup.watch_seconds:
                break
            check_running(children, now - moved > (_STALLED_SECONDS if points else _START_SECONDS))
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await admin.close()
    return points


async def until_committed(children: Sequence[Child], settings: Settings, events: int) -> None:
    """Wait until `events` events are committed.

    Raises:
        UserError: when a worker ends, or nothing moves any more.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        committed, moved = 0, time.monotonic()
        while committed < events:
            if (latest := await committed_events(admin, settings)) > committed:
                committed, moved = latest, time.monotonic()
            check_running(children, time.monotonic() - moved > _START_SECONDS)
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await admin.close()


def check_running(children: Sequence[Child], is_stalled: bool) -> None:
    """Raise a UserError, with its last output, when a worker has ended, or when all stand still."""
    ended = [child for child in children if not child.is_running]
    if ended or is_stalled:
        output = (ended or children)[0].last_lines()
        raise UserError(f"The worker came to a stop. Its last output:\n{output}\nMend what it says.")


async def committed_events(admin: AIOKafkaAdminClient, settings: Settings) -> int:
    """How many events of the input topics the group has committed."""
    inputs = [TopicPartition(settings.topic(name), part) for name in INPUT_TOPICS for part in range(PARTITIONS)]
    try:
        # By name: the embedded broker cannot answer for all that a group has.
        offsets = await admin.list_consumer_group_offsets(settings.deployment, partitions=inputs)
    except KafkaError:  # nobody has joined the group yet
        return 0
    return sum(max(0, kept.offset) for kept in offsets.values())
