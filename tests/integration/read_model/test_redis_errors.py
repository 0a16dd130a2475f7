"""What a real Redis refuses, in one line each with the advice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from redis.asyncio import Redis

from streams.deployment.settings import Settings
from streams.doctor.redis import check_redis
from streams.notifier.delivered_ids import DeliveredIdsUnavailable, RedisDeliveredIds
from streams.read_model.port import Batch, Change, ReadModelUnavailable
from streams.read_model.store import RedisReadModel
from streams.redis.client import open_redis, shown_address
from tests.builders import a_snapshot
from vitals.local.embedded import start_redis

A_BATCH = Batch(partition=0, start=0, end=1, changes=[Change(0, "acme", a_snapshot("acme"))])


@asynccontextmanager
async def refusing(*options: str, after: tuple[str, ...] = ()) -> AsyncIterator[Settings]:
    """A Redis of its own; `after` is a command that it is given first."""
    with start_redis(options=options) as server:
        if after:
            async with Redis.from_url(server.address) as redis:
                await redis.execute_command(*after)  # type: ignore[no-untyped-call]
        yield Settings(redis=server.address)


async def said(settings: Settings) -> str:
    """What the read model and the notifier say of it when they write."""
    model = RedisReadModel.open(settings)
    with pytest.raises(ReadModelUnavailable) as of_model:
        await model.write(A_BATCH)
    await model.close()
    async with open_redis(settings, connect_seconds=2.0, answer_seconds=2.0) as redis:
        ids = RedisDeliveredIds(redis, prefix=settings.redis_prefix, address=shown_address(settings))
        with pytest.raises(DeliveredIdsUnavailable) as of_ids:
            await ids.claim("a")
    # They need not begin with the same command.
    assert re.sub("'[a-z]+' command", "", str(of_model.value)) == re.sub("'[a-z]+' command", "", str(of_ids.value))
    assert "\n" not in str(of_model.value)
    assert "hunter2" not in str(of_model.value)
    return str(of_model.value)


async def test_a_replica() -> None:
    async with refusing("--replicaof", "127.0.0.1", "1", "--replica-serve-stale-data", "yes") as settings:
        assert (await said(settings)).endswith(" is a replica and rejects writes: point VITALS_REDIS at the primary.")


async def test_a_replica_that_lost_its_primary_and_serves_nothing() -> None:
    async with refusing(
        "--replicaof", "127.0.0.1", "1", after=("CONFIG", "SET", "replica-serve-stale-data", "no")
    ) as at:
        assert "is a replica that has lost its primary" in await said(at)


async def test_a_full_one() -> None:
    async with refusing(after=("CONFIG", "SET", "maxmemory", "1")) as settings:
        assert "is full (maxmemory)" in await said(settings)


async def test_one_that_wants_a_password() -> None:
    async with refusing(after=("CONFIG", "SET", "requirepass", "other")) as settings:
        assert "requires a password: set VITALS_REDIS_PASSWORD" in await said(settings)
        wrong = msgspec.structs.replace(settings, redis=settings.redis.replace("://", "://:hunter2@"))
        assert "rejects our user or password" in await said(wrong)


async def test_a_user_without_the_right() -> None:
    async with refusing(after=("ACL", "SETUSER", "poor", "on", ">hunter2", "+ping", "~none")) as settings:
        poor = msgspec.structs.replace(settings, redis=settings.redis.replace("://", "://poor:hunter2@"))
        assert "denies our user a command" in await said(poor)


async def test_too_few_replicas() -> None:
    async with refusing("--min-replicas-to-write", "2") as settings:
        assert "has too few replicas to accept writes" in await said(settings)


async def test_a_database_that_is_not_there() -> None:
    async with refusing() as settings:
        beyond = msgspec.structs.replace(settings, redis=settings.redis.removesuffix("0") + "99")
        assert "has no database of that number" in await said(beyond)


async def test_one_that_is_not_there() -> None:
    assert "does not answer" in await said(Settings(redis="redis://ops:hunter2@127.0.0.1:1/0"))


async def advice_of(settings: Settings) -> str:
    """The advice that the doctor names."""
    [found] = [each for each in await check_redis(settings) if each.check == "redis.reachable"]
    assert found.words
    assert "hunter2" not in repr(found)
    return found.advice


async def test_the_doctor_names_the_mend_of_each() -> None:
    replace = msgspec.structs.replace
    async with refusing(after=("ACL", "SETUSER", "poor", "on", ">hunter2", "+ping", "~none")) as settings:
        stranger = replace(settings, redis=settings.redis.replace("://", "://who:hunter2@"))
        assert "check VITALS_REDIS_USERNAME and VITALS_REDIS_PASSWORD" in await advice_of(stranger)
        poor = replace(settings, redis=settings.redis.replace("://", "://poor:hunter2@"))
        assert "give it the rights listed in docs/security.md" in await advice_of(poor)
        beyond = replace(settings, redis=settings.redis.removesuffix("0") + "99")
        assert "check the end of VITALS_REDIS" in await advice_of(beyond)
        no_sentinel = replace(
            settings, redis=settings.redis.replace("redis://", "redis+sentinel://").replace("/0", "/main/0")
        )
        assert "start VITALS_REDIS with redis://" in await advice_of(no_sentinel)
        no_tls = replace(settings, redis=settings.redis.replace("redis://", "rediss://"))
        assert "rediss:// if, and only if, it uses TLS" in await advice_of(no_tls)
    async with refusing(after=("CONFIG", "SET", "requirepass", "other")) as settings:
        assert "set VITALS_REDIS_PASSWORD" in await advice_of(settings)
