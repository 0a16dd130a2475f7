"""A Redis client that detects whether it talks to a single server or to a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import MovedError, ReadOnlyError, ResponseError


class AdaptiveRedis(Redis):
    """Asks the server once what it is. If it is part of a cluster, all later commands go through `to_cluster()`.

    All keys of one command must be in one slot, as those of a deployment are. Do not use pipelines, transactions or
    subscriptions: they would go to the one server only.
    """

    to_cluster: Callable[[], RedisCluster]
    _cluster: RedisCluster | None = None
    _is_known = False

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """See `Redis.execute_command`."""
        if not self._is_known:
            await self._find_out()
        if self._cluster is not None:
            return await self._cluster.execute_command(*args, **options)
        try:
            return await self._of_one(*args, **options)
        except MovedError:
            # The server did not say, or has joined a cluster since.
            self._cluster = self.to_cluster()
            return await self._cluster.execute_command(*args, **options)
        except ReadOnlyError:
            # The primary became a replica: its name may point elsewhere now, but only a new connection sees that.
            await self.connection_pool.disconnect(inuse_connections=False)
            raise

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        if self._cluster is not None:
            await self._cluster.aclose()
        await super().aclose(close_connection_pool)

    async def _of_one(self, *args: Any, **options: Any) -> Any:
        return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]

    async def _find_out(self) -> None:
        try:
            hello = await self._of_one("HELLO")
        except ResponseError:
            hello = {}  # an old server, or a user who may not ask; a cluster shows itself later (MOVED)
        self._is_known = True
        pairs = hello if isinstance(hello, dict) else dict(zip(hello[::2], hello[1::2], strict=True))
        if pairs.get(b"mode", pairs.get("mode")) in (b"cluster", "cluster"):
            self._cluster = self.to_cluster()
