"""The projector between a real broker and a real Redis: whatever happens, the greatest answers end up in Redis."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.port import Batch, Change
from streams.read_model.run import run_projector
from streams.read_model.store import RedisReadModel
from tests.builders import a_snapshot
from vitals.local.embedded import free_port, start_redis

DEADLINE_SECONDS = 60.0


async def publish(settings: Settings, messages: Iterable[tuple[str, bytes | None]], topic: str = "scores") -> None:
    """Send (key, value), in order, keyed as the worker does; returns when all are acknowledged."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    await producer.start()
    try:
        name = settings.topic(topic)
        sent = [await producer.send(name, value, key=account_id.encode()) for account_id, value in messages]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def publish_answers(settings: Settings, answers: Iterable[ScoreSnapshot]) -> None:
    await publish(settings, ((answer.account_id, msgspec.json.encode(answer)) for answer in answers))


@asynccontextmanager
async def projecting(settings: Settings) -> AsyncIterator[ProjectorMetrics]:
    """A projector that runs until the block ends, stopped as a signal would stop it."""
    stop, metrics = asyncio.Event(), ProjectorMetrics()
    running = asyncio.create_task(run_projector(settings, stop=stop, metrics=metrics))
    try:
        yield metrics
    finally:
        stop.set()
        await asyncio.wait_for(running, 15)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[RedisReadModel]:
    model = RedisReadModel.open(settings)
    try:
        yield model
    finally:
        await model.close()


