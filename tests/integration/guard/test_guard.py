"""The guard on a real broker: a feed stops while workers run; scores freeze, operations hear of it, and it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from alerts.step import AlertStep
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from streams.arrivals import Arrivals, encode_arrival
from streams.control.messages import FleetAlarm, decode_control
from streams.deployment.settings import Settings
from streams.guard.rates import WINDOW_MS
from streams.kafka.topic_admin import ensure_topics
from streams.topics import ALERTS, ARRIVALS, CONTROL, partition_of
from tests.builders import Sent, an_exception, usage
from tests.support.commands import Command, running
from tests.support.kafka.topic import newest_scores, read_until

PARTITIONS = 2
NAMES = ("acme", "globex", "hooli", "initech")
RULES = """
[alerts]
name = "quick"

[rules.tier]
kind = "tier"
severities = { red = "critical" }

[routes.default]
to = ["default"]

[guard]
least = "1m"
expected = 20
"""


@pytest.fixture
def guarded(settings: Settings, tmp_path: Path) -> Settings:
    """A deployment by the wall clock whose guard waits for a minute."""
    rules = tmp_path / "alerts.toml"
    rules.write_text(RULES)
    return msgspec.structs.replace(settings, partitions=PARTITIONS, alerts=str(rules), clock="wall", settle_ms=0)


def usual_until(now: int) -> Iterable[Arrivals]:
    """What workers told in the days before, around this time, and today; of exceptions the last came 70 s ago."""
    for day in range(7, -1, -1):
        end = now - day * DAY_MS + (HOUR_MS if day else 0)
        for at in range(now - day * DAY_MS - HOUR_MS, end - WINDOW_MS, MINUTE_MS):
            for number in range(PARTITIONS):
                counts = {"analytics": 100, "exceptions": 100}
                yield Arrivals(partition=number, from_ms=at, to_ms=at + MINUTE_MS, accounts=100, topics=counts)
    for at in range(now - WINDOW_MS, now, 10_000):
        for number in range(PARTITIONS):
            counts = {"analytics": 15} if at > now - 80_000 else {"analytics": 15, "exceptions": 15}
            yield Arrivals(partition=number, from_ms=at, to_ms=at + 10_000, accounts=100, topics=counts)


async def send(producer: AIOKafkaProducer, settings: Settings, *events: Sent) -> None:
    for event in events:
        home = partition_of(event.body["account_id"].encode(), PARTITIONS)
        await producer.send_and_wait(settings.topic(event.topic), event.value, partition=home)


async def prepared(producer: AIOKafkaProducer, settings: Settings) -> None:
    """The topics, accounts with errors, and a week that the guard knows."""
    await ensure_topics(settings)
    now = time.time_ns() // 1_000_000
    for name in NAMES:
        history = [usage(name, now - back * HOUR_MS) for back in range(1, 30, 3)]
        await send(producer, settings, *history, *(an_exception(name, now - back * HOUR_MS) for back in (1, 5, 9)))
    topic = settings.topic(ARRIVALS)
    sent = [
        await producer.send(topic, encode_arrival(each), key=b"%d" % each.partition, timestamp_ms=each.to_ms)
        for each in usual_until(now)
    ]
    await asyncio.gather(*sent)


async def steps(settings: Settings, number: int) -> list[AlertStep]:
    values = await read_until(settings, ALERTS, lambda found: len(found) >= number, within_seconds=120)
    return [step for value in values if (step := msgspec.json.decode(value, type=AlertStep)).rule == "guard"]


async def alarms(settings: Settings, number: int) -> list[FleetAlarm]:
    values = await read_until(settings, CONTROL, lambda found: len(told(found)) >= number, within_seconds=120)
    return told(values)


def told(values: Iterable[bytes]) -> list[FleetAlarm]:
    return [each for value in values if isinstance(each := decode_control(value), FleetAlarm)]


@pytest.mark.slow
async def test_a_stopped_feed_freezes_scores_tells_operations_once_and_thaws(guarded: Settings) -> None:
    async with AIOKafkaProducer(bootstrap_servers=guarded.kafka) as producer:
        await prepared(producer, guarded)

        async def live(*, with_errors: asyncio.Event) -> None:
            while True:
                now = time.time_ns() // 1_000_000
                for name in NAMES:
                    await send(producer, guarded, usage(name, now))
                    if with_errors.is_set():
                        await send(producer, guarded, an_exception(name, now))
                await asyncio.sleep(0.5)

        is_back = asyncio.Event()
        feed = asyncio.create_task(live(with_errors=is_back))
        with running(guarded, "worker", "guard") as commands:
            begun = await alarms(guarded, PARTITIONS)
            assert {(each.state, each.topics) for each in begun} == {("begun", ("exceptions",))}
            assert len({each.id for each in begun}) == 1
            frozen = await newest_scores(
                guarded, lambda found: len(found) == 4 and all(each.stale for each in found.values()), within_seconds=60
            )
            assert {tuple(each.stale) for each in frozen.values()} == {("exceptions",)}
            _restarted(commands, guarded)  # while the alarm is on: its successor knows of it from the tables
            is_back.set()
            both = await alarms(guarded, 2 * PARTITIONS)
            assert [each.state for each in both].count("ended") == PARTITIONS
            await newest_scores(
                guarded,
                lambda found: len(found) == 4 and not any(each.stale for each in found.values()),
                within_seconds=60,
            )
            opened, resolved = await steps(guarded, 2)
            assert (opened.step, resolved.step) == ("opened", "resolved")
            assert opened.case_id == resolved.case_id
            assert opened.account_id == "(fleet)"
            assert [command.stop() for command in commands] == [0, 0]
        feed.cancel()


def _restarted(commands: list[Command], settings: Settings) -> None:
    commands[1].kill()
    commands[1] = Command(settings, "guard", Path(settings.data_dir) / "again-guard.log")
