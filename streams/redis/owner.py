"""Whose the read model and the delivered ids in Redis are: one Kafka topic's, of one cluster, at a time.

Two deployments of one name on two clusters, over one Redis, would write each other's accounts. So each projector and
notifier holds a lease in the name of its cluster. While one cluster holds it, processes of another do not start. When
nobody has held it for a while another may take over; the read model then begins anew.
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
"""How often a lease is renewed in its time."""
_RETRY_SECONDS = 1.0
_ANSWER_SECONDS = 2.0
_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
"""


class Owner(msgspec.Struct, frozen=True):
    """What came of taking hold: the cluster that has it instead, "" for ours; and whose it was before."""

    other: str
    before: str


async def source_of(settings: Settings, topic: str) -> str:
    """What tells this topic from all of its name elsewhere: the ids of its cluster and its own; "" when neither is
    told. Clusters from one image may well have one id.

    Raises:
        KafkaError: when the brokers cannot be reached, or do not let us see it.
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
    return f"cluster {cluster}, topic id {own}" if own else cluster


class Lease:
    """The lease of one process. Not thread-safe."""

    def __init__(self, settings: Settings, topic: str, cluster: str) -> None:
        self._settings = settings
        self._topic = topic
        self._cluster = cluster
        self._redis: Redis = open_redis(settings, connect_seconds=_ANSWER_SECONDS, answer_seconds=_ANSWER_SECONDS)
        self.seconds = settings.session_timeout_ms / 1_000 + GRACE_SECONDS

    async def close(self) -> None:
        await self._redis.aclose()

    async def hold(self) -> Owner:
        """Take or renew the lease.

        Raises:
            RedisError, OSError: when Redis does not serve; whether it is held is not known then.
        """
        other: Any = await self._redis.eval(_HOLD, 1, self._key("lease"), self._cluster, round(1_000 * self.seconds))
        before: Any = await self._redis.get(self._key("cluster"))
        return Owner(other.decode(), "" if before is None else before.decode())

    async def settle(self) -> None:
        """What is in Redis is ours from now on: say so when it has been cleared.

        Raises:
            RedisError, OSError: when Redis does not serve.
        """
        await self._redis.set(self._key("cluster"), self._cluster)

    async def take(self, waiting: Callable[[str], None]) -> bool:
        """Take it; whether what is in Redis is another cluster's, which has left it. Waits for as long as the other's
        lease may last after its end, and tells `waiting` why.

        Raises:
            UserError: when another cluster's processes go on holding it.
            RedisError, OSError: when Redis does not serve; whether it is held is not known then.
        """
        deadline = time.monotonic() + self.seconds + _RETRY_SECONDS
        is_told = False
        while True:
            owner = await self.hold()
            if not owner.other:
                return owner.before not in ("", self._cluster)
            if time.monotonic() >= deadline:
                raise UserError(self._refusal(owner.other))
            if not is_told:
                is_told = True
                waiting(self._refusal(owner.other))
                _LOG.warning("%s Waiting %.0f s for it to be left.", self._refusal(owner.other), self.seconds)
            await asyncio.sleep(_RETRY_SECONDS)

    async def keep(self) -> None:
        """Renew it for ever; more often while Redis is down, so that it is ours as soon as Redis is back.

        Raises:
            UserError: when another cluster has taken it, because we stood still for too long.
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
            f"What is kept of {name}-{self._topic} in Redis at {where} is another Kafka cluster's or topic's "
            f"({other}), which is at work, and ours is {self._cluster}: set another VITALS_GROUP, VITALS_TOPIC_PREFIX "
            "or VITALS_REDIS, or stop the other's projectors and notifiers, then start again."
        )


async def lease_of(settings: Settings, topic: str) -> Lease | None:
    """A lease, not taken yet, of what is made from one of our topics; None where its id cannot be had."""
    try:
        source = await source_of(settings, topic)
    except (KafkaError, OSError) as error:
        _LOG.warning("the id of the topic %s cannot be had (%s)", settings.topic(topic), error)
        return None
    return Lease(settings, topic, source) if source else None


async def while_held(lease: Lease | None, work: Coroutine[Any, Any, None]) -> None:
    """Do `work`, and keep the lease beside it.

    Raises:
        UserError: when another cluster has taken the lease; the work is cancelled then. And whatever the work raises.
    """
    if lease is None:
        await work
        return
    working, keeping = asyncio.ensure_future(work), asyncio.ensure_future(lease.keep())
    try:
        await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            keeping.result()
        working.result()
    finally:
        for task in (working, keeping):
            # One call may not be enough: before Python 3.12, `wait_for` swallows a cancellation that meets its result.
            while not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=1.0)
