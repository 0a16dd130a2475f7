"""The notifier: reads the topic `notifications` and delivers each notification to people.

`Notifier` is the loop; `run_notifier` wires it from settings. `streams.notifier.delivery` says how one notification
reaches one sink, and what may happen twice.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.notification import Notification
from streams.deployment.settings import Settings
from streams.kafka.clients import membership, new_consumer
from streams.kafka.gap_report import GapReport, OffsetFollower
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import RedisDeliveredIds
from streams.notifier.delivery import Delivery, NotifierMetrics
from streams.notifier.sink_board import SinkBoard
from streams.notifier.sinks import open_sinks
from streams.operations.process import run_unless
from streams.redis.client import open_redis, shown_address
from streams.redis.eviction_policy import eviction_policy, warning
from streams.redis.owner import lease_of, while_held
from streams.topics import NOTIFICATIONS

POLL_MS = 500
BATCH = 100
LAG_SECONDS = 10.0
NEW_SINK_REACH_MS = 86_400_000
"""A sink that is new gets the notifications of the last day, not the weeks that the topic holds."""
POLICY_SECONDS = 5.0
REDIS_TIMEOUT_SECONDS = 2.0
# aiokafka leaves the group if nothing is polled for this long, by default 5 minutes; a sink may be down for days.
# Heartbeats run beside the loop, so a notifier that hangs for good shows in its metrics, not in the group.
MAX_POLL_INTERVAL_MS = 2**31 - 1

logger = logging.getLogger(__name__)


class Notifier:
    """Reads messages one at a time for one sink, and commits an offset only when its message is finished. Each sink has
    its own notifier and consumer group, so that one that is down blocks no other.

    A message is finished when the sink has accepted the notification, now or before, or refuses it for good; or when it
    is stale or cannot be decoded. Until then all messages after it wait. Nothing is lost: it stays on the topic.

    If a partition is revoked during a wait, both this notifier and the new owner process the message; the claims in
    `DeliveredIds` let only one of them deliver it.
    """

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        delivery: Delivery,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        *,
        max_age_ms: int = 0,
        following: OffsetFollower | None = None,
    ) -> None:
        """`consumer` is started and does not commit by itself. A notification is stale if its instant of judgement was
        more than `max_age_ms` before it was put on the topic; 0 means never. The time it has waited since then does not
        count: a sink that was down for a week still gets that week. `following` detects messages that were deleted
        before they were read.
        """
        self._consumer = consumer
        self._delivery = delivery
        self._metrics = metrics
        self._stop = stop
        self._max_age_ms = max_age_ms
        self._decoder = msgspec.json.Decoder(Notification)
        self._following = following
        self._begin_ms = time.time_ns() // 1_000_000 - NEW_SINK_REACH_MS
        self._next: dict[TopicPartition, int] = {}
        self._placed: set[TopicPartition] = set()
        """The partitions that have a committed offset."""
        self._uncommitted: set[TopicPartition] = set()

    async def run(self) -> None:
        """Notify until `stop` is set, then return within the time of one attempt (seconds). Raises Kafka's errors that
        no retry helps against. After that, or a kill, everything since the last commit is read again and recognised by
        its id.
        """
        counting = asyncio.create_task(self._report_lag_periodically())
        try:
            await self._run()
        finally:
            counting.cancel()
            with suppress(asyncio.CancelledError):
                await counting

    async def _run(self) -> None:
        while not self._stop.is_set():
            batch = await self._consumer.getmany(timeout_ms=POLL_MS, max_records=BATCH)
            for partition in await self._place_new():
                batch.pop(partition, None)  # read again, from its new position
            if self._consumer.assignment():
                self._metrics.ready()
            if self._following is not None:
                await self._following.look(batch)
            self._next.update((partition, messages[0].offset) for partition, messages in batch.items())
            self._report_lag()
            for partition, messages in batch.items():
                await self._take(partition, messages)
            await self._commit()
            if not batch:
                self._metrics.progressed()

    async def _place_new(self) -> set[TopicPartition]:
        """Position the partitions for which this sink has no committed offset at one day before our start, and commit
        that, so that a sink that is down for long is not taken for a new one. Returns those partitions.
        """
        unplaced = self._consumer.assignment() - self._placed
        new = {partition for partition in unplaced if await self._consumer.committed(partition) is None}
        if not new or await self._begin(new):
            self._placed |= unplaced
        return new

    async def _begin(self, new: set[TopicPartition]) -> bool:
        """False if the group rebalanced meanwhile."""
        # Ends first: a message that arrives in between is then found by its time, and not taken for older than a day.
        firsts, ends = await self._consumer.beginning_offsets(new), await self._consumer.end_offsets(new)
        found = await self._consumer.offsets_for_times(dict.fromkeys(new, self._begin_ms))
        begins = {partition: ends[partition] if (at := found[partition]) is None else at.offset for partition in new}
        try:
            for partition, offset in begins.items():
                self._consumer.seek(partition, offset)
            await self._consumer.commit(begins)
        except (CommitFailedError, IllegalStateError) as error:
            logger.warning("cannot position the partitions, the group is rebalancing: %s", error)
            return False
        if passed := sum(begins.values()) - sum(firsts.values()):
            logger.info("%d notifications from before this sink existed are not delivered", passed)
            self._metrics.notification("before_sink", passed)
        return True

    async def _take(self, partition: TopicPartition, messages: Sequence[ConsumerRecord]) -> None:
        for message in messages:
            if self._stop.is_set() or partition not in self._consumer.assignment():
                return
            notification = self._read(message)
            if notification is not None and not await self._delivery.deliver(notification):
                return
            self._next[partition] = message.offset + 1
            self._uncommitted.add(partition)
            self._metrics.progressed()
            # Skipping a message again costs nothing, so its offset can wait for the end of the batch.
            if notification is not None:
                await self._commit()

    def _read(self, message: ConsumerRecord) -> Notification | None:
        """The notification to deliver; None if it cannot be decoded or is stale. Both are counted."""
        try:
            notification = self._decoder.decode(message.value or b"")
            _check_id(notification.id)
        # ValueError also covers bytes that are not UTF-8; endless nesting has its own error.
        except (ValueError, RecursionError) as error:
            self._metrics.notification("undecodable")
            place = (message.topic, message.partition, message.offset)
            logger.error("skipped %s[%d]@%d: not a notification: %s", *place, error)
            return None
        if self._max_age_ms and message.timestamp - notification.as_of_ms > self._max_age_ms:
            self._metrics.notification("stale")
            return None
        return notification

    async def _commit(self) -> None:
        if self._delivery.is_in_doubt:
            self._report_lag()
            return
        ours = self._uncommitted & self._consumer.assignment()
        self._uncommitted.clear()
        if not ours:
            return
        try:
            await self._consumer.commit({partition: self._next[partition] for partition in ours})
        except (CommitFailedError, IllegalStateError) as error:
            # The partitions moved: their new owner reads these messages again and finds that they were delivered.
            logger.warning("offsets not committed, the group is rebalancing: %s", error)
        self._report_lag()

    async def _report_lag_periodically(self) -> None:
        """Keep the lag correct during a wait of hours, in which nothing is fetched."""
        while True:
            await asyncio.sleep(LAG_SECONDS)
            try:
                ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
            except (KafkaError, OSError, ValueError) as error:  # no partitions, or no broker, at the moment
                logger.debug("cannot read the end offsets of the topic: %s", error)
            else:
                self._report_lag(ends)

    def _report_lag(self, ends: Mapping[TopicPartition, int] | None = None) -> None:
        assigned = self._consumer.assignment()
        # While another notifier reads a partition, our position in it is out of date.
        self._next = {partition: offset for partition, offset in self._next.items() if partition in assigned}
        lag: dict[tuple[str, int], int] = {}
        for partition in assigned:
            end = max((ends or {}).get(partition, 0), self._consumer.highwater(partition) or 0)
            lag[partition.topic, partition.partition] = max(0, end - self._next.get(partition, end))
        self._metrics.lag(lag)


def _check_id(notification_id: str) -> None:
    """Check that an id is a hash. It becomes a Redis key and an HTTP header; anything else is not our message."""
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,128}", notification_id):
        raise ValueError(f"its id {notification_id[:40]!r} is no hash")


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
        sinks = await open_sinks(settings, stack)
        redis = await stack.enter_async_context(
            open_redis(settings, connect_seconds=REDIS_TIMEOUT_SECONDS, answer_seconds=REDIS_TIMEOUT_SECONDS)
        )
        delivered = RedisDeliveredIds(redis, prefix=settings.redis_prefix, address=shown_address(settings))
        await ensure_topics(settings, "notifier")
        if (lease := await lease_of(settings, NOTIFICATIONS)) is not None:
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
        consumer.subscribe([settings.topic(NOTIFICATIONS)])
        following = OffsetFollower(consumer, GapReport(metrics), NOTIFICATIONS)
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
