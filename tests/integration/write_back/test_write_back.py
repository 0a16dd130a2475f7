"""`vitals write-back` as a process, on a real broker and a real Redis: from the topic `scores` to a receiver."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.score_sinks.run import scores_consumer
from streams.topics import MODELS, SCORES
from tests.builders import a_snapshot, snapshot_models
from tests.support.commands import environment_of
from tests.support.fake_slack import FakeSlack, Post, Reply

RULES = """
[alerts]
name = "ours"

[rules.tier]
kind = "tier"
severities = { red = "critical" }

[routes.all]
to = ["default"]

[sinks.crm]
kind = "scores"
template = "generic"
url_secret = "VITALS_SECRET_CRM_URL"
token_secret = "VITALS_SECRET_CRM_TOKEN"
allow_private = true
every = "1m"
per_second = 50
body = '{"account": "{account_id}", "score": {score}, "tier": {tier}, "why": "{driver}"}'
"""


async def publish(settings: Settings, *snapshots: ScoreSnapshot) -> None:
    """Send scores and their model as a worker does."""
    await ensure_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for key, model in snapshot_models().items():
            await producer.send_and_wait(settings.topic(MODELS), model, key=key.encode())
        for snapshot in snapshots:
            raw = msgspec.json.encode(snapshot)
            await producer.send_and_wait(settings.topic(SCORES), raw, key=snapshot.account_id.encode())


@asynccontextmanager
async def write_back(settings: Settings, folder: Path, receiver: FakeSlack) -> AsyncIterator[None]:
    """The process, which must end in peace when it is asked to, and has shown no secret."""
    (folder / "alerts.toml").write_text(RULES)
    own = msgspec.structs.replace(settings, alerts=str(folder / "alerts.toml"))
    secrets = {"VITALS_SECRET_CRM_URL": receiver.url, "VITALS_SECRET_CRM_TOKEN": "hunter2-and-more"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vitals", "write-back"),
        env={**environment_of(own), **secrets},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(40):
            _, said = await process.communicate()
        assert process.returncode == 0, said.decode()
        assert b"hunter2" not in said
        assert b"services/T0/B0" not in said
    finally:
        if process.returncode is None:
            process.kill()
            print((await process.communicate())[1].decode())


async def committed(settings: Settings) -> int:
    consumer = scores_consumer(settings, "crm")
    await consumer.start()
    try:
        partitions = [TopicPartition(settings.topic(SCORES), number) for number in range(settings.partitions)]
        return sum([await consumer.committed(partition) or 0 for partition in partitions])
    finally:
        await consumer.stop()


def said(posts: list[Post]) -> list[tuple[str, float, str]]:
    return sorted((post.json()["account"], post.json()["score"], post.json()["tier"]) for post in posts)


async def test_scores_reach_the_receiver_once_with_their_driver_in_words(settings: Settings, tmp_path: Path) -> None:
    names = [f"account-{number}" for number in range(12)]
    await publish(settings, *(a_snapshot(name) for name in names))
    with FakeSlack(Reply(503), Reply(429, {"Retry-After": "1"})) as receiver:
        async with write_back(settings, tmp_path, receiver):
            await receiver.wait_for(14, within_seconds=60)
        assert said(receiver.accepted()) == sorted((name, 61.2, "yellow") for name in names)
        first = receiver.accepted()[0]
        assert "no login in 15 days" in first.json()["why"]
        assert first.headers["authorization"] == "Bearer hunter2-and-more"
        assert await committed(settings) == 12
        # A second process writes only what is news.
        await publish(settings, a_snapshot(names[0], version=2, score=60.9), a_snapshot("new", score=20.0, tier="red"))
        async with write_back(settings, tmp_path, receiver):
            await receiver.wait_for(15, within_seconds=60)
        assert said(receiver.posts[14:]) == [("new", 20.0, "red")]


async def test_an_emptied_redis_is_one_repeat_and_the_topic_is_not_read_twice(
    settings: Settings, tmp_path: Path
) -> None:
    await publish(settings, a_snapshot("acme"))
    with FakeSlack() as receiver:
        async with write_back(settings, tmp_path, receiver):
            await receiver.wait_for(1, within_seconds=60)
        async with Redis.from_url(settings.redis) as redis:
            await redis.flushdb()
        await publish(settings, a_snapshot("acme", version=2, score=61.3))
        async with write_back(settings, tmp_path, receiver):
            await receiver.wait_for(2, within_seconds=60)
        assert said(receiver.posts) == [("acme", 61.2, "yellow"), ("acme", 61.3, "yellow")]


async def test_without_a_sink_of_its_kind_it_says_so(settings: Settings) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "vitals", "write-back"),
        env=environment_of(settings),
        stderr=asyncio.subprocess.PIPE,
    )
    _, words = await process.communicate()
    assert process.returncode == 1
    assert b"error: The rules 'default' have no sink of kind 'scores'" in words
