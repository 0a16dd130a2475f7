"""What a transaction took back was never sent; and the offsets that it leaves behind hold nothing up."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import parse_instant, rfc3339
from streams.control.messages import Tick, encode_control
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import ensure_topics
from streams.read_model.store import RedisReadModel
from streams.topics import partition_of
from tests.support.commands import Command, run_command, running
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import until
from vitals.local.embedded import free_port

START = parse_instant("2026-01-05T09:00:00Z")


@pytest.fixture
def transactional(settings: Settings, broker: RunningBroker) -> Settings:
    if not broker.is_apache:
        pytest.skip("the embedded broker has no transactions")
    return msgspec.structs.replace(settings, metrics_port=free_port())


def projecting(settings: Settings) -> AbstractContextManager[list[Command]]:
    return running(msgspec.structs.replace(settings, metrics_port=0), "project")


def producer(settings: Settings, name: str) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=settings.kafka, transactional_id=f"{settings.group}-{name}", transaction_timeout_ms=600_000
    )


async def send(sender: AIOKafkaProducer, settings: Settings, account: str, count: int, at_ms: int = 0) -> None:
    home = partition_of(account.encode(), settings.partitions)
    for number in range(count):
        when = (at_ms or time.time_ns() // 1_000_000 - 60_000) + number
        event = {"account_id": account, "event": "report_viewed", "user_id": f"u{number}", "timestamp": rfc3339(when)}
        await sender.send_and_wait(
            settings.topic("analytics"), json.dumps(event).encode(), account.encode(), home, timestamp_ms=when
        )


async def usage(settings: Settings) -> dict[str, object]:
    model = RedisReadModel.open(settings)
    try:
        return {answer.account_id: answer.facts.get("usage_30d") for answer in await model.worst_first()}
    finally:
        await model.close()


async def until_used(settings: Settings, expected: dict[str, object], within_seconds: float = 30.0) -> None:
    found: dict[str, object] = {}

    async def is_so() -> bool:
        found.clear()
        found.update(await usage(settings))
        return found == expected

    try:
        await until(is_so, within_seconds=within_seconds, what="not what was sent")
    except AssertionError:
        assert found == expected


def health(settings: Settings) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{settings.metrics_port}/healthz")


def lag(settings: Settings) -> float:
    text = httpx.get(f"http://127.0.0.1:{settings.metrics_port}/metrics").text
    found = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith("vitals_lag_messages{")]
    assert found
    return sum(map(float, found))


async def until_no_lag(settings: Settings) -> None:
    async def is_so() -> bool:
        return lag(settings) == 0

    await until(is_so, within_seconds=20, what="the lag never is 0")


async def uncommitted(settings: Settings) -> dict[tuple[str, int], tuple[int, int]]:
    """(committed, end) of the inputs' partitions in which something was written, where the two differ."""
    names = {settings.topic(name) for name in INPUT_TOPICS}
    tps = [TopicPartition(name, number) for name in sorted(names) for number in range(settings.partitions)]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    consumer = new_consumer(settings, "test")
    await admin.start()
    await consumer.start()
    try:
        ends = await consumer.end_offsets(tps)
        committed = await admin.list_consumer_group_offsets(settings.deployment, partitions=tps)
    finally:
        await consumer.stop()
        await admin.close()
    pairs = {(tp.topic, tp.partition): (max(0, committed[tp].offset), ends[tp]) for tp in tps}
    return {place: pair for place, pair in pairs.items() if pair[0] != pair[1]}