async def becomes(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - Redis tells nobody when it changes
            await asyncio.sleep(0.05)


async def holds(settings: Settings, expected: dict[str, ScoreSnapshot]) -> None:
    """Wait until the read model holds exactly `expected`."""
    async with reading(settings) as model:

        async def is_so() -> bool:
            return {answer.account_id: answer for answer in await model.worst_first()} == expected

        await becomes(is_so)


def counted(metrics: ProjectorMetrics, name: str, **labels: str) -> float:
    return value_in(metrics.registry, name, labels)


def value_in(registry: CollectorRegistry, name: str, labels: dict[str, str]) -> float:
    return registry.get_sample_value(name, labels) or 0.0


def a_history(accounts: int, versions: int, seed: int = 20261121) -> list[ScoreSnapshot]:
    """Each account's versions of two generations, shuffled, so that most answers are stale when they arrive."""
    dice = random.Random(seed)
    history = [
        a_snapshot(f"account-{account}", generation=1 + version % 2, version=version, score=dice.uniform(0, 100))
        for account in range(accounts)
        for version in range(versions)
    ]
    dice.shuffle(history)
    return history


def greatest(history: Iterable[ScoreSnapshot]) -> dict[str, ScoreSnapshot]:
    best: dict[str, ScoreSnapshot] = {}
    for answer in history:
        held = best.get(answer.account_id, answer)
        best[answer.account_id] = max(held, answer, key=lambda one: (one.generation, one.version))
    return best


async def test_of_stale_and_repeated_answers_the_greatest_is_read(settings: Settings) -> None:
    history = a_history(accounts=50, versions=20)
    assert len(history) == 1_000
    await ensure_topics(settings)
    async with projecting(settings) as metrics:
        await publish_answers(settings, [answer for answer in history for _ in range(2)])
        await holds(settings, greatest(history))

        async def all_counted() -> bool:
            outcomes = ("stored", "duplicate", "stale", "removed")
            total = sum(counted(metrics, "vitals_scores_projected_total", outcome=outcome) for outcome in outcomes)
            return total == 2_000

        await becomes(all_counted)
        assert counted(metrics, "vitals_scores_projected_total", outcome="duplicate") >= 50
        assert counted(metrics, "vitals_scores_projected_total", outcome="stale") > 500
        assert counted(metrics, "vitals_rebuilds_total") == 0
        assert metrics.liveness.report().state == "ready"


async def test_what_was_projected_is_committed_and_not_read_again(settings: Settings) -> None:
    await ensure_topics(settings)
    answers = [a_snapshot(f"account-{number}") for number in range(40)]
    async with projecting(settings):
        await publish_answers(settings, answers)
        await holds(settings, greatest(answers))
        await becomes(lambda: is_all_committed(settings))
    async with projecting(settings) as again:
        await publish_answers(settings, [a_snapshot("newcomer")])
        await holds(settings, greatest([*answers, a_snapshot("newcomer")]))
        assert counted(again, "vitals_scores_projected_total", outcome="duplicate") == 0
        assert counted(again, "vitals_scores_projected_total", outcome="stored") == 1
        assert counted(again, "vitals_rebuilds_total") == 0


async def is_all_committed(settings: Settings) -> bool:
    """The projector's committed offsets have reached the end, as the read model's progress says it."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id=settings.projector_group)
    await consumer.start()
    try:
        async with reading(settings) as model:
            progress = await model.progress()
        partitions = [TopicPartition(settings.topic("scores"), number) for number in range(settings.partitions)]
        committed = [await consumer.committed(partition) for partition in partitions]
    finally:
        await consumer.stop()
    return any(committed) and committed == [progress.get(number, 0) for number in range(settings.partitions)]


async def test_an_older_generation_never_overwrites(settings: Settings) -> None:
    await ensure_topics(settings)
    current = a_snapshot(generation=2, version=1, score=20.0, tier="red")
    zombie = a_snapshot(generation=1, version=99, score=90.0, tier="green")
    async with projecting(settings):
        await publish_answers(settings, [current, zombie, a_snapshot("last", generation=9)])
        await holds(settings, {"acme": current, "last": a_snapshot("last", generation=9)})


async def test_removals_are_followed_and_what_cannot_be_read_is_skipped_and_counted(settings: Settings) -> None:
    await ensure_topics(settings)
    deep = b'{"account_id":' + b"[" * 100_000
    poison = [b"", b"not json", b"[]", b'{"account_id": "acme"}', b'{"score": "high"}', b'"\xff"', deep]
    async with projecting(settings) as metrics:
        await publish(settings, [("acme", msgspec.json.encode(a_snapshot()))])
        await publish(settings, [("acme", value) for value in poison])
        await publish(settings, [("acme", None), ("other", msgspec.json.encode(a_snapshot("other")))])
        await holds(settings, {"other": a_snapshot("other")})
        assert counted(metrics, "vitals_scores_projected_total", outcome="malformed") == len(poison)


async def test_a_redis_that_dies_mid_stream_and_comes_back_empty_is_filled_whole(settings: Settings) -> None:
    port = free_port()
    settings = msgspec.structs.replace(settings, redis=f"redis://127.0.0.1:{port}/0")
    history = a_history(accounts=100, versions=10)
    await ensure_topics(settings)
    async with projecting(settings) as metrics:
        with start_redis(port):
            await publish_answers(settings, history[:500])
            await holds(settings, greatest(history[:500]))
        await publish_answers(settings, history[500:])
        await becomes(lambda: is_waiting(metrics))
        assert metrics.liveness.report().is_alive
        with start_redis(port):
            await holds(settings, greatest(history))
            assert counted(metrics, "vitals_rebuilds_total") >= 1
            await becomes(lambda: is_ready(metrics))


async def is_waiting(metrics: ProjectorMetrics) -> bool:
    report = metrics.liveness.report()
    return report.state == "waiting" and report.reason.startswith("Redis at")


async def is_ready(metrics: ProjectorMetrics) -> bool:
    return metrics.liveness.report().state == "ready"


async def test_a_redis_emptied_while_nothing_arrives_is_filled_again(settings: Settings) -> None:
    await ensure_topics(settings)
    answers = [a_snapshot(f"account-{number}") for number in range(30)]
    async with projecting(settings) as metrics:
        await publish_answers(settings, answers)
        await holds(settings, greatest(answers))
        await becomes(lambda: is_all_committed(settings))
        async with Redis.from_url(settings.redis) as redis:
            await redis.flushdb()
        await holds(settings, greatest(answers))
        assert counted(metrics, "vitals_rebuilds_total") >= 1


async def test_a_redis_emptied_while_no_projector_runs_is_filled_again(settings: Settings) -> None:
    await ensure_topics(settings)
    answers = [a_snapshot(f"account-{number}") for number in range(30)]
    async with projecting(settings):
        await publish_answers(settings, answers)
        await holds(settings, greatest(answers))
        await becomes(lambda: is_all_committed(settings))
    async with Redis.from_url(settings.redis) as redis:
        await redis.flushdb()
    async with projecting(settings):
        await holds(settings, greatest(answers))


async def test_a_redis_that_comes_back_from_an_older_snapshot_catches_up(settings: Settings) -> None:
    await ensure_topics(settings)
    old = [a_snapshot(f"account-{number}") for number in range(30)]
    new = [a_snapshot(f"account-{number}", version=2, score=1.0) for number in range(30)]
    async with projecting(settings), Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, old)
        await holds(settings, greatest(old))
        snapshot = {key: await redis.dump(key) or b"" for key in await redis.keys()}
        await publish_answers(settings, new)
        await holds(settings, greatest(new))
        await redis.flushdb()
        for key, value in snapshot.items():
            await redis.restore(key, 0, value)
        await holds(settings, greatest(new))


async def test_projectors_that_come_and_go_lose_nothing(settings: Settings) -> None:
    history = a_history(accounts=100, versions=10, seed=7)
    await ensure_topics(settings)
    async with projecting(settings):
        await publish_answers(settings, history[:300])
        async with projecting(settings):
            await publish_answers(settings, history[300:700])
        await publish_answers(settings, history[700:])
        await holds(settings, greatest(history))


async def test_the_answers_of_an_earlier_topic_give_way(settings: Settings) -> None:
    """A broker that began anew has versions that begin anew: without this, the old ones would stand for ever."""
    await ensure_topics(settings)
    async with reading(settings) as model:
        old = [a_snapshot(account_id, generation=9) for account_id in ("acme", "gone")]
        changes = [Change(offset, answer.account_id, answer) for offset, answer in enumerate(old)]
        for partition in range(settings.partitions):
            await model.write(Batch(partition=partition, start=0, end=500, changes=changes))
    async with projecting(settings):
        await publish_answers(settings, [a_snapshot("acme", generation=1)])
        await holds(settings, {"acme": a_snapshot("acme", generation=1)})
