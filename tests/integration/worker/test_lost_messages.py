"""Messages that were deleted before they were read: counted, told, and no reason to stand still."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import partition_of
from tests.support.commands import Command, running
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import read_until, until


@pytest.fixture(autouse=True)
def deletes(broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} deletes nothing")


async def send(settings: Settings, number: int, first: int = 0) -> None:
    """So many events of one account, now."""
    home = partition_of(b"acme", settings.partitions)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for place in range(first, first + number):
            value = json.dumps(
                {"account_id": "acme", "event": "login", "timestamp": time.time(), "id": f"{place}"}
            ).encode()
            await producer.send_and_wait(settings.topic("analytics"), value, key=b"acme", partition=home)


async def delete_before(settings: Settings, topic: str, offset: int) -> None:
    """The log of the account's partition begins at `offset` from now on."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        place = TopicPartition(settings.topic(topic), partition_of(b"acme", settings.partitions))
        await admin.delete_records({place: RecordsToDelete(before_offset=offset)})
    finally:
        await admin.close()


def port_of(command: Command) -> int | None:
    """The port of the latest process with this log."""
    found = re.findall(r"metrics on port (\d+)", command.log.read_text("utf-8"))
    return int(found[-1]) if found else None


def asked(command: Command, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port_of(command)}/{path}") as answer:
        return str(answer.read().decode())


async def says(command: Command, line: str) -> None:
    """Wait until the metrics of a process have this line."""

    async def is_there() -> bool:
        with suppress(urllib.error.URLError):  # the process before it, of the same log
            return port_of(command) is not None and f"{line}\n" in asked(command, "metrics")
        return False

    await until(is_there, within_seconds=60, what=f"never said: {line}\n{command.log.read_text('utf-8')}")


def health(command: Command) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(asked(command, "healthz"))
    return report


def lost_lines(command: Command) -> list[str]:
    return [line for line in command.log.read_text("utf-8").splitlines() if "deleted before they were read" in line]


async def test_what_was_deleted_before_a_worker_came_is_counted_and_told_once_and_lag_comes_to_rest(
    settings: Settings,
) -> None:
    home = partition_of(b"acme", settings.partitions)
    await ensure_topics(settings)
    await send(settings, 20)
    await delete_before(settings, "analytics", 20)
    with running(settings, "worker") as commands:
        (worker,) = commands
        await says(worker, 'vitals_lost_messages_total{topic="analytics"} 20.0')
        await says(worker, f'vitals_lag_messages{{partition="{home}",topic="analytics"}} 0.0')
        report = health(worker)
        assert report["is_alive"]
        assert report["reason"] == "Messages were deleted before they were read: 20 of analytics."
        assert worker.stop() == 0
        assert len(lost_lines(worker)) == 1
        assert f"analytics, partition {home}: 20 messages (offsets 0 to 19)" in lost_lines(worker)[0]
        # What was passed over is committed: the next worker has nothing to tell.
        again = Command(settings, "worker", Path(settings.data_dir) / "again.log")
        commands.append(again)
        await says(again, f'vitals_lag_messages{{partition="{home}",topic="analytics"}} 0.0')
        assert lost_lines(again) == []


async def test_what_is_deleted_while_no_worker_runs_is_counted_to_the_message(settings: Settings) -> None:
    await ensure_topics(settings)
    await send(settings, 5)
    with running(settings, "worker") as commands:
        await read_until(settings, "scores", bool, within_seconds=60)
        assert commands[0].stop() == 0
        await send(settings, 10, first=5)
        await delete_before(settings, "analytics", 12)
        again = Command(settings, "worker", Path(settings.data_dir) / "again.log")
        commands.append(again)
        await says(again, 'vitals_lost_messages_total{topic="analytics"} 7.0')
        await says(again, 'vitals_events_total{outcome="applied",topic="analytics"} 3.0')
        assert "(offsets 5 to 11)" in lost_lines(again)[0]


async def test_what_a_transaction_takes_back_is_no_loss_and_no_lag(settings: Settings) -> None:
    home = partition_of(b"acme", settings.partitions)
    await ensure_topics(settings)
    await send(settings, 2)
    value = json.dumps({"account_id": "acme", "event": "login", "timestamp": time.time()}).encode()
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka, transactional_id=settings.group) as producer:
        await producer.begin_transaction()
        for _ in range(3):
            await producer.send_and_wait(settings.topic("analytics"), value, key=b"acme", partition=home)
        await producer.abort_transaction()
    with running(settings, "worker") as commands:
        (worker,) = commands
        await says(worker, 'vitals_events_total{outcome="applied",topic="analytics"} 2.0')
        await says(worker, f'vitals_lag_messages{{partition="{home}",topic="analytics"}} 0.0')
        assert lost_lines(worker) == []
        assert "vitals_lost_messages_total{" not in asked(worker, "metrics")


async def test_alerts_that_were_deleted_before_they_were_delivered_are_counted_as_expired(
    settings: Settings,
) -> None:
    await ensure_topics(settings)
    home = partition_of(b"acme", settings.partitions)
    name = settings.topic("alerts")
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        await producer.send_and_wait(name, b"{}", partition=home)
        with running(settings, "notify") as (notifier,):
            await says(notifier, 'vitals_notifications_total{outcome="undecodable"} 1.0')
            assert notifier.stop() == 0
        for _ in range(4):
            await producer.send_and_wait(name, b"{}", partition=home)
    await delete_before(settings, "alerts", 4)
    with running(settings, "notify") as (notifier,):
        await says(notifier, 'vitals_notifications_total{outcome="expired"} 3.0')
        await says(notifier, 'vitals_notifications_total{outcome="undecodable"} 1.0')
        assert "3 of" in health(notifier)["reason"]
