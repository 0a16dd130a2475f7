"""Reads accounts from Redis: answers, closes and movements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import cast

from scoring.result import ScoreSnapshot
from streams.read_model.account_values import History, Movement
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.packed import field, read_movements, unpack
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import Keys
from streams.read_model.port import Scanned
from streams.read_model.records.closes import Closes, trend_of

ACCOUNTS_PER_READ = 500
SCANNED_PER_READ = 1_000
DECODED_AT_ONCE = 25
"""Of a page of a scan, about three milliseconds; then others of the loop have their turn."""


class AccountReader:
    """Reads accounts. One event loop owns it."""

    def __init__(self, redis: RedisKeys, dictionaries: Dictionaries) -> None:
        self._redis = redis
        self._dictionaries = dictionaries

    async def answers(self, account_ids: Sequence[str]) -> dict[str, ScoreSnapshot]:
        """See `ReadModel.get_many`."""

        async def read(keys: Keys) -> dict[str, ScoreSnapshot]:
            found = await self._packed(keys, "answers", account_ids)
            return {name: await unpack(self._redis, keys, self._dictionaries, body) for name, body in found.items()}

        return await self._redis.read(read)

    async def histories(self, account_ids: Sequence[str]) -> dict[str, History]:
        """See `ReadModel.histories`."""

        async def read(keys: Keys) -> dict[str, History]:
            found = await self._packed(keys, "histories", account_ids)
            return {name: Closes.unpack(body).history() for name, body in found.items()}

        return await self._redis.read(read)

    async def movements(self, account_id: str) -> tuple[Movement, ...]:
        """See `ReadModel.movements`."""

        async def read(keys: Keys) -> tuple[Movement, ...]:
            found = await self._packed(keys, "movements", [account_id])
            return read_movements(found.get(account_id, b""))[0].all()

        return await self._redis.read(read)

    async def scan(self) -> AsyncIterator[list[Scanned]]:
        """See `ReadModel.scan`. Where other keys are switched to meanwhile, it begins again: accounts come twice."""
        begun: Keys | None = None
        cursor = 0
        while True:
            begun, cursor, found = await self._redis.read(partial(self._scan, begun, cursor))
            yield found
            if cursor == 0:
                return

    async def _scan(self, begun: Keys | None, cursor: int, keys: Keys) -> tuple[Keys, int, list[Scanned]]:
        if keys != begun:
            cursor = 0
        following, found = await self._redis.redis.hscan(keys.key("answers"), cursor, count=SCANNED_PER_READ)
        closes = await self._redis.redis.hmget(keys.key("histories"), list(found)) if found else []
        scanned = []
        for body, packed in zip(
            cast("dict[bytes, bytes]", found).values(), cast("list[bytes | None]", closes), strict=True
        ):
            answer = await unpack(self._redis, keys, self._dictionaries, body)
            scanned.append(Scanned(answer, trend_of(packed or b"")))
            if len(scanned) % DECODED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return keys, int(following), scanned

    async def _packed(self, keys: Keys, name: str, account_ids: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for first in range(0, len(account_ids), ACCOUNTS_PER_READ):
            names = account_ids[first : first + ACCOUNTS_PER_READ]
            bodies = await self._redis.redis.hmget(keys.key(name), [field(each) for each in names])
            pairs = zip(names, cast("list[bytes | None]", bodies), strict=True)
            found.update((each, body) for each, body in pairs if body is not None)
        return found
