"""Who did what first: in Redis, which all processes share; while it does not answer, in this process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.interactions.acting import FIRST_SECONDS, First

REDIS_SECONDS = 0.5
"""Of the three that Slack waits for an answer."""
KEPT_MAX = 10_000
_LOG = logging.getLogger(__name__)


class LocalFirstActors:
    """`FirstActors` of this process alone. `monotonic` is a clock in seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._claims: dict[str, tuple[First, float]] = {}

    async def claim(self, key: str, first: First, /) -> First:
        """See `FirstActors.claim`."""
        now = self._monotonic()
        found, until = self._claims.get(key, (first, 0.0))
        if until > now:
            return found
        if len(self._claims) >= KEPT_MAX:
            self._claims = {kept: claim for kept, claim in self._claims.items() if claim[1] > now}
        if len(self._claims) < KEPT_MAX:
            self._claims[key] = first, now + FIRST_SECONDS
        return first

    async def release(self, key: str, /) -> None:
        """See `FirstActors.release`."""
        self._claims.pop(key, None)


class RedisFirstActors:
    """`FirstActors` in Redis; `prefix` begins every key."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._start = f"{prefix}acted:"
        self._local = LocalFirstActors()

    async def claim(self, key: str, first: First, /) -> First:
        """See `FirstActors.claim`."""
        name, mine = self._start + key, msgspec.json.encode(first)
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                is_first = await self._redis.set(name, mine, nx=True, ex=FIRST_SECONDS)
                if not is_first and (found := await self._redis.get(name)) is not None:
                    return msgspec.json.decode(found, type=First)
        except (RedisError, OSError, TimeoutError, msgspec.DecodeError) as error:
            _LOG.warning("who acts first is known to this process alone: %r", error)
        return await self._local.claim(key, first)

    async def release(self, key: str, /) -> None:
        """See `FirstActors.release`."""
        await self._local.release(key)
        try:
            async with asyncio.timeout(REDIS_SECONDS):
                await self._redis.delete(self._start + key)
        except (RedisError, OSError, TimeoutError) as error:
            _LOG.warning("a claim is not released, and ends by itself in %d s: %r", FIRST_SECONDS, error)
