"""The notifier's wiring: its sinks, consumers and Redis from the settings, and a notifier for each sink."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaConsumer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.lifecycle.schema import AlertRules, Header, Route
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import GapReport, OffsetFollower
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.case_links import case_links
from streams.notifier.delivered_ids import RedisDeliveredIds
from streams.notifier.delivery import Delivery, NotifierMetrics
from streams.notifier.notifier import Notifier
from streams.notifier.sink_board import SinkBoard
from streams.notifier.sink_memory import RedisSinkMemory
from streams.notifier.sinks import DEFAULT, SinkTools, open_sinks, target_names
from streams.operations.process import run_unless
from streams.redis.client import open_redis, shown_address
from streams.redis.eviction_policy import eviction_policy, warning
from streams.redis.owner import lease_of, while_held
from streams.topics import ALERTS

POLICY_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 2.0
# aiokafka leaves the group if nothing is polled for this long, by default 5 minutes; a sink may be down for days.
# Heartbeats run beside the loop, so a notifier that hangs for good shows in its metrics, not in the group.
MAX_POLL_INTERVAL_MS = 2**31 - 1
RULES = AlertRules(header=Header(name="default"), rules={}, routes={"default": Route()})

logger = logging.getLogger(__name__)


def _no_secret(variable: str) -> str:
    raise UserError(f"{variable} is not set: set it to the secret.")


async def run_notifier(settings: Settings, *, stop: asyncio.Event, metrics: NotifierMetrics) -> None:
    """Run a notifier as `settings` say until `stop` is set: to Slack, to a webhook, to both, or to the terminal.

    Creates missing topics. A restart resumes at the committed offsets; see `Notifier` and `Delivery`.

    Raises:
        UserError: when a URL is not valid, and from `ensure_topics`.
    """
    # They log request URLs, and a webhook's URL is its secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(
            open_redis(settings, connect_seconds=REDIS_TIMEOUT_SECONDS, answer_seconds=REDIS_TIMEOUT_SECONDS)
        )
        prefix, address = settings.redis_prefix, shown_address(settings)
        delivered = RedisDeliveredIds(redis, prefix=prefix, address=address)
        tools = SinkTools(
            settings=settings,
            rules=RULES,
            stack=stack,
            secret=_no_secret,
            memory=lambda sink: RedisSinkMemory(redis, sink, prefix=prefix, address=address),
            links=case_links(settings, os.environ),
        )
        sinks = (await open_sinks(target_names(settings, (DEFAULT,)), tools)).values()
        await ensure_topics(settings, "notifier")
        if (lease := await lease_of(settings, ALERTS)) is not None:
            stack.push_async_callback(lease.close)
            # While Redis is down nothing is delivered either, and the lease is checked again when it is back.
            with suppress(RedisError, OSError):
                if not await run_unless(stop, lease.take(metrics.waiting)):
                    return
        board = SinkBoard(metrics)

        async def notify_all() -> None:
            async with asyncio.TaskGroup() as notifiers:
                notifiers.create_task(_warn_of_policy(redis, shown_address(settings), stop))
                for sink in sinks:
                    own = board.of(sink.name)
                    delivery = Delivery(sink, delivered, own, stop)
                    notifiers.create_task(_notify(settings, delivery, sink.name, own, stop))

        try:
            await while_held(lease, notify_all())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


async def _warn_of_policy(redis: Redis, address: str, stop: asyncio.Event) -> None:
    """Warn once, as soon as Redis answers, if it may evict the ids of delivered notifications."""
    while not stop.is_set():
        with suppress(RedisError, OSError):
            words = warning(await eviction_policy(redis), address, "A notification may then be delivered twice.")
            if words:
                logger.warning(words)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLICY_SECONDS)


async def _notify(
    settings: Settings, delivery: Delivery, sink: str, metrics: NotifierMetrics, stop: asyncio.Event
) -> None:
    consumer = notifications_consumer(settings, sink)
    try:
        await consumer.start()
        # Only now: starting with topics would wait for the other members of the group and not react to a stop.
        consumer.subscribe([settings.topic(ALERTS)])
        following = OffsetFollower(consumer, GapReport(metrics), ALERTS)
        max_age_ms = settings.max_notification_age_ms
        await Notifier(consumer, delivery, metrics, stop, max_age_ms=max_age_ms, following=following).run()
    finally:
        await consumer.stop()


def notifications_consumer(settings: Settings, sink: str) -> AIOKafkaConsumer:
    """A consumer in the group of `sink`'s notifiers, neither started nor subscribed. It never commits by itself."""
    return new_consumer(
        settings,
        f"notifier-{sink}",
        group_id=settings.notifier_group(sink),
        auto_offset_reset="earliest",
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        max_poll_interval_ms=MAX_POLL_INTERVAL_MS,
    )
