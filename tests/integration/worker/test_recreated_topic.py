"""An input that is deleted and made anew under a running group: the worker halts, and says what to do."""

from __future__ import annotations

import json
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import partition_of
from tests.support.commands import Command, running
from tests.support.kafka.topic import read_until, until


async def send(settings: Settings, number: int) -> None:
    """So many events of one account."""
    home = partition_of(b"acme", settings.partitions)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for place in range(number):
            at = f"2026-03-01T00:00:{place:02}Z"
            value = json.dumps({"account_id": "acme", "event": "login", "timestamp": at, "id": f"{number} {place}"})
            await producer.send_and_wait(settings.topic("analytics"), value.encode(), key=b"acme", partition=home)


async def make_anew(settings: Settings) -> None:
    topic = settings.topic("analytics")
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return topic not in await admin.list_topics()

        await until(is_gone, within_seconds=20, what="the topic is not deleted")
    finally:
        await admin.close()
    await ensure_topics(settings)


async def test_a_worker_whose_input_was_deleted_and_made_anew_halts_and_says_what_to_do(
    settings: Settings, tmp_path: Path
) -> None:
    await ensure_topics(settings)
    await send(settings, 5)
    with running(settings, "worker") as commands:
        await read_until(settings, "scores", lambda values: bool(values), within_seconds=60)
        assert commands[0].stop() == 0
        await make_anew(settings)
        await send(settings, 2)
        commands.append(Command(settings, "worker", tmp_path / "again.log"))

        async def has_ended() -> bool:
            return not commands[1].is_running

        await until(has_ended, within_seconds=60, what="the worker goes on")
    log = (tmp_path / "again.log").read_text("utf-8")
    assert f"The topic {settings.topic('analytics')} was deleted, and perhaps re-created" in log
    assert f"set VITALS_GROUP to {settings.group}-2 for all of them" in log
