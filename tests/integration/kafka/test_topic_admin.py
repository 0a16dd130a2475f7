"""`ensure_topics` against the broker of the session."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from streams.clock_kind import ClockKind
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.topic_admin import ensure_topics, own_topics, planned_topics
from streams.topics import GUARD_TABLES
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import until
from vitals.local.embedded import HOST, Embedded, free_port, start_kafka

INPUTS = ["analytics", "exceptions", "billing", "tickets"]
DAYS_50_MS = "4320000000"


@pytest.fixture
async def admin(kafka: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await client.start()
    yield client
    await client.close()


async def partitions_by_topic(admin: AIOKafkaAdminClient, settings: Settings) -> dict[str, int]:
    """The topics of this deployment that the broker has, and their numbers of partitions."""
    topics = await admin.describe_topics()
    return {topic["topic"]: len(topic["partitions"]) for topic in topics if topic["topic"].startswith(settings.group)}


async def kept(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    (resource,) = answer.resources
    return {entry[0]: entry[1] for entry in resource[4]}


async def create(admin: AIOKafkaAdminClient, name: str, partitions: int, **kept: str) -> None:
    await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=kept)])

    async def is_seen() -> bool:
        return name in await admin.list_topics()

    await until(is_seen, within_seconds=20, what="the topic is not there")


async def test_every_topic_gets_its_partitions(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(settings, "topics")
    people = ("notifications", "alerts", "deliveries")
    four = [
        settings.topic(name)
        for name in (*INPUTS, "control", *people, "scores", "predictions", "aliases", "unattributed", "history")
    ]
    one = ("dead-letters", "models", "arrivals", "workspace", "audit", *GUARD_TABLES)
    assert await partitions_by_topic(admin, settings) == {
        **dict.fromkeys(four, 4),
        settings.topic("accounts-changelog"): 4,
        **{settings.topic(name): 1 for name in one},
    }


async def test_inputs_and_control_are_kept_for_35_days(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(settings)
    for name in (*INPUTS, "control"):
        found = await kept(admin, settings.topic(name))
        assert (found["retention.ms"], found["cleanup.policy"]) == (DAYS_50_MS, "delete")


async def test_a_streamed_history_is_not_deleted_for_its_age(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(msgspec.structs.replace(settings, clock="event"))
    assert (await kept(admin, settings.topic("analytics")))["retention.ms"] == "-1"


@pytest.mark.parametrize(("clock", "time_type"), [("wall", "LogAppendTime"), ("event", "CreateTime")])
async def test_by_the_wall_clock_retention_goes_by_arrival(
    admin: AIOKafkaAdminClient, settings: Settings, clock: ClockKind, time_type: str
) -> None:
    await ensure_topics(msgspec.structs.replace(settings, clock=clock))
    for name in (*INPUTS, "control"):
        assert (await kept(admin, settings.topic(name)))["message.timestamp.type"] == time_type


async def test_a_topic_of_others_that_may_delete_what_was_not_read_is_warned_of(
    admin: AIOKafkaAdminClient, settings: Settings, broker: RunningBroker
) -> None:
    await create(admin, settings.topic("billing"), 4, **{"retention.ms": "3600000", "retention.bytes": "1000000"})
    if not broker.is_apache:
        pytest.skip(f"{broker.name} tells no settings that it was not given")
    warnings = (await ensure_topics(settings)).warnings
    assert {warning.topic for warning in warnings} == {settings.topic("billing")}
    assert [warning.code for warning in warnings] == ["retention"] * 3
    assert "message.timestamp.type=LogAppendTime" in warnings[0].text


@pytest.mark.parametrize("name", ["analytics", "control", "notifications"])
async def test_a_compacted_topic_that_must_not_be_is_an_error(
    admin: AIOKafkaAdminClient, settings: Settings, name: str
) -> None:
    await create(admin, settings.topic(name), 4, **{"cleanup.policy": "compact"})
    with pytest.raises(UserError, match=r"is compacted.*cleanup.policy=delete"):
        await ensure_topics(settings)


async def test_scores_and_changelog_are_compacted(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(settings)
    scores = await kept(admin, settings.topic("scores"))
    changelog = await kept(admin, settings.changelog_topic)
    assert scores["cleanup.policy"] == changelog["cleanup.policy"] == "compact"
    assert changelog["min.compaction.lag.ms"] == "86400000"
    assert int(changelog["max.message.bytes"]) > 1_048_576
    assert changelog["min.insync.replicas"] == "1"


async def test_dead_letters_are_kept_for_14_days(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(settings)
    assert (await kept(admin, settings.topic("dead-letters")))["retention.ms"] == "1209600000"


async def test_a_second_call_changes_nothing(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await ensure_topics(settings)
    before = await partitions_by_topic(admin, settings)
    await ensure_topics(settings)
    assert await partitions_by_topic(admin, settings) == before


async def test_a_topic_that_was_missing_is_added(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await create(admin, settings.topic("billing"), 4)
    await ensure_topics(settings, "topics")
    assert len(await partitions_by_topic(admin, settings)) == len((*planned_topics(settings), *own_topics(settings)))


async def test_callers_that_race_all_succeed(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await asyncio.gather(*(ensure_topics(settings, "topics") for _ in range(5)))
    assert len(await partitions_by_topic(admin, settings)) == len((*planned_topics(settings), *own_topics(settings)))


async def test_another_number_of_partitions_is_an_error(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await create(admin, settings.topic("billing"), 3)
    with pytest.raises(UserError, match=r"\.billing has 3 partitions.*Set VITALS_PARTITIONS to 3"):
        await ensure_topics(settings)


async def test_dead_letters_may_have_any_number_of_partitions(admin: AIOKafkaAdminClient, settings: Settings) -> None:
    await create(admin, settings.topic("dead-letters"), 3)
    await ensure_topics(settings)


@pytest.mark.parametrize("policy", ["delete", "compact,delete"])
async def test_a_changelog_that_loses_messages_is_an_error(
    admin: AIOKafkaAdminClient, settings: Settings, policy: str
) -> None:
    await create(admin, settings.changelog_topic, 4, **{"cleanup.policy": policy})
    with pytest.raises(UserError, match=rf"-changelog has cleanup.policy={policy}.*cleanup.policy=compact"):
        await ensure_topics(settings)


async def test_a_topic_whose_settings_cannot_be_seen_is_let_pass_with_a_warning(
    admin: AIOKafkaAdminClient, settings: Settings, broker: RunningBroker
) -> None:
    if broker.is_apache:
        pytest.skip("Apache Kafka always tells a topic's settings")
    await create(admin, settings.changelog_topic, 4)
    warnings = (await ensure_topics(settings)).warnings
    assert [warning.code for warning in warnings] == ["unseen"]


async def test_more_replicas_than_brokers_are_an_error(settings: Settings, broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} takes any number of replicas")
    with pytest.raises(UserError, match="set VITALS_REPLICATION to at most the number of brokers"):
        await ensure_topics(msgspec.structs.replace(settings, replication=3))


async def test_a_name_that_kafka_does_not_take_is_an_error(settings: Settings, broker: RunningBroker) -> None:
    if not broker.is_apache:
        pytest.skip(f"{broker.name} takes any name")
    with pytest.raises(UserError, match="VITALS_TOPIC_PREFIX is 'what a name ': use only letters"):
        await ensure_topics(msgspec.structs.replace(settings, topic_prefix="what a name "))


async def test_more_insync_replicas_than_replicas_are_an_error(settings: Settings) -> None:
    with pytest.raises(UserError, match="set VITALS_MIN_INSYNC to 1 or less"):
        await ensure_topics(msgspec.structs.replace(settings, min_insync=2))


async def test_no_partitions_are_an_error(settings: Settings) -> None:
    with pytest.raises(UserError, match="set VITALS_PARTITIONS to 1 or more"):
        await ensure_topics(msgspec.structs.replace(settings, partitions=0))


async def test_a_broker_that_is_not_there_is_named() -> None:
    address = f"{HOST}:{free_port()}"
    with pytest.raises(UserError, match=rf"No Kafka broker .* {address} .*set VITALS_KAFKA"):
        await ensure_topics(Settings(kafka=address), deadline_seconds=0.5)


@pytest.mark.parametrize("address", ["localhost:http", "127.0.0.1:70000", ""])
async def test_an_address_that_is_none_is_an_error(address: str) -> None:
    with pytest.raises(UserError, match="VITALS_KAFKA"):
        await ensure_topics(Settings(kafka=address), deadline_seconds=0.5)


async def test_a_broker_that_does_not_answer_is_given_up_at_the_deadline() -> None:
    with socket.create_server((HOST, 0)) as silent:
        address = f"{HOST}:{silent.getsockname()[1]}"
        with pytest.raises(UserError, match=address):
            await ensure_topics(Settings(kafka=address), deadline_seconds=0.5)


async def test_a_broker_that_is_still_starting_is_waited_for() -> None:
    port = free_port()
    started: list[Embedded] = []
    later = threading.Timer(0.5, lambda: started.append(start_kafka(port)))
    later.start()
    try:
        await ensure_topics(Settings(kafka=f"{HOST}:{port}"), deadline_seconds=20.0)
    finally:
        later.join()
        started[0].stop()
