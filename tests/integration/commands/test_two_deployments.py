"""Deployments on one broker and one Redis: apart when a setting differs; where two meet, the second does not start."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.support.commands import Command, running
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import until
from vitals.local.embedded import start_kafka

START_SECONDS = 40.0


async def send(settings: Settings, account: str) -> None:
    await ensure_topics(settings)
    value = json.dumps({"account_id": account, "event": "report_viewed", "user_id": "u", "timestamp": time.time() - 60})
    home = partition_of(account.encode(), settings.partitions)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        await producer.send_and_wait(settings.topic("analytics"), value.encode(), account.encode(), partition=home)


async def accounts_of(settings: Settings) -> set[str]:
    model = RedisReadModel.open(settings)
    try:
        return {answer.account_id for answer in await model.worst_first()}
    finally:
        await model.close()


async def until_accounts(settings: Settings, expected: set[str]) -> None:
    async def are_there() -> bool:
        return await accounts_of(settings) >= expected

    await until(are_there, within_seconds=START_SECONDS, what=f"{settings.deployment} has not {expected}")
    assert await accounts_of(settings) == expected


async def ended(command: Command) -> str:
    """The log of a command that has ended by itself."""

    async def has() -> bool:
        return not command.is_running

    await until(has, within_seconds=START_SECONDS, what="it still runs")
    return command.log.read_text("utf-8")


async def at_work(command: Command) -> None:
    """Wait until a worker has its partitions."""

    async def is_so() -> bool:
        text = command.log.read_text("utf-8")
        assert command.is_running, text
        return " restored" in text

    await until(is_so, within_seconds=START_SECONDS, what="it never had its partitions")


DIFFERENCES = {
    "prefix": {"topic_prefix": "{group}-other."},
    "prefix that ends where the group could begin": {"topic_prefix": "{group}-"},
    "group": {"group": "{group}-other"},
}


@pytest.mark.parametrize("difference", DIFFERENCES)
async def test_two_deployments_that_differ_in_one_setting_never_meet(
    settings: Settings, tmp_path: Path, difference: str
) -> None:
    """Both are fed; one shows its own account alone, and so does the other."""
    values = {field: text.format(group=settings.group) for field, text in DIFFERENCES[difference].items()}
    (tmp_path / "other").mkdir()
    other = msgspec.structs.replace(settings, data_dir=str(tmp_path / "other"), **values)
    with running(settings, "worker", "project"), running(other, "worker", "project"):
        await send(settings, "ours")
        if "group" not in values:
            await send(other, "theirs")
        await until_accounts(settings, {"ours"})
        await until_accounts(other, {"ours"} if "group" in values else {"theirs"})
        await until_accounts(settings, {"ours"})


async def test_a_worker_that_scores_otherwise_does_not_start_beside_others_and_does_once_they_are_gone(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not say who is in a group")
    other = msgspec.structs.replace(settings, model="four-inputs")
    by_event_clock = msgspec.structs.replace(settings, clock="event")
    with_shadow = msgspec.structs.replace(settings, shadow_models="four-inputs")
    with running(settings, "worker") as commands:
        await at_work(commands[0])
        odd = [
            Command(each, "worker", tmp_path / f"{number}.log")
            for number, each in enumerate((other, by_event_clock, with_shadow))
        ]
        commands += odd
        for log in await asyncio.gather(*map(ended, odd)):
            last = log.splitlines()[-1]
            assert last.startswith(f"error: The group {settings.deployment} runs with model default@"), log
            assert "stop all workers of the group, then start this one" in last
            assert "waiting 11 s for it to be gone" in log
            assert "Traceback" not in log
        alike = Command(settings, "worker", tmp_path / "alike.log")
        commands.append(alike)
        await at_work(alike)
        assert commands[0].is_running
        commands[0].kill()
        assert alike.stop() == 0
        later = Command(other, "worker", tmp_path / "later.log")
        commands.append(later)
        await at_work(later)
        assert "waiting 11 s for it to be gone" in later.log.read_text("utf-8")


async def test_of_two_that_score_otherwise_and_start_at_once_one_is_left(
    settings: Settings, broker: RunningBroker, tmp_path: Path
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not say who is in a group")
    await ensure_topics(settings)
    both = [settings, msgspec.structs.replace(settings, model="four-inputs")]
    commands = [Command(each, "worker", tmp_path / f"{number}.log") for number, each in enumerate(both)]
    try:

        async def is_one_left() -> bool:
            return sum(command.is_running for command in commands) == 1

        await until(is_one_left, within_seconds=START_SECONDS, what="both run, or none")
        (left,) = (command for command in commands if command.is_running)
        await at_work(left)
        (gone,) = (command for command in commands if not command.is_running)
        assert "stop all workers of the group, then start this one" in gone.log.read_text("utf-8")
        await asyncio.sleep(3)
        assert left.is_running
    finally:
        for command in commands:
            command.kill()


async def test_one_name_on_two_clusters_over_one_redis_the_second_does_not_start(
    settings: Settings, tmp_path: Path
) -> None:
    with start_kafka() as second:
        other = msgspec.structs.replace(settings, kafka=second.address, idempotent=0)
        with running(settings, "worker", "project", "notify") as commands:
            await send(settings, "ours")
            await until_accounts(settings, {"ours"})
            odd = [Command(other, name, tmp_path / f"other-{name}.log") for name in ("project", "notify")]
            commands += odd
            for log in await asyncio.gather(*map(ended, odd)):
                last = log.splitlines()[-1]
                assert last.startswith(f"error: The data of {settings.deployment}-"), log
                assert "another Kafka cluster or topic" in last
                assert "Traceback" not in log
            assert all(command.is_running for command in commands[:3])
            assert await accounts_of(settings) == {"ours"}
            assert [command.stop() for command in commands[:3]] == [0, 0, 0]
            commands += [Command(other, name, tmp_path / f"later-{name}.log") for name in ("worker", "project")]
            await send(other, "theirs")
            await until_accounts(settings, {"theirs"})
