"""What the page of sources reads from a real broker: every topic, and how far the groups are behind."""

from __future__ import annotations

import time

from aiokafka import TopicPartition

from dashboard.queries.sources.watch import KafkaWatch
from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.topic_admin import ensure_topics

BILLING = INPUT_TOPICS.index("billing")


async def test_each_topic_is_looked_at_and_the_lag_of_its_readers(settings: Settings) -> None:
    await ensure_topics(settings)
    producer = new_producer(settings, "test")
    await producer.start()
    try:
        for number, name in enumerate(INPUT_TOPICS):
            for _ in range(number + 1):
                await producer.send_and_wait(settings.topic(name), b"{}", partition=0)
    finally:
        await producer.stop()
    reader = new_consumer(settings, "test", group_id=settings.deployment)
    await reader.start()
    try:
        reader.assign([at := TopicPartition(settings.topic("billing"), 0)])
        await reader.commit({at: 1})
    finally:
        await reader.stop()
    began = time.monotonic()
    seen = await KafkaWatch(settings, lambda: time.time_ns() // 1_000_000).seen()
    assert seen.trouble == ""
    assert [(each.name, each.a_day) for each in seen.topics] == [
        (name, float(number + 1)) for number, name in enumerate(INPUT_TOPICS)
    ]
    assert all(each.last_ms is not None for each in seen.topics)
    assert [(each.role, each.lag) for each in seen.lag] == [("worker", BILLING)]
    assert time.monotonic() - began < 6.0
