"""Closes and movements survive a lost Redis, an account that is forgotten leaves nothing, and no record is skipped."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from redis.asyncio import Redis

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.history_log import KafkaHistoryLog
from streams.read_model.port import ChangesLost
from streams.read_model.run import run_projector
from tests.builders import a_snapshot
from tests.integration.read_model.test_projector import (
    becomes,
    counted,
    greatest,
    holds,
    projecting,
    publish,
    publish_answers,
    reading,
)

DAY_MS = 86_400_000


def days(account_id: str, count: int, first: int = 0) -> list[ScoreSnapshot]:
    """An answer a day."""
    return [
        a_snapshot(account_id, version=day + 1, score=50.0 + 2 * day, as_of_ms=1_795_255_200_000 + day * DAY_MS)
        for day in range(first, first + count)
    ]


async def test_what_redis_lost_is_read_back_and_goes_on(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings) as metrics, reading(settings) as model, Redis.from_url(settings.redis) as redis:
        await publish_answers(settings, [*days("acme", 6), *days("other", 1)])
        await holds(settings, greatest([*days("acme", 6), *days("other", 1)]))
        history, movements = await model.histories(["acme", "other"]), await model.movements("acme")
        assert [day.score for day in history["acme"].days] == [50, 52, 54, 56, 58]
        assert (history["other"].days, [each.after for each in movements]) == ((), [52, 54, 56, 58, 60])
        last = await model.last_change()
        await redis.flushall()
        await holds(settings, greatest([*days("acme", 6), *days("other", 1)]))
        assert await model.histories(["acme", "other"]) == history
        assert await model.movements("acme") == movements
        assert counted(metrics, "vitals_history_restored_total") == 1
        with pytest.raises(ChangesLost):
            await model.changes(last)
        await publish_answers(settings, days("acme", 1, first=6))
        await holds(settings, greatest([*days("acme", 7), *days("other", 1)]))
        assert len((await model.histories(["acme"]))["acme"].days) == 6


async def test_the_record_of_an_account_that_is_removed_is_deleted(settings: Settings) -> None:
    await ensure_topics(settings)
    async with projecting(settings), reading(settings) as model:
        await publish_answers(settings, days("acme", 3))
        await holds(settings, greatest(days("acme", 3)))
        place = await model.last_change()
        await publish(settings, [("acme", None)])
        await holds(settings, {})
        assert await model.histories(["acme"]) == {}
        assert await model.movements("acme") == ()
        assert [(each.account_id, each.what) for each in await model.changes(place, 1_000)] == [("acme", "removed")]
        log, found = KafkaHistoryLog(settings), dict[str, bytes | None]()
        for partition in range(settings.partitions):
            async for messages in log.read(partition):
                found.update(messages)
        assert found == {"acme": None}


async def test_a_history_that_is_not_written_ends_the_process_and_commits_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is that of a broker which refuses the record."""
    await ensure_topics(settings)
    await publish_answers(settings, days("acme", 3))

    async def refuse(self: KafkaHistoryLog, partition: int, records: object) -> None:
        if records:
            raise KafkaError("refused")

    monkeypatch.setattr(KafkaHistoryLog, "send", refuse)
    with pytest.raises(KafkaError, match="refused"):
        await asyncio.wait_for(run_projector(settings, stop=asyncio.Event(), metrics=ProjectorMetrics()), 30)
    monkeypatch.undo()
    consumer: AIOKafkaConsumer = new_consumer(settings, "test", group_id=settings.projector_group)
    await consumer.start()
    try:
        places = [TopicPartition(settings.topic("scores"), number) for number in range(settings.partitions)]
        assert sum([await consumer.committed(place) or 0 for place in places]) == 0
    finally:
        await consumer.stop()
    async with projecting(settings), reading(settings) as model:
        await holds(settings, greatest(days("acme", 3)))

        async def is_whole() -> bool:
            return len((await model.histories(["acme"]))["acme"].days) == 2

        await becomes(is_whole)
