"""The lease on the read model and the delivered ids in Redis: one Kafka topic of one cluster holds it at a time.

Two deployments of the same name on two Kafka clusters that share a Redis would overwrite each other's accounts. So each
projector and notifier holds a lease in the name of its cluster and topic. While one cluster holds it, processes of
another do not start. Once the lease has expired another cluster may take over; the read model is then rebuilt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from aiokafka.errors import KafkaError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.topic_ids import find_topics
from streams.redis.client import open_redis, shown_address

_LOG = logging.getLogger(__name__)
GRACE_SECONDS = 5.0
RENEWALS = 4
"""A lease is renewed this often in its lifetime."""
_RETRY_SECONDS = 1.0
_ANSWER_SECONDS = 2.0
_TOPIC_ID = ", topic id "
_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
"""


class Owner(msgspec.Struct, frozen=True):
    """The result of an attempt: the cluster that holds the lease instead ("" if we do), and the owner of the keys."""

    other: str
    before: str


async def source_of(settings: Settings, topic: str) -> str:
    """Identifies this topic among topics of the same name on other clusters: the cluster id and the topic id; "" if the
    broker reports neither. Clusters that were made from one image may have the same cluster id.

    Raises:
        KafkaError: when the brokers cannot be reached, or do not show us the topic.
    """
    name = settings.topic(topic)
    admin = new_admin(settings, "owner")
    try:
        await admin.start()
        found = await admin.describe_cluster()
        topics = await find_topics(admin, [name])
    finally:
        await admin.close()
    cluster, own = found.get("cluster_id") or "", topics[name].id if name in topics else ""
    return f"cluster {cluster}{_TOPIC_ID}{own}" if own else cluster


def identity_in(source: str) -> str:
    """`source`, of `source_of`, if it tells the topic even from those that had its name before; else ""."""
    return source if _TOPIC_ID in source else ""


class Lease:
    """The lease of one process. Not thread-safe."""

    def __init__(self, settings: Settings, topic: str, cluster: str) -> None:
        self._settings = settings
        self._topic = topic
        self._cluster = cluster
        self._redis: Redis = open_redis(settings, connect_seconds=_ANSWER_SECONDS, answer_seconds=_ANSWER_SECONDS)
        self.seconds = settings.session_timeout_ms / 1_000 + GRACE_SECONDS

    @property
    def topic_source(self) -> str:
        """Identifies the topic, even among those that had its name before; "" where the broker reports no topic id."""
        return identity_in(self._cluster)

    async def close(self) -> None:
        await self._redis.aclose()

    async def hold(self) -> Owner:
        """Take or renew the lease.

        Raises:
            RedisError, OSError: when Redis does not answer; we may hold the lease or not.
        """
        other: Any = await self._redis.eval(_HOLD, 1, self._key("lease"), self._cluster, round(1_000 * self.seconds))
        before: Any = await self._redis.get(self._key("cluster"))
        return Owner(other.decode(), "" if before is None else before.decode())

    async def settle(self) -> None:
        """Record that what is in Redis is ours: call it after the keys of another owner were deleted.

        Raises:
            RedisError, OSError: when Redis does not answer.
        """
        await self._redis.set(self._key("cluster"), self._cluster)

    async def take(self, waiting: Callable[[str], None]) -> bool:
        """Take the lease. True if the keys in Redis belong to another cluster whose lease has expired. Waits until the
        lease of a holder that has ended would be gone, and calls `waiting` once with the reason.

        Raises:
            UserError: when the other cluster's processes keep renewing it.
            RedisError, OSError: when Redis does not answer; we may hold the lease or not.
        """
        deadline = time.monotonic() + self.seconds + _RETRY_SECONDS
        is_reported = False
        while True:
            owner = await self.hold()
            if not owner.other:
                return owner.before not in ("", self._cluster)
            if time.monotonic() >= deadline:
                raise UserError(self._refusal(owner.other))
            if not is_reported:
                is_reported = True
                waiting(self._refusal(owner.other))
                _LOG.warning("%s Waiting %.0f s for the lease to expire.", self._refusal(owner.other), self.seconds)
            await asyncio.sleep(_RETRY_SECONDS)

    async def keep(self) -> None:
        """Renew the lease for ever; more often while Redis is down, so that it is ours as soon as Redis is back.

        Raises:
            UserError: when another cluster has taken it because this process did not renew it in time.
        """
        pause_seconds = _RETRY_SECONDS
        while True:
            await asyncio.sleep(pause_seconds)
            try:
                owner = await self.hold()
            except (RedisError, OSError) as error:
                _LOG.debug("the lease in Redis is not renewed (%s)", error)
                pause_seconds = _RETRY_SECONDS
            else:
                pause_seconds = self.seconds / RENEWALS
                if owner.other:
                    raise UserError(self._refusal(owner.other))

    def _key(self, name: str) -> str:
        return f"{self._settings.redis_prefix}owner:{self._topic}:{name}"

    def _refusal(self, other: str) -> str:
        where, name = shown_address(self._settings), self._settings.deployment
        return (
            f"The data of {name}-{self._topic} in Redis at {where} belongs to another Kafka cluster or topic "
            f"({other}), whose processes are running; ours is {self._cluster}. Set another VITALS_GROUP, "
            "VITALS_TOPIC_PREFIX or VITALS_REDIS, or stop the other's projectors and notifiers, then start again."
        )


async def lease_of(settings: Settings, topic: str, *, data: str = "") -> Lease | None:
    """A lease, not taken yet, for the data made from one of our topics; None if the topic's id cannot be read. `data`
    names it where several processes make different data from one topic."""
    try:
        source = await source_of(settings, topic)
    except (KafkaError, OSError) as error:
        _LOG.warning("the id of the topic %s cannot be read (%s)", settings.topic(topic), error)
        return None
    return Lease(settings, data or topic, source) if source else None


async def while_held(lease: Lease | None, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` while renewing the lease.

    Raises:
        UserError: when another cluster has taken the lease; the work is then cancelled. Passes on what `work` raises.
    """
    if lease is None:
        await work
        return
    working, renewing = asyncio.ensure_future(work), asyncio.ensure_future(lease.keep())
    try:
        await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            renewing.result()
        working.result()
    finally:
        for task in (working, renewing):
            # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that meets its result.
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1.0)
