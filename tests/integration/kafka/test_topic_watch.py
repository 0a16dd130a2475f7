"""Topics that change under a running deployment: it halts with advice, and the advice works when it is followed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from scoring.result import ScoreSnapshot
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.topics import partition_of
from tests.integration.worker.test_lost_messages import asked, health, says
from tests.support.commands import Command, running
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import grown, newest_scores, until
from tests.support.operator import commands_in, obey, set_configs, settings_in

NOTICED_SECONDS = 60.0


@pytest.fixture(autouse=True)
def can_change(broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} does not act on the settings of topics")


async def send(settings: Settings, accounts: int, first: int, *, partitions: int) -> None:
    """Three events for each of so many accounts, in the partitions that a producer that knows of `partitions` takes."""
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        while len(await producer.partitions_for(settings.topic("analytics"))) < partitions:  # just grown
            await producer.client.force_metadata_update()
        for number in range(accounts):
            account = f"account-{number}"
            for _ in range(first, first + 3):
                event = {"account_id": account, "event": "report_viewed", "timestamp": time.time()}
                await producer.send_and_wait(
                    settings.topic("analytics"),
                    json.dumps(event).encode(),
                    key=account.encode(),
                    partition=partition_of(account.encode(), partitions),
                )


async def halted(command: Command) -> str:
    """Wait until a process has ended by itself; answers the line that it ended with."""

    async def has_ended() -> bool:
        return not command.is_running

    await until(has_ended, within_seconds=NOTICED_SECONDS, what="it goes on")
    lines = [line for line in command.log.read_text("utf-8").splitlines() if "CRITICAL" in line or "Error" in line]
    assert "Traceback" not in command.log.read_text("utf-8")
    return (lines or command.log.read_text("utf-8").splitlines())[-1]


async def changed(settings: Settings, name: str, values: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await set_configs(admin, settings.topic(name), values)
    finally:
        await admin.close()


async def made_anew(settings: Settings, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        await admin.delete_topics([settings.topic(name)])

        async def is_gone() -> bool:
            return settings.topic(name) not in await admin.list_topics()

        await until(is_gone, within_seconds=20, what="the topic is not deleted")
    finally:
        await admin.close()
    await ensure_topics(settings)


async def counted(settings: Settings, expected: dict[str, float]) -> None:
    """Wait until the newest answers say so many events of each account."""
    found: dict[str, object] = {}

    def is_so(newest: Mapping[str, ScoreSnapshot]) -> bool:
        found.update((name, answer.facts["usage_30d"]) for name, answer in newest.items())
        return found == expected

    try:
        await newest_scores(settings, is_so, within_seconds=60)
    except AssertionError as error:
        raise AssertionError(f"the answers say {found}") from error


async def test_partitions_grown_under_a_running_worker_end_in_advice_that_works_word_by_word(
    settings: Settings, tmp_path: Path
) -> None:
    await ensure_topics(settings)
    await send(settings, 12, 0, partitions=4)
    with running(settings, "worker") as commands:
        await says(commands[0], 'vitals_events_total{outcome="applied",topic="analytics"} 36.0')
        await grown(settings, "analytics", 6)
        await send(settings, 12, 3, partitions=6)
        advice = await halted(commands[0])
        assert await obey(advice) == 3
        changes = settings_in(advice)
        assert changes == {"VITALS_PARTITIONS": "6", "VITALS_GROUP": f"{settings.group}-2"}
        moved = msgspec.structs.replace(
            settings, partitions=int(changes["VITALS_PARTITIONS"]), group=changes["VITALS_GROUP"]
        )
        commands.append(Command(moved, "worker", tmp_path / "moved.log"))
        await counted(moved, {f"account-{number}": 6.0 for number in range(12)})
        assert "forwarded" in asked(commands[1], "metrics")


async def test_an_input_that_was_compacted_ends_in_a_command_that_works(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    await send(settings, 2, 0, partitions=4)
    with running(settings, "worker", "notify") as commands:
        await says(commands[0], 'vitals_events_total{outcome="applied",topic="analytics"} 6.0')
        await changed(settings, "analytics", {"cleanup.policy": "compact"})
        await changed(settings, "alerts", {"cleanup.policy": "compact"})
        told = [await halted(command) for command in commands]
        assert [len(commands_in(advice)) for advice in told] == [2, 1]
        assert await obey(told[0]) == 2
        commands.append(Command(settings, "worker", tmp_path / "again.log"))
        commands.append(Command(settings, "notify", tmp_path / "notify-again.log"))
        await send(settings, 2, 3, partitions=4)
        await counted(settings, {"account-0": 6.0, "account-1": 6.0})
        assert commands[3].is_running


async def test_a_retention_that_was_shortened_is_told_while_all_goes_on(settings: Settings) -> None:
    await ensure_topics(settings)
    with running(settings, "worker") as (worker,):
        await says(worker, 'vitals_lag_messages{partition="0",topic="analytics"} 0.0')
        await changed(settings, "analytics", {"retention.ms": "3600000"})
        topic = settings.topic("analytics")
        await says(worker, f'vitals_topic_warnings{{code="retention",topic="{topic}"}} 1.0')
        report = health(worker)
        assert report["is_alive"]
        assert "--add-config retention.ms=86400000" in report["reason"]
        await obey(report["reason"])

        async def is_well() -> bool:
            return bool(health(worker)["reason"] == "")

        await until(is_well, within_seconds=NOTICED_SECONDS, what="it warns for ever")


async def test_an_input_made_anew_that_has_outgrown_the_old_one_is_known_by_its_id(
    settings: Settings, tmp_path: Path
) -> None:
    await ensure_topics(settings)
    await send(settings, 4, 0, partitions=4)
    with running(settings, "worker") as commands:
        await says(commands[0], 'vitals_events_total{outcome="applied",topic="analytics"} 12.0')
        assert commands[0].stop() == 0
        await made_anew(settings, "analytics")
        for _ in range(3):
            await send(settings, 4, 0, partitions=4)
        commands.append(Command(settings, "worker", tmp_path / "again.log"))
        advice = await halted(commands[1])
        assert f"The topic {settings.topic('analytics')} was deleted, and perhaps re-created" in advice
        moved = msgspec.structs.replace(settings, group=settings_in(advice)["VITALS_GROUP"])
        commands.append(Command(moved, "worker", tmp_path / "moved.log"))
        await says(commands[2], 'vitals_events_total{outcome="applied",topic="analytics"} 36.0')


async def test_a_changelog_that_was_deleted_is_no_empty_state(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    await send(settings, 4, 0, partitions=4)
    with running(settings, "worker") as commands:
        await says(commands[0], 'vitals_events_total{outcome="applied",topic="analytics"} 12.0')
        assert commands[0].stop() == 0
        await made_anew(settings, "accounts-changelog")
        commands.append(Command(settings, "worker", tmp_path / "again.log"))
        advice = await halted(commands[1])
        assert "the state that it held is gone" in advice
        moved = msgspec.structs.replace(settings, group=settings_in(advice)["VITALS_GROUP"])
        commands.append(Command(moved, "worker", tmp_path / "moved.log"))
        await counted(moved, {f"account-{number}": 3.0 for number in range(4)})


async def test_scores_that_were_deleted_are_filled_again_by_a_start(settings: Settings, tmp_path: Path) -> None:
    await ensure_topics(settings)
    await send(settings, 4, 0, partitions=4)
    with running(settings, "worker") as commands:
        await counted(settings, {f"account-{number}": 3.0 for number in range(4)})
        assert commands[0].stop() == 0
        await made_anew(settings, "scores")
        commands.append(Command(settings, "worker", tmp_path / "again.log"))
        await counted(settings, {f"account-{number}": 3.0 for number in range(4)})
