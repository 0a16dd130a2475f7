"""What sinks remember, in Redis: the implementation of `SinkMemory`."""

from __future__ import annotations

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from alerts.sinks.port import DeliveryFailed
from streams.redis.errors import error_text

logger = logging.getLogger(__name__)


class RedisSinkMemory:
    """`SinkMemory` of one sink: one Redis key for each of its own."""

    def __init__(self, redis: Redis, sink: str, *, prefix: str, address: str = "") -> None:
        """`prefix` begins every key; `address` names the Redis in errors."""
        self._redis = redis
        self._start = f"{prefix}sink:{sink}:"
        self._address = address

    async def get(self, key: str, /) -> str | None:
        """See `SinkMemory.get`."""
        try:
            value = await self._redis.get(self._start + key)
        except (RedisError, OSError) as error:
            raise DeliveryFailed(error_text(error, self._address), reason="store") from error
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    async def set(self, key: str, value: str, /, *, seconds: int) -> None:
        """See `SinkMemory.set`."""
        try:
            await self._redis.set(self._start + key, value, ex=seconds)
        except (RedisError, OSError) as error:
            logger.warning("not remembered, so a message may come instead of an edit: %s", error_text(error, ""))
