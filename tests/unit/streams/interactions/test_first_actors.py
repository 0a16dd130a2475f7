"""Who did what first."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from streams.interactions.acting import First
from streams.interactions.first_actors import KEPT_MAX, LocalFirstActors, RedisFirstActors
from tests.fakes import ManualClock
from vitals.local.embedded import free_port

ANN, BO = First(author="ann", at_ms=1), First(author="bo", at_ms=2)


async def test_the_first_claim_stays_until_it_is_released() -> None:
    actors = LocalFirstActors()
    assert await actors.claim("k", ANN) == ANN
    assert await actors.claim("k", BO) == ANN
    await actors.release("k")
    assert await actors.claim("k", BO) == BO


async def test_it_is_bounded_and_forgets_what_is_over() -> None:
    clock = ManualClock()
    actors = LocalFirstActors(clock.monotonic)
    for number in range(KEPT_MAX + 5):
        assert await actors.claim(str(number), ANN) == ANN
    clock.seconds += 10_000
    assert await actors.claim("new", ANN) == ANN
    assert await actors.claim("new", BO) == ANN


async def test_processes_share_a_redis(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        here, there = RedisFirstActors(redis, "t:"), RedisFirstActors(redis, "t:")
        assert await here.claim("shared", ANN) == ANN
        assert await there.claim("shared", BO) == ANN
        await here.release("shared")
        assert await there.claim("shared", BO) == BO


@pytest.mark.filterwarnings("ignore")
async def test_without_redis_a_process_knows_its_own() -> None:
    async with Redis(port=free_port(), retry=Retry(NoBackoff(), 0)) as redis:
        actors = RedisFirstActors(redis, "t:")
        assert await actors.claim("k", ANN) == ANN
        assert await actors.claim("k", BO) == ANN
        await actors.release("k")
        assert await actors.claim("k", BO) == BO
