"""How events a second grow with workers: 1, 2 and 4 of one group, on the same machine as the broker.

All of them have their partitions before there is anything to read, and all start on the whole backlog at one moment:
they are halted while it is sent, which is shorter than half their session.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Iterable, Sequence

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from bench.events import BenchEvent, make_events
from bench.fixture import Setup, create_topics, send_events
from bench.report import Sample
from bench.throughput import Point, check_running, sample_of, watch, workers
from streams.deployment.settings import Settings
from vitals.local.child import Child

SESSION_MS = 40_000
_JOIN_SECONDS = 90.0
_STEADY_SECONDS = 2.0
_POLL_SECONDS = 0.2
_runs = itertools.count(1)


def measure_scaling(setup: Setup, count: int) -> Sample:
    """Run `count` workers over the events of the run, in topics of their own. CPU time is that of all of them.

    Raises:
        UserError: when a worker ends, or stands still.
    """
    own = msgspec.structs.replace(setup, prefix=f"{setup.prefix}scaling-{next(_runs)}-")
    settings = msgspec.structs.replace(own.settings("workers"), session_timeout_ms=SESSION_MS)
    asyncio.run(create_topics(settings))
    with workers(settings, count) as children:
        return sample_of(asyncio.run(_fed(own, settings, children)), own.events)


async def _fed(setup: Setup, settings: Settings, children: Sequence[Child]) -> list[Point]:
    await _until_joined(settings, children)
    await send_to_halted(settings, make_events(setup.events, setup.accounts, setup.until_ms), children)
    return await watch(children, settings, setup)


async def send_to_halted(settings: Settings, events: Iterable[BenchEvent], children: Sequence[Child]) -> None:
    """Send the events while the workers are halted; they go on when all are there, and that is their backlog.

    They must be sent within half of the workers' session timeout: `SESSION_MS` will do for half a million.
    """
    try:
        await send_events(settings, events, before_sending=lambda: _signal(children, signal.SIGSTOP))
    finally:
        _signal(children, signal.SIGCONT)


async def _until_joined(settings: Settings, children: Sequence[Child]) -> None:
    """Wait until the group is stable, with all workers in it, and stays so for a moment."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    began = steady_since = time.monotonic()
    try:
        while time.monotonic() - steady_since < _STEADY_SECONDS:
            check_running(children, time.monotonic() - began > _JOIN_SECONDS)
            if await _members(admin, settings.deployment) != len(children):
                steady_since = time.monotonic()
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await admin.close()


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many members a stable group has; 0 when it is not stable, or its broker is not ready for groups yet."""
    try:
        (answer,) = await admin.describe_consumer_groups([group])
    except KafkaError:
        return 0
    ((_, _, state, _, _, members, *_),) = answer.groups
    return len(members) if state == "Stable" else 0


def _signal(children: Sequence[Child], number: signal.Signals) -> None:
    for child in children:
        if child.is_running:
            os.kill(child.pid, number)
