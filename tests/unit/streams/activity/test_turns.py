"""Pages of a book are decoded in turns: a dashboard that fills its book answers meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import cast

import pytest
from redis.asyncio import Redis

from streams.activity.account import AccountActivity
from streams.activity.reads import DECODED_AT_ONCE as ACTIVITIES_AT_ONCE
from streams.activity.reads import RedisReads
from streams.read_model.in_redis.dictionaries import Dictionaries
from streams.read_model.in_redis.reading import DECODED_AT_ONCE, AccountReader
from streams.read_model.in_redis.redis_keys import RedisKeys
from streams.read_model.layout import Keys
from streams.read_model.port import Scanned
from tests.builders import a_snapshot

ACCOUNTS = 400


class AtOnce:
    """A Redis that answers without any wait: who else runs does so because the reader let it."""

    def __init__(self, bodies: dict[bytes, bytes], dictionaries: dict[bytes, bytes]) -> None:
        self._bodies = bodies
        self._dictionaries = dictionaries

    async def get(self, _: str) -> None:
        """No other generation serves."""

    async def hscan(self, _: str, cursor: int, *, count: int) -> tuple[int, dict[bytes, bytes]]:
        assert count
        return cursor, self._bodies

    async def hmget(self, key: str, names: list[bytes]) -> list[bytes | None]:
        return [None if key.endswith("histories") else self._bodies[name] for name in names]

    async def hgetall(self, _: str) -> dict[bytes, bytes]:
        return self._dictionaries


async def turns_of_others(work: Awaitable[object]) -> int:
    """How often another task of the loop runs meanwhile."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await work
    running.cancel()
    return turns


@pytest.mark.parametrize("part", ["answers", "activities"])
async def test_others_have_their_turn_while_a_page_is_decoded(part: str) -> None:
    names = [f"account-{number}" for number in range(ACCOUNTS)]
    used: dict[bytes, bytes] = {}
    if part == "answers":
        dictionaries = Dictionaries()
        bodies = {name.encode(): dictionaries.pack(a_snapshot(account_id=name), used) for name in names}
        keys = RedisKeys(cast(Redis, AtOnce(bodies, used)), Keys("x:"), "there")
        turns = await turns_of_others(scanned(AccountReader(keys, Dictionaries())))
        assert turns >= ACCOUNTS // DECODED_AT_ONCE
        return
    bodies = {name.encode(): AccountActivity().to_bytes() for name in names}
    reads = RedisReads(cast(Redis, AtOnce(bodies, used)), root="x:", address="there")
    turns = await turns_of_others(reads.activities(names))
    assert turns >= ACCOUNTS // ACTIVITIES_AT_ONCE


async def scanned(reader: AccountReader) -> list[Scanned]:
    """All of one page."""
    return [each async for found in reader.scan() for each in found]
