"""Reads what arrived, event by event, and folds it as a worker does."""

from __future__ import annotations

import time
from collections import Counter, defaultdict

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.load.figures import Verdict, verdict_of
from bench.load.requests import number_of
from scoring.event.event import Event
from scoring.event.topics import INPUT_TOPICS
from scoring.fold.cohort import Cohort
from scoring.model.loader import load_model
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings

READ_SECONDS = 120.0
_MODEL = """
[model]
name = "load"
version = 1

[tiers]
red = 0
green = 50

[signals.events]
kind = "count"
topics = ["analytics", "exceptions", "billing", "tickets"]
window = "30d"

[components.level]
shape = "ratio"
signal = "events"
of = 10
weight = 1
"""


async def verify(settings: Settings, acknowledged: set[int], restarts: int) -> Verdict:
    """Compare the acknowledged events with those on the topics, and with the state that a fold of them has."""
    plan = Plan(load_model(_MODEL))
    cohort = Cohort(plan)
    on_topics: Counter[int] = Counter()
    sent: dict[str, set[int]] = defaultdict(set)
    for event in await _events(settings, plan):
        number = number_of(event.event_id)
        if number < 0:
            continue
        on_topics[number] += 1
        sent[event.account_id].add(number)
        cohort.apply(event)
    counted = {name: int(float(str(plan.facts(account)["events"]))) for name, account in cohort.accounts.items()}
    return verdict_of(acknowledged, on_topics, counted, sent, restarts)


async def _events(settings: Settings, plan: Plan) -> list[Event]:
    """All events on the input topics, by time."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka, auto_offset_reset="earliest", fetch_max_bytes=16 << 20, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        logical = {settings.topic(name): name for name in INPUT_TOPICS}
        places = [TopicPartition(name, number) for name in logical for number in range(settings.partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        events: list[Event] = []
        until = time.monotonic() + READ_SECONDS
        now_ms = time.time_ns() // 1_000_000
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            if time.monotonic() > until:
                raise TimeoutError("the topics could not be read within two minutes")
            for place, records in (await consumer.getmany(timeout_ms=1_000, max_records=20_000)).items():
                topic = logical[place.topic]
                events += [plan.decoder.decode(topic, each.value, each.timestamp, now_ms) for each in records]
    finally:
        await consumer.stop()
    events.sort(key=lambda event: event.occurred_at_ms)
    return events
