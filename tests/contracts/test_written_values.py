"""The port `WrittenValues`: on the fake and on a real Redis."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from streams.score_sinks.value import LastWrite
from streams.score_sinks.written import RedisWrittenValues, WrittenUnavailable, WrittenValues
from tests.fakes import InMemoryWrittenValues, ManualClock

GREEN = LastWrite(score=81.5, tier="green", at_ms=1_795_255_200_000, generation=3, version=9)
NONE = LastWrite(score=None, tier="churned", at_ms=0, generation=0, version=0)


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[WrittenValues]:
    if request.param == "memory":
        yield InMemoryWrittenValues(ManualClock())
        return
    async with Redis.from_url(request.getfixturevalue("redis_url")) as redis:
        yield RedisWrittenValues(redis, "crm", prefix=f"{secrets.token_hex(4)}:")


async def test_the_last_write_is_kept_by_account(store: WrittenValues) -> None:
    await store.set("acme", NONE)
    await store.set("acme", GREEN)
    await store.set("zoë & <co>", NONE)
    assert await store.get(["acme", "zoë & <co>", "other"]) == {"acme": GREEN, "zoë & <co>": NONE}
    assert await store.get([]) == {}


async def test_accounts_that_were_forgotten_have_no_last_write(store: WrittenValues) -> None:
    for name in ("acme", "globex", "tiny"):
        await store.set(name, GREEN)
    assert await store.remove(["acme", "globex", "other"]) == 2
    assert await store.remove([]) == 0
    assert await store.get(["acme", "globex", "tiny"]) == {"tiny": GREEN}


async def test_after_a_clear_nothing_was_written(store: WrittenValues) -> None:
    await store.set("acme", GREEN)
    await store.clear()
    assert await store.get(["acme"]) == {}


async def test_in_redis_sinks_and_deployments_are_told_apart(redis_url: str) -> None:
    prefix = f"{secrets.token_hex(4)}:"
    async with Redis.from_url(redis_url) as redis:
        crm, other = (RedisWrittenValues(redis, name, prefix=prefix) for name in ("crm", "other"))
        await crm.set("acme", GREEN)
        assert await other.get(["acme"]) == {}
        assert await RedisWrittenValues(redis, "crm", prefix=f"x{prefix}").get(["acme"]) == {}


async def test_what_is_not_ours_in_redis_is_written_again(redis_url: str) -> None:
    prefix = f"{secrets.token_hex(4)}:"
    async with Redis.from_url(redis_url) as redis:
        store = RedisWrittenValues(redis, "crm", prefix=prefix)
        await store.set("acme", GREEN)
        await redis.hset(f"{prefix}written-back:crm", "broken", b"\xff{")
        assert await store.get(["acme", "broken"]) == {"acme": GREEN}


async def test_a_redis_that_is_not_there_is_said_to_be_unavailable() -> None:
    async with Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1) as redis:
        store = RedisWrittenValues(redis, "crm", prefix="x:", address="redis://127.0.0.1:1")
        for call in (store.get(["acme"]), store.set("acme", GREEN), store.clear()):
            with pytest.raises(WrittenUnavailable):
                await call
