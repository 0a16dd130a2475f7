"""Producers that write to the input topics themselves, each with its client's own partitioner: the same scores."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from scoring.instants import DAY_MS, parse_instant, rfc3339
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.replay.event_file import EventFile
from streams.topics import partition_of
from tests.support.commands import run_command, running
from tests.support.kafka.topic import newest_scores, read_all
from tests.support.plain.replay import read_history, replay

BEGIN, END = parse_instant("2026-03-02T09:07:30Z"), "2026-05-01T12:00:00Z"
ACCOUNTS = [f"account-{number}" for number in range(12)]
Event = dict[str, Any]


def book() -> list[Event]:
    """Two months of twelve accounts, of which each comes more rarely than the one before."""
    events: list[Event] = []
    for every, account in enumerate(ACCOUNTS, 1):
        events.append({"topic": "billing", "account_id": account, "event": "subscription_started", "day": 1})
        events[-1]["properties"] = {"mrr": 100 * every}
        uses = ("report_exported", "login")
        events += [
            {"topic": "analytics", "account_id": account, "event": uses[day % 2], "day": day, "user_id": f"u{day % 3}"}
            for day in range(2, 58, every)
        ]
        if every % 3 == 0:
            events.append({"topic": "tickets", "account_id": account, "event": "ticket_opened", "day": 50})
            events[-1]["properties"] = {"ticket_id": every}
    for number, event in enumerate(events):
        event["id"], event["timestamp"] = str(UUID(int=number)), rfc3339(BEGIN + event.pop("day") * DAY_MS)
    return sorted(events, key=lambda event: str(event["timestamp"]))


def split(event: Event) -> tuple[str, bytes, bytes, int]:
    """Topic, key, value and time of an event's message."""
    value = {name: each for name, each in event.items() if name != "topic"}
    at_ms = parse_instant(event["timestamp"])
    return event["topic"], event["account_id"].encode(), json.dumps(value).encode(), at_ms


def by_confluent(settings: Settings, events: Iterable[Event]) -> set[bytes]:
    """Send with librdkafka's defaults. The keys that came to another partition than Java's client would choose."""
    strays: set[bytes] = set()

    def delivered(error: object, message: Any) -> None:
        assert error is None, error
        if message.partition() != partition_of(message.key(), settings.partitions):
            strays.add(message.key())

    client: Any = importlib.import_module("confluent_kafka")
    producer = client.Producer({"bootstrap.servers": settings.kafka, "acks": "all"})
    for topic, key, value, at_ms in map(split, events):
        producer.produce(settings.topic(topic), value, key, timestamp=at_ms, on_delivery=delivered)
        producer.poll(0)
    assert producer.flush(30) == 0
    return strays


def by_kafka_python(settings: Settings, events: Iterable[Event]) -> None:
    client: Any = importlib.import_module("kafka")
    producer = client.KafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    try:
        sent = [
            (key, producer.send(settings.topic(topic), value, key, timestamp_ms=at_ms))
            for topic, key, value, at_ms in map(split, events)
        ]
        assert all(each.get(30).partition == partition_of(key, settings.partitions) for key, each in sent)
    finally:
        producer.close()


def expected(events: Iterable[Event], path: Path) -> dict[str, ScoreSnapshot]:
    """What `vitals replay` would say of the same events."""
    path.write_text("\n".join(map(json.dumps, events)), "utf-8")
    plan = Plan(load_preset("default"))
    with EventFile(str(path)) as file:
        history = read_history(file, plan, parse_instant(END)).events
    return {each.account_id: each for each in replay(plan, history, [parse_instant(END)])}


@pytest.mark.filterwarnings("ignore:.*_text is deprecated:DeprecationWarning")  # kafka-python's, of its own files
async def test_two_clients_whose_partitioners_differ_give_the_scores_of_a_replay(
    settings: Settings, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(settings, clock="event", merge_wait_ms=1_000, model="default")
    events = book()
    due = expected(events, tmp_path / "events.ndjson")
    await ensure_topics(settings)
    half = events[::2]
    strays = by_confluent(settings, half)
    assert strays, "both partitioners chose alike, so nothing was forwarded: the test shows nothing"
    by_kafka_python(settings, events[1::2])
    by_kafka_python(settings, half[:50])  # a second copy counts once
    last = tmp_path / "last.ndjson"
    last.write_text(json.dumps(events[-1]), "utf-8")
    with running(settings, "worker") as commands:
        run_command(settings, "publish", str(last), "--tick", END)

        def all_stand(newest: Mapping[str, ScoreSnapshot]) -> bool:
            """Forwarded events come after the tick, and change the scores of its instant."""
            return all(name in newest and newest[name].facts == each.facts for name, each in due.items())

        newest = await newest_scores(settings, all_stand, within_seconds=60)
        assert commands[0].stop() == 0
    assert await read_all(msgspec.structs.replace(settings, partitions=1), "dead-letters") == []
    assert {name: (each.score, each.tier, each.facts) for name, each in newest.items()} == {
        name: (each.score, each.tier, each.facts) for name, each in due.items()
    }
    assert len({each.score for each in due.values()}) > 5
