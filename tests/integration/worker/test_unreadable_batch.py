"""A batch that is damaged on its broker's disk: the worker says where it is and what to do, and that works."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.support.commands import Command, running
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import until


async def send(settings: Settings, *users: str) -> None:
    home = partition_of(b"acme", settings.partitions)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for user in users:  # one batch each
            event = {"account_id": "acme", "event": "report_viewed", "user_id": user, "timestamp": time.time() - 60}
            await producer.send_and_wait(settings.topic("analytics"), json.dumps(event).encode(), b"acme", home)


def damage(data_dir: Path, topic: str, partition: int, letters: bytes) -> None:
    """Change bytes of the one batch that holds `letters`, as a bad disk would: a broker serves what the file has."""
    (log,) = (data_dir / f"{topic}-{partition}").glob("*.log")
    content = log.read_bytes()
    assert content.count(letters) == 1
    with log.open("r+b") as file:
        file.seek(content.index(letters))
        file.write(letters[::-1])


async def usage(settings: Settings) -> object:
    model = RedisReadModel.open(settings)
    try:
        found = await model.get("acme")
        return None if found is None else found.facts.get("usage_30d")
    finally:
        await model.close()


async def test_the_worker_says_where_it_is_and_what_it_says_works(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if broker.data_dir is None:
        pytest.skip("only a broker of our own has a disk that we may damage")
    await ensure_topics(settings)
    await send(settings, "first", "damaged-one", "third")
    home = partition_of(b"acme", settings.partitions)
    damage(broker.data_dir, settings.topic("analytics"), home, b"damaged-one")
    with running(settings, "worker", "project") as commands:

        async def has_ended() -> bool:
            return not commands[0].is_running

        await until(has_ended, within_seconds=60, what="it goes on")
        log = commands[0].log.read_text("utf-8")
        assert "Traceback" not in log
        place = f"{settings.topic('analytics')}, partition {home}: the batch with offsets 1 to 1 cannot be read"
        assert place in log
        told = re.search(r"--group (\S+) --topic (\S+):(\d+) --reset-offsets --to-offset (\d+) ", log)
        assert told is not None, log
        await give_up(settings, *told.groups())
        commands.append(Command(settings, "worker", tmp_path / "again.log"))

        async def are_two() -> bool:
            for each in commands[1:]:  # the projector goes on behind the batch
                assert each.is_running, each.log.read_text("utf-8")
            return await usage(settings) == 2

        await until(are_two, within_seconds=40, what="the first and the third are not counted")
        assert "goes on behind it" in commands[1].log.read_text("utf-8")


async def give_up(settings: Settings, group: str, topic: str, partition: str, offset: str) -> None:
    """What the command of the advice does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        members = answer.to_object()["groups"][0]["members"]
    finally:
        await admin.close()

    async def is_empty() -> bool:
        return not members or time.monotonic() > started + settings.session_timeout_ms / 1_000 + 3

    started = time.monotonic()
    await until(is_empty, within_seconds=30, what="the group is not empty")
    consumer = new_consumer(settings, "test", group_id=group)
    await consumer.start()
    try:
        place = TopicPartition(topic, int(partition))
        consumer.assign([place])
        await consumer.commit({place: OffsetAndMetadata(int(offset), "")})
    finally:
        await consumer.stop()
