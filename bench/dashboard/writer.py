"""Changes accounts in Redis as the projector does."""

from __future__ import annotations

import asyncio

import msgspec
from redis.asyncio import Redis

from bench.dashboard.redis_fill import account_id, keys_of_the_bench
from streams.read_model.port import Batch, Change
from streams.read_model.store import RedisReadModel

PARTITION = 0


class Writer:
    """One writer; it goes on where the read model is."""

    def __init__(self, address: str) -> None:
        self._model = RedisReadModel(Redis.from_url(address), keys_of_the_bench(), address=address)

    async def change(self, name: str, number: int) -> None:
        """Give this account an answer with another score."""
        answer = await self._model.get(name)
        assert answer is not None
        assert answer.score is not None
        score = max(0.0, min(100.0, answer.score + (0.7 if number % 2 else -0.7)))
        newer = msgspec.structs.replace(answer, score=score, version=answer.version + 1, as_of_ms=answer.as_of_ms + 1)
        offset = (await self._model.progress())[PARTITION]
        changes = (Change(offset, name, newer),)
        written = await self._model.write(Batch(partition=PARTITION, start=offset, end=offset + 1, changes=changes))
        assert written.stored == 1

    async def changing(self, rate: float, accounts: int) -> None:
        """Change accounts all over the book, that many a second, until cancelled."""
        number = 0
        while True:
            await self.change(account_id(number * 104_729 % accounts), number)
            number += 1
            await asyncio.sleep(1 / rate)

    async def close(self) -> None:
        await self._model.close()
