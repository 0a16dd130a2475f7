"""The process of the projector: its consumer, its lease on the read model, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

from aiokafka import AIOKafkaConsumer
from redis.exceptions import RedisError

from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.history_log import KafkaHistoryLog
from streams.read_model.models import KafkaModelLog, ModelShelf
from streams.read_model.port import ReadModel, ReadModelUnavailable
from streams.read_model.projector import FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS, Projector
from streams.read_model.store import RedisReadModel
from streams.redis.owner import Lease, lease_of, while_held
from streams.topics import SCORES

log = logging.getLogger(__name__)

GRACE_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 1.0
# While Redis is down we do not poll. aiokafka leaves the group of a member that does not poll for this long, and its
# heartbeats run in the background anyway; whether we are stuck is for `/healthz` to say.
POLL_INTERVAL_MS = 24 * 3_600_000


async def run_projector(settings: Settings, *, stop: asyncio.Event, metrics: ProjectorMetrics) -> None:
    """Project until `stop` is set; several projectors share the partitions.

    Redis down stops nothing but the writing: it is asked again, at most every 5 s, for as long as it takes, and
    nothing is committed that was not written. Stopping may happen at any point, since every step can be repeated.

    Raises:
        UserError: when `VITALS_REDIS` is no URL, when another Kafka cluster's projector fills the read model, and what
            `ensure_topics` raises.
        KafkaError: when Kafka refuses us and no retry helps; written data stays valid.
    """
    history = KafkaHistoryLog(settings)
    model = RedisReadModel.open(settings, history)
    consumer, models = _consumer(settings), KafkaModelLog(settings)
    try:
        await _until(stop, _run(consumer, models, history, model, settings, stop, metrics))
    finally:
        await models.stop()
        await history.stop()
        await consumer.stop()
        await model.close()


async def _until(stop: asyncio.Event, work: Awaitable[None]) -> None:
    """Run `work` until it fails or ends, which it does soon after `stop` is set; else, after 2 s, it is cancelled.

    Cancelling comes last since aiokafka loses sight of a connection whose opening is cancelled.
    """
    stopped = asyncio.ensure_future(stop.wait())
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({stopped, working}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=GRACE_SECONDS)
        if working.done():
            working.result()
    finally:
        stopped.cancel()
        # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that comes together with
        # its result, and both clients use it.
        while not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=CANCEL_AGAIN_SECONDS)


def _consumer(settings: Settings) -> AIOKafkaConsumer:
    return new_consumer(
        settings,
        "projector",
        group_id=settings.projector_group,
        auto_offset_reset="earliest",
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        # A join waits for the other members up to the session timeout; the request must outlast it.
        request_timeout_ms=settings.session_timeout_ms + 10_000,
        max_poll_interval_ms=POLL_INTERVAL_MS,
    )


async def _run(
    consumer: AIOKafkaConsumer,
    models: KafkaModelLog,
    history: KafkaHistoryLog,
    model: ReadModel,
    settings: Settings,
    stop: asyncio.Event,
    metrics: ProjectorMetrics,
) -> None:
    await ensure_topics(settings, "projector")
    if stop.is_set():
        return
    lease = await lease_of(settings, SCORES)
    try:
        if lease is not None:
            await _acquire(lease, model, metrics)
        history.follow(lease.topic_source if lease else "")
        await history.start()
        await models.start()
        await consumer.start()
        projector = Projector(consumer, ModelShelf(models, model), model, metrics, history)
        consumer.subscribe([settings.topic(SCORES)], listener=projector)
        await while_held(lease, projector.run(stop))
    finally:
        if lease is not None:
            await lease.close()


async def _acquire(lease: Lease, model: ReadModel, metrics: ProjectorMetrics) -> None:
    """Acquire the lease, and clear another cluster's data. Waits while Redis is down."""
    pause_seconds = FIRST_RETRY_SECONDS
    while True:
        try:
            if await lease.take(metrics.waiting):
                log.warning("The read model was another Kafka cluster's or topic's: it is cleared and filled again.")
                await model.clear()
            await lease.settle()
            return
        except (ReadModelUnavailable, RedisError, OSError) as error:
            log.warning("Redis does not serve (%s): retry in %.1f s.", error, pause_seconds)
            metrics.waiting(f"Redis does not serve ({error}).")
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(2 * pause_seconds, LONGEST_RETRY_SECONDS)
