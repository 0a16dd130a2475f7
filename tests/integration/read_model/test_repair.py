"""A read model that lost a part of itself: noticed within seconds, filled again from `scores`, and told meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.layout import SCORE_KEYS, Keys, root_of
from streams.read_model.port import Group
from streams.topics import SCORES
from tests.builders import a_snapshot, snapshot_models
from tests.integration.read_model.test_projector import (
    becomes,
    counted,
    greatest,
    holds,
    is_ready,
    projecting,
    publish,
    publish_answers,
    reading,
)
from vitals.local.embedded import start_redis

ANSWERS = [a_snapshot(f"account-{n}", score=float(n), tier="red" if n < 5 else "green") for n in range(30)]


def keys_of(settings: Settings) -> list[str]:
    """All but the models and the stream of changes, which nobody waits for."""
    return [Keys(root_of(settings)).key(name) for name in SCORE_KEYS if name not in ("models", "changes")]


async def is_whole(settings: Settings, answers: list[ScoreSnapshot] = ANSWERS) -> None:
    async with reading(settings) as model:

        async def is_so() -> bool:
            state = await model.state()
            return not state.fault and not state.missing and state.accounts == len(answers)

        await becomes(is_so)
        await holds(settings, greatest(answers))
        assert await model.count_by_group() == {Group("red"): 5, Group("green"): 25}
        assert len(await model.worst_first(Group("red"))) == 5


@pytest.mark.parametrize("spoil", ["deleted", "expired", "somebody else's"])
async def test_any_one_key_is_missed_within_seconds_and_all_is_filled_again(settings: Settings, spoil: str) -> None:
    await ensure_topics(settings)
    async with projecting(settings) as metrics, Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, ANSWERS)
        await is_whole(settings)
        for key in keys_of(settings) if spoil == "deleted" else keys_of(settings)[::5]:
            before = counted(metrics, "vitals_rebuilds_total")
            match spoil:
                case "deleted":
                    await redis.delete(key)
                case "expired":
                    await redis.pexpire(key, 1)
                case _:
                    await redis.set(key, "mine")
            async with asyncio.timeout(10):
                while counted(metrics, "vitals_rebuilds_total") == before:  # noqa: ASYNC110 - a counter tells nobody
                    await asyncio.sleep(0.02)
            await is_whole(settings)


@pytest.mark.parametrize("key", ["answers", "histories", "movements", "by_tier", "tiers", "dictionaries"])
async def test_a_part_of_one_key_is_missed_too(settings: Settings, key: str) -> None:
    await ensure_topics(settings)
    async with projecting(settings), Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, ANSWERS)
        await is_whole(settings)
        name = Keys(root_of(settings)).key(key)
        if key == "by_tier":
            await redis.zpopmin(name)
        else:
            await redis.hdel(name, next(iter(await redis.hkeys(name))))
        await is_whole(settings)


async def test_models_come_into_the_read_model_and_come_back_when_they_are_lost(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings), Redis.from_url(settings.redis) as redis:
        await publish(settings, snapshot_models().items(), "models")
        await publish_answers(settings, ANSWERS)
        await is_whole(settings)
        await has_models(settings)
        await redis.delete(Keys(root_of(settings)).key("models"))
        await has_models(settings)
        await redis.flushall()
        await is_whole(settings)
        await has_models(settings)


async def has_models(settings: Settings) -> None:
    async with reading(settings) as model:

        async def is_so() -> bool:
            return await model.models() == snapshot_models()

        await becomes(is_so)


async def test_two_projectors_heal_it_together(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings), projecting(settings), Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, ANSWERS)
        await is_whole(settings)
        for key in keys_of(settings)[::2]:
            await redis.delete(key)
            await asyncio.sleep(1.5)
            await is_whole(settings)


async def test_what_an_lru_evicts_is_filled_again_once_there_is_room(settings: Settings) -> None:
    """A Redis that drops whatever it likes: the model is gone as soon as somebody else fills it."""
    with start_redis(options=["--maxmemory", "12mb", "--maxmemory-policy", "allkeys-random"]) as server:
        small = msgspec.structs.replace(settings, redis=server.address)
        await ensure_topics(small)
        async with projecting(small) as metrics, Redis.from_url(small.redis) as redis:
            await publish_answers(small, ANSWERS)
            await is_whole(small)
            for number in range(200):
                await redis.set(f"others:{number}", b"x" * 100_000)
            async with asyncio.timeout(20):
                while counted(metrics, "vitals_rebuilds_total") == 0:  # noqa: ASYNC110 - a counter tells nobody
                    await asyncio.sleep(0.05)
            for key in await redis.keys("others:*"):
                await redis.delete(key)
            await is_whole(small)


async def test_a_policy_that_drops_keys_is_warned_of_at_the_start(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with start_redis(options=["--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"]) as server:
        async with projecting(msgspec.structs.replace(settings, redis=server.address)):
            await becomes(lambda: said(caplog, "evicts keys when it is full (volatile-lru)"))
    assert caplog.text.count("maxmemory-policy") == 1


async def said(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    return words in caplog.text


async def test_a_replica_is_one_line_and_the_way_back_is_found(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with start_redis() as primary, start_redis() as server:
        host, port = primary.address.removeprefix("redis://").removesuffix("/0").split(":")
        at_replica = msgspec.structs.replace(settings, redis=server.address)
        await ensure_topics(at_replica)
        async with Redis.from_url(server.address) as redis, projecting(at_replica) as metrics:
            await publish_answers(at_replica, ANSWERS)
            await is_whole(at_replica)
            await redis.replicaof(host, port)
            await publish_answers(at_replica, [a_snapshot("late", version=2)])
            await becomes(lambda: said(caplog, "is a replica and rejects writes: point VITALS_REDIS at the primary."))
            assert "Traceback" not in caplog.text
            await redis.replicaof("NO", "ONE")
            await holds(at_replica, greatest([*ANSWERS, a_snapshot("late", version=2)]))
            await becomes(lambda: is_ready(metrics))


async def test_offsets_without_a_message_are_passed_over(settings: Settings) -> None:
    """A transaction that was taken back is the last on the topic: nothing is missing all the same."""
    await ensure_topics(settings)
    await publish_answers(settings, ANSWERS)
    options = {"transactional_id": f"{settings.group}-test", "enable_idempotence": True}
    producer: AIOKafkaProducer = new_producer(settings, "test", **options)
    await producer.start()
    try:
        await producer.begin_transaction()
        for partition in range(settings.partitions):
            await producer.send(settings.topic(SCORES), b"{}", key=b"taken back", partition=partition)
        await producer.abort_transaction()
    finally:
        await producer.stop()
    async with projecting(settings), reading(settings) as model:
        await holds(settings, greatest(ANSWERS))
        await becomes(lambda: nothing_is_missing(model))
        seen = (await model.state()).seen_ms
        assert len(seen) == settings.partitions
        assert time.time_ns() // 1_000_000 - min(seen.values()) < 10_000


async def nothing_is_missing(model: object) -> bool:
    state = await model.state()  # type: ignore[attr-defined]
    return bool(state.ends) and state.missing == 0
