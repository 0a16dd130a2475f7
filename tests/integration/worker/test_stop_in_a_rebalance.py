"""A worker that is told to end while its group is being shared out anew, or while it restores its partitions."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import partition_of
from streams.worker.main import STOP_SECONDS
from tests.support.commands import Command, running
from tests.support.kafka.topic import read_until, until

DELAYS_SECONDS = (1.0, 2.0, 3.0, 4.0, 6.0)
"""After the start of another worker: before it joins, while it does, and while it restores."""


async def send(settings: Settings, number: int, first: int) -> None:
    home = partition_of(b"acme", settings.partitions)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for place in range(first, first + number):
            event = {"account_id": "acme", "event": "report_viewed", "timestamp": time.time(), "id": f"e{place}"}
            value = json.dumps(event).encode()
            await producer.send_and_wait(settings.topic("analytics"), value, key=b"acme", partition=home)


async def has_begun(command: Command) -> None:
    """Wait until it has read its model and listens to signals; not until it has joined the group."""

    async def is_so() -> bool:
        return "metrics on port" in command.log.read_text("utf-8")

    await until(is_so, within_seconds=60, what="it never begins")


async def test_it_ends_in_time_without_a_word_of_alarm_and_nothing_is_lost_or_counted_twice(
    settings: Settings, tmp_path: Path
) -> None:
    await ensure_topics(settings)
    await send(settings, 5, 0)
    with running(settings, "worker") as commands:
        await read_until(settings, "scores", bool, within_seconds=60)
        for number, delay in enumerate(DELAYS_SECONDS):
            leaving = commands[-1]
            commands.append(Command(settings, "worker", tmp_path / f"{number}-next.log"))
            await send(settings, 5, 5 * (number + 1))
            await asyncio.sleep(delay)
            await has_begun(leaving)
            started = time.monotonic()
            assert await asyncio.to_thread(leaving.stop) == 0, leaving.log.read_text("utf-8")
            assert time.monotonic() - started < STOP_SECONDS + 5
            said = leaving.log.read_text("utf-8")
            assert "Traceback" not in said, said
            assert "CRITICAL" not in said, said
        expected = 5.0 * (len(DELAYS_SECONDS) + 1)
        await read_until(
            settings,
            "scores",
            lambda values: json.loads(values[-1])["facts"]["usage_30d"] == expected if values else False,
            within_seconds=60,
        )
        # The last one is told to end while it still starts.
        commands.append(Command(settings, "worker", tmp_path / "last.log"))
        await has_begun(commands[-1])
        assert await asyncio.to_thread(commands[-1].stop) == 0
