"""The loops that copy activity and cases into Redis, in the process of the projector: their consumers and their lease.

They share nothing with the projection of scores but the process, so scores never wait for them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from redis.exceptions import RedisError

from streams.activity.activity_fold import ActivityFold
from streams.activity.cases_fold import CasesFold
from streams.activity.fetching import POLL_MS
from streams.activity.loop import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, CopyLoop
from streams.activity.store import ACTIVITY, CASES, CopyLayout, CopyLost, RedisCopy
from streams.activity.taking import Fold
from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.layout import Keys
from streams.read_model.port import ReadModelUnavailable
from streams.redis.owner import Lease, lease_of, while_held
from streams.topics import CONTROL

log = logging.getLogger(__name__)

GRACE_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 1.0
GATHER_SECONDS = 0.5
"""At the head of the topics, activity is written about this often: one write an account, however many events came."""
POLL_INTERVAL_MS = 24 * 3_600_000
"""While Redis is down we do not poll, and stay in the group all the same."""


async def run_copies(settings: Settings, *, stop: asyncio.Event, metrics: ProjectorMetrics) -> None:
    """Copy the activity and the cases of all accounts until `stop` is set; several processes share the partitions.

    Redis down stops nothing but the writing. Stopping may happen at any point, since every step can be repeated.

    Raises:
        UserError: when `VITALS_REDIS` is no URL, when another Kafka cluster's projector fills Redis, and what
            `ensure_topics` raises.
        KafkaError: when Kafka refuses us and no retry helps; written data stays valid.
    """
    activity, cases = RedisCopy.open(settings, ACTIVITY), RedisCopy.open(settings, CASES)
    try:
        await _until(stop, _run(settings, stop, metrics, activity, cases))
    finally:
        await activity.close()
        await cases.close()


async def fill_copies(settings: Settings, keys: Keys, tell: Callable[[int, int], None]) -> None:
    """Fill the copies of a generation that does not serve yet, up to the current ends of their topics. `tell` hears how
    many offsets are copied, of how many, of both together. Idempotent: a second call goes on.

    Raises:
        ReadModelUnavailable: when Redis does not answer.
        KafkaError: when Kafka fails.
    """
    left: dict[str, tuple[int, int]] = {}

    def heard(name: str, done: int, of: int) -> None:
        left[name] = (done, of)
        tell(sum(each[0] for each in left.values()), sum(each[1] for each in left.values()))

    await together(*(_fill(settings, keys, layout, heard) for layout in (ACTIVITY, CASES)))


async def _fill(settings: Settings, keys: Keys, layout: CopyLayout, heard: Callable[[str, int, int], None]) -> None:
    copy = RedisCopy.open(settings, layout, keys)
    consumer = _consumer(settings, f"{layout.name}-{keys.generation}", is_static=False)
    try:
        await consumer.start()
        fold = ActivityFold(settings.partitions) if layout is ACTIVITY else CasesFold()
        loop = CopyLoop(settings, consumer, copy, fold, ProjectorMetrics())
        consumer.subscribe(loop.topics, listener=loop)
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=POLL_MS, max_records=1)
        ends = await consumer.end_offsets(list(consumer.assignment()))
        while left := await loop.behind(ends):
            heard(layout.name, sum(ends.values()) - left, sum(ends.values()))
            await loop.step()
        heard(layout.name, sum(ends.values()), sum(ends.values()))
    finally:
        await consumer.stop()
        await copy.close()


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until they have ended. When one fails, the others are cancelled, and its error is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        await _cancelled(tasks)


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it fails or ends, which it does soon after `stop` is set; else, after 2 s, it is cancelled."""
    stopped, working = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(work)
    try:
        await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=GRACE_SECONDS)
        if working.done():
            working.result()
    finally:
        stopped.cancel()
        await _cancelled([working])


async def _cancelled(tasks: Sequence[asyncio.Future[None]]) -> None:
    for task in tasks:
        # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that meets its result.
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=CANCEL_AGAIN_SECONDS)


async def _run(
    settings: Settings, stop: asyncio.Event, metrics: ProjectorMetrics, activity: RedisCopy, cases: RedisCopy
) -> None:
    await ensure_topics(settings, "projector")
    if stop.is_set():
        return
    lease = await lease_of(settings, CONTROL, data="activity")
    try:
        if lease is not None:
            await _acquire(lease, (activity, cases))
        loops = together(
            _copy(settings, stop, metrics, activity, ActivityFold(settings.partitions), ACTIVITY, GATHER_SECONDS),
            _copy(settings, stop, metrics, cases, CasesFold(), CASES, 0.0),
        )
        await while_held(lease, loops)
    finally:
        if lease is not None:
            await lease.close()


async def _copy(
    settings: Settings,
    stop: asyncio.Event,
    metrics: ProjectorMetrics,
    copy: RedisCopy,
    fold: Fold,
    layout: CopyLayout,
    gather_seconds: float,
) -> None:
    consumer = _consumer(settings, layout.name)
    try:
        await consumer.start()
        loop = CopyLoop(settings, consumer, copy, fold, metrics, gather_seconds=gather_seconds)
        consumer.subscribe(loop.topics, listener=loop)
        await loop.run(stop)
    finally:
        await consumer.stop()


def _consumer(settings: Settings, name: str, *, is_static: bool = True) -> AIOKafkaConsumer:
    """A member of the group of a copy; a static one where the deployment has these."""
    member = membership(settings) if is_static else {"session_timeout_ms": settings.session_timeout_ms}
    return new_consumer(
        settings,
        f"projector-{name}",
        group_id=f"{settings.projector_group}-{name}",
        auto_offset_reset="earliest",
        **member,
        # The same partition of every topic goes to the same member.
        partition_assignment_strategy=[RangePartitionAssignor],
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        # A join waits for the other members up to the session timeout; the request must outlast it.
        request_timeout_ms=settings.session_timeout_ms + 10_000,
        max_poll_interval_ms=POLL_INTERVAL_MS,
    )


async def _acquire(lease: Lease, copies: tuple[RedisCopy, ...]) -> None:
    """Acquire the lease, and clear another cluster's data. Waits while Redis is down."""
    pause_seconds = FIRST_RETRY_SECONDS
    while True:
        try:
            if await lease.take(log.info):
                for copy in copies:
                    await copy.follow()
                    await copy.clear()
            await lease.settle()
            return
        except (ReadModelUnavailable, CopyLost, RedisError, OSError) as error:
            log.warning("Redis does not serve (%s): retry in %.1f s.", error, pause_seconds)
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_RETRY_SECONDS)
