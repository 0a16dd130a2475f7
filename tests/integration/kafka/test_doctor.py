"""`vitals doctor` against real servers: what is wrong is named, and nothing else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.deployment.settings import Settings
from streams.doctor.examination import examine
from streams.doctor.finding import Finding
from streams.doctor.kafka import ask
from streams.doctor.rights import PROCESSES, Process, judge_rights
from streams.kafka.clients import new_admin
from streams.kafka.topic_admin import ensure_topics
from tests.support.commands import environment_of
from tests.support.kafka.acls import Right, grant, revoke
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.secured import SecuredKafka
from tests.support.kafka.topic import until
from tests.support.rights import documented_rights
from vitals.local.embedded import free_port

PLAN = Plan(load_preset("default"))
replace = msgspec.structs.replace


def wrong(findings: list[Finding]) -> list[tuple[str, str, str]]:
    """What is to be mended: check, subject, status. An embedded Redis keeps nothing, and is said to."""
    return [
        (each.check, each.subject, str(each.status))
        for each in findings
        if each.advice and each.check != "redis.persistence"
    ]


async def faults(settings: Settings, *processes: Process) -> list[tuple[str, str, str]]:
    return wrong(await examine(settings, PLAN, processes or ("worker", "projector", "notifier")))


@pytest.fixture
async def admin(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    client = new_admin(settings, "test")
    await client.start()
    yield client
    await client.close()


async def test_a_deployment_that_is_well_has_nothing_to_mend(settings: Settings, broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker tells less: see the test below")
    missing = {subject for check, subject, _ in await faults(settings) if check == "kafka.topics"}
    assert settings.topic("analytics") in missing
    await ensure_topics(settings, "topics")
    assert await faults(settings) == []


async def test_brokers_that_are_not_there_are_named_one_by_one(settings: Settings) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    await ensure_topics(settings)
    found = await faults(replace(settings, kafka=f"{settings.kafka},{nobody}"))
    assert ("kafka.reachable", nobody, "fault") in found
    assert [each for each in found if each[1] == settings.kafka] == []
    [only, *redis] = await faults(replace(settings, kafka=nobody))
    assert only == ("kafka.reachable", nobody, "fault")
    assert redis == []


async def test_a_redis_that_is_not_there_is_named_and_its_password_is_not(settings: Settings) -> None:
    await ensure_topics(settings)
    address = f"127.0.0.1:{free_port()}"
    findings = await examine(replace(settings, redis=f"redis://:hunter2@{address}/0"), PLAN, ("projector",))
    assert ("redis.reachable", address, "fault") in wrong(findings)
    assert "hunter2" not in repr(findings)


async def test_topics_that_are_not_as_they_should_be_are_named(
    settings: Settings, broker: RunningBroker, admin: AIOKafkaAdminClient
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not alter topics")
    await ensure_topics(settings)
    await admin.create_partitions({settings.topic("billing"): NewPartitions(6)})
    changes = {"analytics": {"cleanup.policy": "compact"}, "scores": {"max.message.bytes": "1000"}}
    for name, values in changes.items():
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, settings.topic(name), configs=values)])
    expected = {
        ("kafka.topics.partitions", settings.topic("billing"), "fault"),
        ("kafka.topics.compacted", settings.topic("analytics"), "fault"),
        ("kafka.topics.message_bytes", settings.topic("scores"), "fault"),
    }

    async def all_named() -> bool:
        return expected <= set(await faults(settings))

    await until(all_named, within_seconds=20, what="not all of it is named")


async def test_a_session_below_the_brokers_least_is_a_fault(settings: Settings, broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not tell its bounds")
    await ensure_topics(settings)
    found = await faults(replace(settings, session_timeout_ms=5_000), "worker")
    assert ("kafka.session", "VITALS_SESSION_TIMEOUT_MS", "fault") in found


async def test_the_embedded_broker_is_looked_at_without_a_traceback(settings: Settings, broker: RunningBroker) -> None:
    if broker.is_apache:
        pytest.skip("this is about the embedded broker")
    await ensure_topics(settings)
    assert [each for each in await faults(settings) if each[2] == "fault"] == []
    assert ("kafka.version", settings.kafka, "fault") in await faults(replace(settings, idempotent=1))


# --- the command


def doctor(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "vitals", "doctor", *arguments]
    environment = environment_of(settings)
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def test_the_command_ends_with_1_for_a_fault_and_prints_json(settings: Settings) -> None:
    await ensure_topics(settings)
    well = await asyncio.to_thread(doctor, settings, "--json", "--for", "projector")
    assert (well.returncode, well.stderr) == (0, "")
    found: list[dict[str, Any]] = json.loads(well.stdout)
    assert {"check", "subject", "status", "words", "advice"} == set(found[0])
    ill = await asyncio.to_thread(doctor, replace(settings, kafka=f"127.0.0.1:{free_port()}"))
    assert ill.returncode == 1
    assert "FAULT" in ill.stdout
    assert "Traceback" not in ill.stdout + ill.stderr
    unknown = await asyncio.to_thread(doctor, settings, "--for", "gardener")
    assert unknown.returncode == 1
    assert "use one of worker" in unknown.stderr


# --- rights


async def missing_rights(admin: AIOKafkaAdminClient, settings: Settings, process: Process) -> list[Finding]:
    cluster = await ask(admin, settings)
    return [
        each for each in judge_rights(settings, [process], cluster.topic_rights, cluster.group_rights) if each.advice
    ]


async def test_each_right_of_the_docs_is_named_when_it_is_taken_away(
    secured_kafka: SecuredKafka, redis_url: str, tmp_path: Path
) -> None:
    own = Settings(kafka=secured_kafka.address, redis=redis_url, topic_prefix="eu.", partitions=1)
    await ensure_topics(own, "topics")
    rights = documented_rights(own)
    admin = new_admin(own, "test")
    await admin.start()
    try:
        await grant(admin, *rights)
        for process in PROCESSES:
            way = secured_kafka.security(process)
            as_process = replace(own, kafka=secured_kafka.address_of("SASL_SSL"), kafka_security=way)
            assert [each for each in await faults(as_process, process) if each[0] == "kafka.rights"] == []
            await each_is_named(admin, as_process, process, [each for each in rights if each.user == process])
    finally:
        await admin.close()


async def each_is_named(admin: AIOKafkaAdminClient, settings: Settings, process: Process, rights: list[Right]) -> None:
    """`admin` is a super user's, `settings` are the process's own."""
    own = new_admin(settings, "doctor")
    await own.start()
    try:
        for right in rights:
            if process == "creator" and right.pattern.name == "prefixed":
                continue  # a right to make what is not there yet cannot be asked for
            await revoke(admin, right)
            named = await missing_rights(own, settings, process)
            command = f"--operation {right.operation.name} --{right.resource.name.lower()} {right.name}"
            assert [command in each.advice for each in named] == [True], (str(right), named)
            await grant(admin, right)
    finally:
        await own.close()
