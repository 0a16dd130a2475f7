"""The process that writes scores back: a reader of `scores` for each sink of kind "scores", and their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

from aiokafka import AIOKafkaConsumer
from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.lifecycle import schema
from scoring.instants import parse_duration
from streams.alert_files import read_rules
from streams.deployment.http import check_url
from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError
from streams.kafka.clients import membership, new_consumer
from streams.model_files import read_model
from streams.notifier.http_clients import client_for
from streams.operations.write_back_metrics import WriteBackMetrics
from streams.read_model.models import KafkaModelLog
from streams.read_model.offsets import commit
from streams.redis.client import open_redis, shown_address
from streams.redis.owner import Lease, lease_of, while_held
from streams.score_sinks.drivers import Drivers
from streams.score_sinks.pace import Pace, retry_seconds
from streams.score_sinks.post import Post
from streams.score_sinks.products import Product
from streams.score_sinks.waiting import Waiting
from streams.score_sinks.writer import Writer
from streams.score_sinks.written import RedisWrittenValues, WrittenUnavailable
from streams.topics import SCORES

logger = logging.getLogger(__name__)
REDIS_TIMEOUT_SECONDS = 2.0
POLL_INTERVAL_MS = 24 * 3_600_000
"""While Redis or a product is down little is polled; heartbeats run in the background."""


async def run_write_back(
    settings: Settings,
    environment: Mapping[str, str],
    sinks: Mapping[str, schema.ScoreSink],
    *,
    stop: asyncio.Event,
    metrics: WriteBackMetrics,
) -> None:
    """Write scores back to `sinks` until `stop` is set; several processes share the partitions. `environment` has the
    secrets that they name.

    Raises:
        UserError: when a sink cannot be used.
        KafkaError: when Kafka refuses us and no retry helps.
    """
    # They log request URLs, which may be secrets.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    async with AsyncExitStack() as stack:
        posts = {name: await _post(name, sink, settings, environment, stack) for name, sink in sinks.items()}
        redis = await stack.enter_async_context(
            open_redis(settings, connect_seconds=REDIS_TIMEOUT_SECONDS, answer_seconds=REDIS_TIMEOUT_SECONDS)
        )
        stores = {name: _store(settings, redis, name) for name in sinks}
        lease = await lease_of(settings, SCORES, data="write-back")
        if lease is not None:
            stack.push_async_callback(lease.close)
            await _acquire(lease, stores, metrics, stop)
        models = KafkaModelLog(settings, "write-back")
        stack.push_async_callback(models.stop)
        await models.start()
        drivers = Drivers(models)

        async def write_all() -> None:
            async with asyncio.TaskGroup() as writers:
                for name, sink in sinks.items():
                    work = _write(settings, name, sink, posts[name], drivers, stores[name], metrics, stop)
                    writers.create_task(work)

        try:
            await while_held(lease, write_all())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None


def score_sinks(settings: Settings) -> Mapping[str, schema.ScoreSink]:
    """The sinks of kind "scores" of the rules file, by name.

    Raises:
        UserError: when there is none, or the file is not valid.
    """
    rules = read_rules(settings.alerts, read_model(settings.model))
    sinks = {name: sink for name, sink in rules.sinks.items() if isinstance(sink, schema.ScoreSink)}
    if not sinks:
        raise UserError(
            f"The rules {settings.alerts!r} have no sink of kind 'scores': add a table [sinks.NAME], or stop this "
            "process, which has nothing to do."
        )
    return sinks


async def _post(
    name: str, sink: schema.ScoreSink, settings: Settings, environment: Mapping[str, str], stack: AsyncExitStack
) -> Post:
    url = sink_secret(environment, sink.url_secret).reveal()
    check_url(sink.url_secret, url)
    token = sink_secret(environment, sink.token_secret).reveal() if sink.token_secret else ""
    try:
        product = Product(sink, url, token)
    except ValueError as error:
        raise UserError(f"sinks.{name}.body: it is not JSON ({error}): correct it.") from None
    client = await stack.enter_async_context(client_for(settings, url, allow_private=sink.allow_private))
    return Post(product, client, token)


def _store(settings: Settings, redis: Redis, name: str) -> RedisWrittenValues:
    return RedisWrittenValues(redis, name, prefix=settings.redis_prefix, address=shown_address(settings))


async def _acquire(
    lease: Lease, stores: Mapping[str, RedisWrittenValues], metrics: WriteBackMetrics, stop: asyncio.Event
) -> None:
    """Acquire the lease, and forget another cluster's accounts. Waits while Redis is down."""
    failures = 0
    while not stop.is_set():
        try:
            if await lease.take(metrics.waiting):
                for store in stores.values():
                    await store.clear()
            await lease.settle()
            return
        except (WrittenUnavailable, RedisError, OSError) as error:
            failures += 1
            metrics.waiting(f"Redis does not serve ({error}).")
            await asyncio.sleep(retry_seconds(failures))


async def _write(
    settings: Settings,
    name: str,
    sink: schema.ScoreSink,
    post: Post,
    drivers: Drivers,
    store: RedisWrittenValues,
    metrics: WriteBackMetrics,
    stop: asyncio.Event,
) -> None:
    consumer = scores_consumer(settings, name)
    writer = Writer(
        name,
        consumer,
        post,
        drivers.first,
        store,
        partial(commit, consumer),
        metrics.of(name),
        Waiting(points=sink.points, every_ms=parse_duration(sink.every)),
        Pace(sink.per_second),
    )
    try:
        await consumer.start()
        consumer.subscribe([settings.topic(SCORES)], listener=writer)
        await writer.run(stop)
    finally:
        await consumer.stop()


def scores_consumer(settings: Settings, sink: str) -> AIOKafkaConsumer:
    """A consumer in the group of `sink`, neither started nor subscribed. It never commits by itself."""
    return new_consumer(
        settings,
        f"write-back-{sink}",
        group_id=settings.write_back_group(sink),
        auto_offset_reset="earliest",
        **membership(settings),
        heartbeat_interval_ms=min(3_000, settings.session_timeout_ms // 3),
        max_poll_interval_ms=POLL_INTERVAL_MS,
    )
