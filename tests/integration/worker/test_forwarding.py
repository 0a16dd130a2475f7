"""Messages that came to another partition than their account's."""

from __future__ import annotations

import json
import time

from aiokafka import AIOKafkaProducer

from scoring.event.event import EVENT_MAX_BYTES
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import partition_of
from tests.support.commands import running
from tests.support.kafka.topic import read_until


async def test_the_largest_event_that_is_taken_is_sent_on_and_counted(settings: Settings) -> None:
    account = "é" * 200
    home = partition_of(account.encode(), settings.partitions)
    event = {"account_id": account, "event": "report_viewed", "timestamp": time.time(), "padding": ""}
    event["padding"] = "x" * (EVENT_MAX_BYTES - len(json.dumps(event)))
    await ensure_topics(settings)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, max_request_size=1_048_000) as producer:
        await producer.send_and_wait(
            settings.topic("analytics"),
            json.dumps(event).encode(),
            key=b"another",
            partition=(home + 1) % settings.partitions,
        )
    with running(settings, "worker"):
        (score, *_) = await read_until(settings, "scores", bool, within_seconds=60)
    assert json.loads(score)["facts"]["usage_30d"] == 1.0
