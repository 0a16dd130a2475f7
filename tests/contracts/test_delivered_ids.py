"""What every `DeliveredIds` promises, on the fake and on a real Redis."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis

from streams.notifier.delivered_ids import SENT_SECONDS, Claim, DeliveredIds, DeliveredIdsUnavailable, RedisDeliveredIds
from tests.fakes import InMemoryDeliveredIds, ManualClock

LEASE_SECONDS = 0.3


class Keeper:
    """Where ids are kept: two claimants on it, and a way to let time pass."""

    def __init__(self, ours: DeliveredIds, theirs: DeliveredIds, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.ours = ours
        self.theirs = theirs
        self.sleep = sleep

    async def theirs_after_the_lease(self, delivery_id: str) -> Claim:
        """What the other claimant gets once the id is no longer held."""
        for _ in range(200):
            if (claim := await self.theirs.claim(delivery_id)) is not Claim.HELD:
                return claim
            await self.sleep(0.05)
        raise AssertionError("the lease never ran out")


@pytest.fixture(params=["memory", "redis"])
async def keeper(request: pytest.FixtureRequest) -> AsyncIterator[Keeper]:
    if request.param == "memory":
        clock = ManualClock()
        memory = InMemoryDeliveredIds(clock, lease_seconds=LEASE_SECONDS)
        yield Keeper(memory, memory.another(), clock.sleep)
        return
    async with Redis.from_url(request.getfixturevalue("redis_url")) as redis:
        prefix = f"test-{uuid.uuid4().hex}-"
        ours, theirs = (
            RedisDeliveredIds(redis, prefix=prefix, lease_ms=round(LEASE_SECONDS * 1_000)) for _ in range(2)
        )
        yield Keeper(ours, theirs, asyncio.sleep)


async def test_the_first_to_claim_has_it_and_the_second_is_told_so(keeper: Keeper) -> None:
    assert await keeper.ours.claim("a") is Claim.OURS
    assert await keeper.theirs.claim("a") is Claim.HELD
    assert await keeper.theirs.claim("b") is Claim.OURS


async def test_of_many_claims_at_once_one_wins(keeper: Keeper) -> None:
    claims = await asyncio.gather(*(who.claim("a") for who in (keeper.ours, keeper.theirs) * 10))
    winners = {index % 2 for index, claim in enumerate(claims) if claim is Claim.OURS}
    assert len(winners) == 1
    assert set(claims) == {Claim.OURS, Claim.HELD}


async def test_what_was_sent_is_never_to_be_had_again(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    await keeper.ours.mark_sent("a")
    assert await keeper.ours.claim("a") is Claim.SENT
    assert await keeper.theirs.claim("a") is Claim.SENT
    await keeper.sleep(2 * LEASE_SECONDS)
    assert await keeper.theirs.claim("a") is Claim.SENT


async def test_a_released_id_is_free(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    await keeper.ours.release("a")
    assert await keeper.theirs.claim("a") is Claim.OURS


async def test_only_the_holder_can_release(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    await keeper.theirs.release("a")
    assert await keeper.theirs.claim("a") is Claim.HELD


async def test_a_release_does_not_undo_a_delivery(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    await keeper.ours.mark_sent("a")
    await keeper.ours.release("a")
    assert await keeper.theirs.claim("a") is Claim.SENT


async def test_a_lease_that_ran_out_leaves_the_id_to_others(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    assert await keeper.theirs_after_the_lease("a") is Claim.OURS
    assert await keeper.ours.claim("a") is Claim.HELD


async def test_a_delivery_that_outlived_its_lease_still_counts(keeper: Keeper) -> None:
    await keeper.ours.claim("a")
    assert await keeper.theirs_after_the_lease("a") is Claim.OURS
    await keeper.ours.mark_sent("a")
    assert await keeper.theirs.claim("a") is Claim.SENT


async def test_every_step_can_be_asked_for_twice(keeper: Keeper) -> None:
    assert [await keeper.ours.claim("a") for _ in range(2)] == [Claim.OURS, Claim.OURS]
    for _ in range(2):
        await keeper.ours.mark_sent("a")
        await keeper.ours.release("a")
    assert await keeper.ours.claim("a") is Claim.SENT


async def test_in_redis_what_was_sent_is_kept_for_forty_days_and_then_forgotten(redis_url: str) -> None:
    prefix = f"test-{uuid.uuid4().hex}-"
    async with Redis.from_url(redis_url) as redis:
        ids = RedisDeliveredIds(redis, prefix=prefix)
        await ids.claim("slack:1")
        assert 60 < await redis.ttl(f"{prefix}delivered:slack:1") <= 90
        await ids.mark_sent("slack:1")
        assert SENT_SECONDS - 60 < await redis.ttl(f"{prefix}delivered:slack:1") <= SENT_SECONDS == 40 * 86_400


async def test_a_redis_that_is_not_there_is_said_to_be_unavailable() -> None:
    async with Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2, retry=None) as redis:
        ids = RedisDeliveredIds(redis, prefix="")
        for call in (ids.claim, ids.mark_sent, ids.release):
            with pytest.raises(DeliveredIdsUnavailable):
                await call("a")


async def test_many_are_marked_at_once_and_say_how_they_were_sent(keeper: Keeper) -> None:
    ids = [f"many-{number}" for number in range(2_500)]
    await keeper.ours.mark_all(ids, "day/slack m1 in_digest digest")
    await keeper.theirs.mark_sent("single", "day/slack single delivered ")
    await keeper.ours.claim("claimed")
    marks = await keeper.theirs.marks([*ids, "single", "claimed", "unknown"])
    assert marks == {**dict.fromkeys(ids, "day/slack m1 in_digest digest"), "single": "day/slack single delivered "}
    assert await keeper.theirs.claim("many-7") is Claim.SENT