async def test_what_was_aborted_is_counted_by_nobody_and_markers_hold_nothing_up(
    transactional: Settings, tmp_path: Path
) -> None:
    settings = transactional
    await ensure_topics(settings)
    # Apart from one in the same partition, so that a partition ends in an abort marker, and one in a commit marker.
    with projecting(settings), running(settings, "worker") as commands:
        async with producer(settings, "p") as sender:
            await sender.begin_transaction()
            await send(sender, settings, "ghost", 10)
            await sender.abort_transaction()
            await sender.begin_transaction()
            await send(sender, settings, "real", 3)
            await sender.commit_transaction()
            await until_used(settings, {"real": 3})
            await until_no_lag(settings)

            async def are_committed() -> bool:
                return not await uncommitted(settings)

            await until(are_committed, within_seconds=20, what=f"not committed: {await uncommitted(settings)}")
            assert commands[0].stop() == 0
            commands.append(Command(settings, "worker", tmp_path / "again.log"))
            await until_no_lag_after_start(settings)
            await sender.begin_transaction()
            await send(sender, settings, "ghost", 5)
            await sender.abort_transaction()
            async with sender.transaction():
                await send(sender, settings, "real", 2, at_ms=time.time_ns() // 1_000_000 - 30_000)
        await until_used(settings, {"real": 5})
        await until_no_lag(settings)
        verified = json.loads(run_command(settings, "verify", "--json"))
        assert (verified["accounts"], verified["mismatches"]) == (1, [])
        log = commands[-1].log.read_text("utf-8")
        assert "not in the log" not in log
        assert "lost" not in log


async def until_no_lag_after_start(settings: Settings) -> None:
    async def is_so() -> bool:
        try:
            return lag(settings) == 0
        except (httpx.HTTPError, AssertionError):
            return False

    await until(is_so, within_seconds=30, what="the lag never is 0 after a restart behind a marker")


async def test_by_the_event_clock_a_topic_that_ends_in_a_marker_keeps_nobody_waiting(transactional: Settings) -> None:
    settings = msgspec.structs.replace(transactional, clock="event", merge_wait_ms=500)
    await ensure_topics(settings)
    async with producer(settings, "p") as sender:
        async with sender.transaction():
            await send(sender, settings, "real", 4, at_ms=START)
            for number in range(settings.partitions):
                tick = encode_control(Tick(instant_ms=START + 60_000, declare=True))
                await sender.send(settings.topic("control"), tick, partition=number, timestamp_ms=START + 60_000)
        await sender.begin_transaction()
        await send(sender, settings, "ghost", 4, at_ms=START)
        await sender.abort_transaction()
    with projecting(settings), running(settings, "worker"):
        # A topic that is taken for one with more to come would keep the others waiting for 30 s.
        await until_used(settings, {"real": 4}, within_seconds=20)
        await until_no_lag(settings)
        verified = json.loads(await asyncio.to_thread(run_command, settings, "verify", "--json"))
        assert (verified["checked"], verified["mismatches"]) == (1, []), verified


async def test_a_transaction_that_nobody_ends_is_told_and_what_is_behind_it_comes_when_it_ends(
    transactional: Settings,
) -> None:
    settings = transactional
    await ensure_topics(settings)
    with projecting(settings), running(settings, "worker") as commands:
        async with (
            producer(settings, "hanging") as hanging,
            AIOKafkaProducer(bootstrap_servers=settings.kafka) as plain,
        ):
            await send(plain, settings, "real", 1)
            await until_used(settings, {"real": 1})
            await hanging.begin_transaction()
            await send(hanging, settings, "real", 2, at_ms=time.time_ns() // 1_000_000 - 50_000)
            await send(plain, settings, "real", 3, at_ms=time.time_ns() // 1_000_000 - 40_000)

            async def is_told() -> bool:
                report = health(settings).text
                return "transaction" in report and "transaction" in commands[0].log.read_text("utf-8")

            await until(is_told, within_seconds=90, what="nobody tells of the open transaction")
            assert health(settings).status_code == 200
            assert await usage(settings) == {"real": 1}
            started = asyncio.get_running_loop().time()
            verified = json.loads(await asyncio.to_thread(run_command, settings, "verify", "--json"))
            assert (verified["accounts"], verified["mismatches"]) == (1, [])
            assert asyncio.get_running_loop().time() - started < 30
            await hanging.abort_transaction()
            await until_used(settings, {"real": 4})
            await until_no_lag(settings)
