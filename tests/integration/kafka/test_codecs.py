"""Every codec of Kafka's, on every topic: what a producer, a topic or a broker compresses is read all the same.

The producer compresses what it sends, and each topic, ours included, recompresses all that comes into it. So inputs,
changelog, scores and notifications are all read compressed: by worker, recovery, projector, notifier and oracle.
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
from streams.kafka.topic_admin import ensure_topics, planned_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.support.commands import Command, run_command, running
from tests.support.fake_slack import FakeSlack
from tests.support.kafka.broker import Broker
from tests.support.kafka.topic import until

START = parse_instant("2026-01-05T09:00:00Z")
EVENTS_A_DAY = 6
ACCOUNTS = ("steady", "silent")


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
        ]
        answer = await admin.alter_configs(resources)
        assert [error[0] for response in answer for error in response.resources] == [0] * len(resources)
    finally:
        await admin.close()


async def send(settings: Settings, codec: str, days: range) -> None:
    """Six events a day of both accounts, but of the silent one in the first 40 days only; then a tick at the end."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka, compression_type=None if codec == "uncompressed" else codec, linger_ms=50
    )
    tick = encode_control(Tick(instant_ms=morning(days.stop), declare=True))
    async with producer:
        for day in days:
            for number in range(EVENTS_A_DAY):
                for account in ACCOUNTS if day < 40 else ACCOUNTS[:1]:
                    at_ms = START + day * DAY_MS + number * HOUR_MS
                    event = {"account_id": account, "event": "report_viewed", "timestamp": rfc3339(at_ms)}
                    value = json.dumps({**event, "user_id": f"u{number}"}).encode()
                    home = partition_of(account.encode(), settings.partitions)
                    await producer.send(
                        settings.topic("analytics"), value, account.encode(), partition=home, timestamp_ms=at_ms
                    )
        for partition in range(settings.partitions):
            await producer.send(settings.topic("control"), tick, partition=partition)


async def answers_as_of(settings: Settings, instant_ms: int) -> dict[str, ScoreSnapshot]:
    """Both accounts' answers in Redis, once they are as of `instant_ms`."""
    read_model = RedisReadModel.open(settings)
    found: dict[str, ScoreSnapshot] = {}

    async def look() -> bool:
        found.update({answer.account_id: answer for answer in await read_model.worst_first()})
        return [found[name].as_of_ms for name in ACCOUNTS if name in found] == [instant_ms] * 2

    try:
        await until(look, within_seconds=60, what=f"no two answers as of {rfc3339(instant_ms)}: {found}")
    finally:
        await read_model.close()
    return found


@pytest.mark.parametrize("codec", ["uncompressed", "gzip", "snappy", "lz4", "zstd"])
async def test_what_is_compressed_with_any_codec_is_read_by_every_reader(
    settings: Settings, broker: Broker, tmp_path: Path, codec: str
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not compress")
    with FakeSlack() as slack:
        settings = msgspec.structs.replace(
            settings, clock="event", merge_wait_ms=500, slack_url=slack.url, notify_max_age_ms=10**13
        )
        await ensure_topics(settings)
        await compress_all_topics(settings, codec)
        await send(settings, codec, range(45))
        with running(settings, "worker", "project", "notify") as commands:
            answers = await answers_as_of(settings, morning(45))
            assert answers["steady"].facts["usage_30d"] == 30 * EVENTS_A_DAY
            assert answers["silent"].facts["usage_30d"] == 25 * EVENTS_A_DAY
            await slack.wait_for(1)
            assert commands[0].stop() == 0
            commands.append(Command(settings, "worker", tmp_path / "again.log"))
            await send(settings, codec, range(45, 47))
            answers = await answers_as_of(settings, morning(47))
            assert answers["steady"].facts["usage_30d"] == 30 * EVENTS_A_DAY
            assert answers["silent"].facts["usage_30d"] == 23 * EVENTS_A_DAY
            verified = json.loads(run_command(settings, "verify", "--json"))
            assert (verified["checked"], verified["mismatches"]) == (2, [])
            assert [command.is_running for command in commands] == [False, True, True, True]
        assert b"silent" in slack.accepted()[0].body
