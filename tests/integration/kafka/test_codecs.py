"""Every codec of Kafka's, on every topic: what a producer, a topic or a broker compresses is read all the same.

The producer compresses what it sends, and each topic, ours included, recompresses all that comes into it. So inputs,
changelog, scores and notifications are all read compressed: by worker, recovery, projector, notifier and oracle. One
deployment lives through a time of each codec, so that each topic has batches of them all.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from scoring.instants import DAY_MS, HOUR_MS, parse_instant, rfc3339
from scoring.result import ScoreSnapshot
from streams.control.messages import Tick, encode_control
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import USED, ensure_topics, planned_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.builders import model_text
from tests.support.commands import Command, run_command, running
from tests.support.fake_slack import FakeSlack
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import until

PROCESSES = ("worker", "projector", "notifier")
START = parse_instant("2026-01-05T09:00:00Z")
EVENTS_A_DAY = 6
TIMES = {
    "uncompressed": range(45),
    "gzip": range(45, 50),
    "snappy": range(50, 55),
    "lz4": range(55, 60),
    "zstd": range(60, 65),
}
"""The days of each codec. In each an account falls that has been silent for the last five of them."""
AFTER = range(65, 67)
SIGNALS = {
    "silence": {"kind": "since_last", "topics": ["analytics"], "label": "product events"},
    "usage_30d": {"kind": "count", "topics": ["analytics"], "window": "30d"},
}
RECENCY = {"recency": {"shape": "linear", "signal": "silence", "points": [[1, 100], [7, 50], [14, 0]], "weight": 1}}


def morning(day: int) -> int:
    """The instant an hour before the first event of that day."""
    return START + day * DAY_MS - HOUR_MS


async def compress_all_topics(settings: Settings, codec: str) -> None:
    """Have the broker write every message of this deployment with `codec`, whatever it came with."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        # The embedded and older brokers know no incremental change: what a topic was created with is said again.
        resources = [
            ConfigResource(ConfigResourceType.TOPIC, topic.name, {**topic.kept, "compression.type": codec})
            for topic in planned_topics(settings)
            if topic.name in {settings.topic(name) for process in PROCESSES for name in USED[process]}
        ]
        answer = await admin.alter_configs(resources)
        assert [error[0] for response in answer for error in response.resources] == [0] * len(resources)
    finally:
        await admin.close()


def last_day(account: str) -> int:
    """The day from which there is no event of it."""
    return AFTER.stop if account == "steady" else TIMES[account].stop - 5


ACCOUNTS = ("steady", *TIMES)
"""Those that fall silent are called as the codec at whose time they do."""


async def send(settings: Settings, codec: str, days: range) -> None:
    """Six events a day of each account that is not silent; then a tick at the end."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, compression_type=None if codec == "uncompressed" else codec, linger_ms=50
    )
    tick = encode_control(Tick(instant_ms=morning(days.stop), declare=True))
    async with producer:
        for day in days:
            for number in range(EVENTS_A_DAY):
                for account in (each for each in ACCOUNTS if day < last_day(each)):
                    at_ms = START + day * DAY_MS + number * HOUR_MS
                    event = {"account_id": account, "event": "report_viewed", "timestamp": rfc3339(at_ms)}
                    value = json.dumps({**event, "user_id": f"u{number}"}).encode()
                    home = partition_of(account.encode(), settings.partitions)
                    await producer.send(
                        settings.topic("analytics"), value, account.encode(), partition=home, timestamp_ms=at_ms
                    )
        for partition in range(settings.partitions):
            await producer.send(settings.topic("control"), tick, partition=partition)


async def usage_on(settings: Settings, day: int, codec: str) -> dict[str, object]:
    """Each account's use in the 30 days before this one, as Redis has it once it has them all."""
    read_model = RedisReadModel.open(settings)
    found: dict[str, ScoreSnapshot] = {}

    async def look() -> bool:
        found.update({answer.account_id: answer for answer in await read_model.worst_first()})
        return {name: answer.as_of_ms for name, answer in found.items()} == dict.fromkeys(ACCOUNTS, morning(day))

    try:
        await until(look, within_seconds=60, what=f"{codec}: not all scores are of day {day}: {found}")
    finally:
        await read_model.close()
    return {name: answer.facts["usage_30d"] for name, answer in found.items()}


def used(day: int) -> dict[str, int]:
    """Each account's events in the 30 days before this one."""
    return {name: EVENTS_A_DAY * (min(day, last_day(name)) - (day - 30)) for name in ACCOUNTS}


async def until_it_fell(slack: FakeSlack, codec: str) -> None:
    async def is_told() -> bool:
        return any(post.json()["text"].startswith(f"{codec} fell from green ") for post in slack.accepted())

    await until(is_told, within_seconds=30, what=f"{codec}: nobody is told")


async def test_what_is_compressed_with_any_codec_is_read_by_every_reader(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not compress")
    model = tmp_path / "silence.toml"
    model.write_text(model_text({"name": "silence"}, SIGNALS, RECENCY), "utf-8")
    with FakeSlack() as slack:
        settings = msgspec.structs.replace(
            settings, model=str(model), clock="event", merge_wait_ms=500, slack_url=slack.url, notify_max_age_ms=10**13
        )
        # No dwell: a fall is sent at once.
        settings = msgspec.structs.replace(settings, alerts="at-once")
        for process in PROCESSES:
            await ensure_topics(settings, process)
        with running(settings, "worker", "project", "notify") as commands:
            for codec, days in TIMES.items():
                await compress_all_topics(settings, codec)
                await send(settings, codec, days)
                assert await usage_on(settings, days.stop, codec) == used(days.stop)
                await until_it_fell(slack, codec)
            assert commands[0].stop() == 0
            commands.append(Command(settings, "worker", tmp_path / "again.log"))
            await send(settings, codec, AFTER)
            assert await usage_on(settings, AFTER.stop, codec) == used(AFTER.stop)
            verified = json.loads(run_command(settings, "verify", "--json"))
            assert (verified["checked"], verified["mismatches"]) == (len(ACCOUNTS), [])
            assert [command.is_running for command in commands] == [False, True, True, True]
