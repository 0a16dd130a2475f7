"""Which notifications have been delivered: the port `DeliveredIds`, and its keeper in Redis.

A claim comes before each delivery and is marked sent after it, so that a notification that arrives again, on the
topic or at another notifier, is not a second message to people.
"""

from __future__ import annotations

import enum
import uuid
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.redis.errors import in_words

# Longer than the 35 days for which notifications are kept, so that no replay of the topic is sent twice.
SENT_SECONDS = 40 * 24 * 3_600
# Far longer than one attempt may take (`delivery.ATTEMPT_SECONDS`), and how long a crashed notifier's claims last.
LEASE_MS = 90_000

# One step, so that no other notifier comes between. Our own claim is taken anew: asking again, after an answer that
# was lost, gives the same answer.
_CLAIM = """
local holder = redis.call('GET', KEYS[1])
if holder == 'sent' then return 3 end
if holder and holder ~= ARGV[1] then return 2 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class Claim(enum.Enum):
    """The answer to a claim; the numbers are what the script in Redis returns."""

    OURS = 1
    HELD = 2
    SENT = 3


class DeliveredIdsUnavailable(Exception):
    """The keeper of delivered ids does not answer: whether an id was delivered cannot be known now."""


class DeliveredIds(Protocol):
    """Claims on ids, each instance a claimant of its own. Every method may block on the network for seconds, is
    idempotent, and raises `DeliveredIdsUnavailable` when the keeper does not answer; it may then have acted or not.
    """

    async def claim(self, delivery_id: str, /) -> Claim:
        """Take `delivery_id` for a lease: OURS, also when it was ours (the lease starts anew); HELD when another
        claimant has it; SENT when it has been delivered. A lease that runs out leaves the id free.
        """
        ...

    async def mark_sent(self, delivery_id: str, /) -> None:
        """Record that `delivery_id` was delivered, whoever holds it, for 40 days."""
        ...

    async def release(self, delivery_id: str, /) -> None:
        """Give back our claim. Another's claim, and an id that was sent, stay as they are."""
        ...


class RedisDeliveredIds:
    """`DeliveredIds` in Redis, one key an id.

    A Redis that loses its data forgets what was delivered: then only the notifier's committed offsets keep a
    notification from being delivered again.
    """

    def __init__(self, redis: Redis, *, prefix: str, address: str = "", lease_ms: int = LEASE_MS) -> None:
        """`prefix` begins every key; `address` names the Redis in error texts."""
        self._address = address
        self._redis = redis
        self._prefix = prefix
        self._lease_ms = lease_ms
        self._token = uuid.uuid4().hex

    async def claim(self, delivery_id: str, /) -> Claim:
        """See `DeliveredIds.claim`."""
        try:
            answer = await self._redis.eval(_CLAIM, 1, self._key(delivery_id), self._token, self._lease_ms)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(in_words(error, self._address)) from error
        return Claim(answer)

    async def mark_sent(self, delivery_id: str, /) -> None:
        """See `DeliveredIds.mark_sent`."""
        try:
            await self._redis.set(self._key(delivery_id), "sent", ex=SENT_SECONDS)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(in_words(error, self._address)) from error

    async def release(self, delivery_id: str, /) -> None:
        """See `DeliveredIds.release`."""
        try:
            await self._redis.eval(_RELEASE, 1, self._key(delivery_id), self._token)
        except (RedisError, OSError) as error:
            raise DeliveredIdsUnavailable(in_words(error, self._address)) from error

    def _key(self, delivery_id: str) -> str:
        return f"{self._prefix}delivered:{delivery_id}"
