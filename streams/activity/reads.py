"""Reads the copies of activity and cases in Redis; see `streams.activity.port`."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from alerts.notification import Notification
from alerts.step import AlertStep
from streams.activity.account_cases import notification_of, step_of, unpack
from streams.activity.activity_fold import activities_of
from streams.deployment.settings import Settings
from streams.read_model.account_values import Activity
from streams.read_model.layout import Keys, root_of
from streams.read_model.port import ReadModelBroken, ReadModelUnavailable
from streams.redis.client import open_redis, shown_address
from streams.redis.errors import error_text

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
READ_AT_ONCE = 1_000
DECODED_AT_ONCE = 25
"""About four milliseconds; then others of the loop have their turn."""


class RedisReads:
    """`ActivityReads` and `CaseReads` in Redis, of the generation that serves."""

    def __init__(self, redis: Redis, *, root: str, address: str) -> None:
        """`root` begins every key; `redis` answers in bytes; `address` names it in error texts."""
        self._redis = redis
        self._keys = Keys(root)
        self._address = address

    @classmethod
    def open(cls, settings: Settings) -> RedisReads:
        """The copies of a deployment. Does not connect yet; call `close` when done.

        Raises:
            UserError: when the settings of Redis cannot be used.
        """
        retry = Retry(NoBackoff(), 1)
        redis = open_redis(settings, connect_seconds=CONNECT_SECONDS, answer_seconds=ANSWER_SECONDS, retry=retry)
        return cls(redis, root=root_of(settings), address=shown_address(settings))

    async def close(self) -> None:
        """Give the connections back. A second call does nothing."""
        await self._redis.aclose()

    async def activities(self, account_ids: Sequence[str], /) -> Mapping[str, Activity]:
        """See `ActivityReads.activities`."""
        found: dict[str, Activity] = {}
        async with self._answering() as keys:
            for first in range(0, len(account_ids), READ_AT_ONCE):
                page = account_ids[first : first + READ_AT_ONCE]
                values = await self._redis.hmget(keys.key("activity"), list(map(_field, page)))
                bodies = cast("list[bytes | None]", values)
                held = {name: body for name, body in zip(page, bodies, strict=True) if body is not None}
                for name, account in activities_of(held):
                    found[name] = account.activity()
                    if len(found) % DECODED_AT_ONCE == 0:
                        await asyncio.sleep(0)
        return found

    async def steps(self, account_id: str, /) -> tuple[AlertStep, ...]:
        """See `CaseReads.steps`."""
        async with self._answering() as keys:
            return tuple(map(step_of, unpack(await self._get(keys, "account_cases", account_id))))

    async def case(self, case_id: str, /) -> tuple[AlertStep, ...]:
        """See `CaseReads.case`."""
        async with self._answering() as keys:
            account_id = await self._get(keys, "cases", case_id)
        if account_id is None:
            return ()
        return tuple(step for step in await self.steps(account_id.decode()) if step.case_id == case_id)

    async def open_cases(self) -> tuple[AlertStep, ...]:
        """See `CaseReads.open_cases`."""
        async with self._answering() as keys:
            bodies = cast("list[bytes]", await self._redis.hvals(keys.key("open_cases")))
            return tuple(step_of(zlib.decompress(body)) for body in bodies)

    async def latest_decisions(self, limit: int, before: str = "") -> tuple[AlertStep, ...]:
        """See `CaseReads.latest_decisions`."""
        async with self._answering() as keys:
            first = 0
            if before:
                place = cast("int | None", await self._redis.zrevrank(keys.key("decisions"), before))
                if place is None:
                    return ()
                first = place + 1
            page = await self._redis.zrevrange(keys.key("decisions"), first, first + limit - 1) if limit > 0 else []
            ids = cast("list[bytes]", page)
            values = await self._redis.hmget(keys.key("decision_bodies"), ids) if ids else []
            bodies = cast("list[bytes | None]", values)
            return tuple(step_of(zlib.decompress(body)) for body in bodies if body is not None)

    async def transitions(self, account_id: str, /) -> tuple[Notification, ...]:
        """See `CaseReads.transitions`."""
        async with self._answering() as keys:
            return tuple(map(notification_of, unpack(await self._get(keys, "transitions", account_id))))

    async def _get(self, keys: Keys, key: str, name: str) -> bytes | None:
        return cast("bytes | None", await self._redis.hget(keys.key(key), _field(name)))

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[Keys]:
        """The keys of the generation that serves."""
        try:
            yield self._keys.of(int(await self._redis.get(self._keys.pointer) or 0))
        except (msgspec.DecodeError, UnicodeDecodeError, zlib.error) as error:
            raise ReadModelBroken(f"Redis at {self._address} holds something that cannot be read ({error}).") from error
        except (RedisError, OSError) as error:
            kind = ReadModelBroken if "WRONGTYPE" in str(error) else ReadModelUnavailable
            raise kind(error_text(error, self._address)) from error


def _field(name: str) -> bytes:
    return name.encode(errors="surrogatepass")
