"""The notifier's wiring: its rules, sinks, Redis and producer from the settings, and a lane for each route and sink."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.lifecycle.schema import AlertRules
from alerts.sinks.port import Sink
from streams.alert_files import read_rules
from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.model_files import read_model
from streams.notifier.case_links import case_links
from streams.notifier.delivered_ids import RedisDeliveredIds
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.lanes.plans import LanePlan, lanes_of
from streams.notifier.lanes.run import LaneTools, run_lane
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.notifier.sink_board import SinkBoard
from streams.notifier.sink_memory import RedisSinkMemory
from streams.notifier.sinks import SinkTools, open_sinks
from streams.operations.process import run_unless
from streams.redis.client import open_redis, shown_address
from streams.redis.eviction_policy import eviction_policy, warning
from streams.redis.owner import lease_of, while_held
from streams.topics import ALERTS, DELIVERIES

POLICY_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 2.0

logger = logging.getLogger(__name__)


async def run_notifier(settings: Settings, *, stop: asyncio.Event, metrics: NotifierMetrics) -> None:
    """Run a notifier as the rules and the settings say until `stop` is set.

    Creates missing topics. A restart resumes at the committed offsets; see `Lane` and `Delivery`.

    Raises:
        UserError: when the rules, a URL or a secret cannot be used, and from `ensure_topics`.
    """
    # They log request URLs, and a webhook's URL is its secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    rules = read_rules(settings.alerts, read_model(settings.model))
    lanes = lanes_of(settings, rules)
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(
            open_redis(settings, connect_seconds=REDIS_TIMEOUT_SECONDS, answer_seconds=REDIS_TIMEOUT_SECONDS)
        )
        prefix, address = settings.redis_prefix, shown_address(settings)
        memory = functools.partial(RedisSinkMemory, redis, prefix=prefix, address=address)
        names = tuple(sorted({lane.sink for lane in lanes} - {""}))
        sinks = await open_sinks(names, _sink_tools(settings, rules, stack, memory))
        await ensure_topics(settings, "notifier")
        if (lease := await lease_of(settings, ALERTS)) is not None:
            stack.push_async_callback(lease.close)
            # While Redis is down nothing is delivered either, and the lease is checked again when it is back.
            with suppress(RedisError, OSError):
                if not await run_unless(stop, lease.take(metrics.waiting)):
                    return
        producer = new_producer(settings, "notifier")
        await producer.start()
        stack.push_async_callback(producer.stop)
        log, board = DeliveryLog(producer, settings.topic(DELIVERIES)), SinkBoard(metrics)

        def tools_of(lane: LanePlan) -> LaneTools:
            return LaneTools(
                settings=settings,
                zone=rules.header.zone,
                ids=RedisDeliveredIds(redis, prefix=prefix, address=address),
                memory=memory(f"lane/{lane.name}"),
                log=log,
                metrics=board.of(lane.name, lane.sink),
                stop=stop,
            )

        async def notify_all() -> None:
            async with asyncio.TaskGroup() as running:
                running.create_task(_warn_of_policy(redis, address, stop))
                for lane in lanes:
                    sink: Sink | None = sinks.get(lane.sink)
                    running.create_task(run_lane(lane, sink, tools_of(lane)))

        try:
            await while_held(lease, notify_all())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


def _sink_tools(
    settings: Settings, rules: AlertRules, stack: AsyncExitStack, memory: Callable[[str], RedisSinkMemory]
) -> SinkTools:
    return SinkTools(
        settings=settings,
        rules=rules,
        stack=stack,
        secret=lambda variable: sink_secret(os.environ, variable).reveal(),
        memory=memory,
        links=case_links(settings, os.environ),
    )


async def _warn_of_policy(redis: Redis, address: str, stop: asyncio.Event) -> None:
    """Warn once, as soon as Redis answers, if it may evict the ids of delivered messages."""
    while not stop.is_set():
        with suppress(RedisError, OSError):
            words = warning(await eviction_policy(redis), address, "A message may then be delivered twice.")
            if words:
                logger.warning(words)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), POLICY_SECONDS)
