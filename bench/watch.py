"""Our worker, measured from outside: how fast its committed offsets move, and what CPU time that took."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from bench.report import Sample
from bench.setup import PARTITIONS, ROOT, Setup
from streams.child import Child
from streams.errors import UserError
from streams.settings import INPUT_TOPICS, Clock, Settings

_POLL_SECONDS = 0.05
_START_SECONDS = 60.0
_STALLED_SECONDS = 30.0
_BUSY = 0.95
_runs = itertools.count(1)


class Point(msgspec.Struct, frozen=True):
    """At `at_seconds` (any clock), `events` were committed, and the process had used `cpu_seconds`."""

    at_seconds: float
    events: int
    cpu_seconds: float


def measure_worker(setup: Setup, clock: Clock) -> Sample:
    """Run one worker, under a group of its own, over the events of the run. Blocks for `watch_seconds` and some more.

    Raises:
        UserError: when the worker ends, or stands still.
    """
    settings = msgspec.structs.replace(setup.settings(f"worker-{clock}-{next(_runs)}"), clock=clock)
    child = Child(
        "The worker",
        [sys.executable, "-m", "streams.cli", "worker"],
        environment=_environment(settings),
        directory=ROOT,
    )
    child.start()
    try:
        points = asyncio.run(_watch(child, settings, setup))
    finally:
        child.stop()
    return sample_of(points, setup.events)


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
    )


def cpu_seconds(pid: int) -> float:
    """CPU time that a running process has used, all threads, user and system.

    Raises:
        UserError: where there is no /proc.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        raise UserError(f"No /proc/{pid}/stat: the benchmark measures CPU time on Linux only; run it there.") from None
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def _watch(child: Child, settings: Settings, setup: Setup) -> list[Point]:
    """The points at which something was committed, until all was or the time is over."""
    inputs = [TopicPartition(settings.topic(name), part) for name in INPUT_TOPICS for part in range(PARTITIONS)]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    points: list[Point] = []
    try:
        moved = time.monotonic()
        while not points or points[-1].events < setup.events:
            committed = await _committed(admin, settings.group, inputs)
            now = time.monotonic()
            if committed > (points[-1].events if points else 0):
                points.append(Point(now, committed, cpu_seconds(child.pid)))
                moved = now
            if points and now - points[0].at_seconds >= setup.watch_seconds:
                break
            if not child.is_running or now - moved > (_STALLED_SECONDS if points else _START_SECONDS):
                raise UserError(
                    f"The worker came to a stop. Its last output:\n{child.last_lines()}\nMend what it says."
                )
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await admin.close()
    return points


async def _committed(admin: AIOKafkaAdminClient, group: str, inputs: Sequence[TopicPartition]) -> int:
    try:
        # By name: the embedded broker cannot answer for all that a group has.
        offsets = await admin.list_consumer_group_offsets(group, partitions=inputs)
    except KafkaError:  # nobody has joined the group yet
        return 0
    return sum(max(0, kept.offset) for kept in offsets.values())


def _environment(settings: Settings) -> dict[str, str]:
    return {f"VITALS_{name.upper()}": str(value) for name, value in msgspec.structs.asdict(settings).items()}
