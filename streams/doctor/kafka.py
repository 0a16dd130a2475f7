"""Asks the brokers: their addresses, versions and settings, the topics, and what this user may do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer
from streams.kafka.topic_admin import observe_topics, own_topics, planned_topics
from streams.kafka.topic_ids import find_group_operations, find_operations, supported_versions
from streams.kafka.topology import ObservedTopic
from streams.notifier.sinks import default_names
from streams.topics import CONTROL

NEWEST_SECONDS = 5.0


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """What the brokers answered. `seen` are the topics that this user may see. `topic_rights` and `group_rights` are
    sets of bits by name: None if the broker does not report them, 0 for what is hidden from this user.
    """

    nodes: tuple[tuple[str, int], ...]
    versions: Mapping[int, int]
    settings: Mapping[str, str | None]
    """A broker's own settings, by Kafka's names; empty if this user may not read them."""
    seen: Mapping[str, ObservedTopic]
    topic_rights: dict[str, int | None]
    group_rights: dict[str, int | None]
    round_trip_ms: float


async def ask(admin: AIOKafkaAdminClient, settings: Settings) -> Cluster:
    """Ask everything, with an admin client that has started.

    Raises:
        KafkaError: when the brokers stop answering.
    """
    names = [topic.name for topic in (*planned_topics(settings), *own_topics(settings))]
    began = time.monotonic()
    described = await admin.describe_cluster()
    round_trip_ms = (time.monotonic() - began) * 1_000
    topic_rights = await find_operations(admin, names)
    notifiers = [settings.notifier_group(f"default-{sink}") for sink in default_names(settings)]
    any_of_prefix = [settings.write_back_group("any"), settings.gateway_group("any")]  # one name stands for all
    own = [settings.deployment, settings.projector_group, settings.guard_group, settings.attribution_group]
    groups = [*own, *any_of_prefix, *notifiers]
    visible = [name for name, rights in topic_rights.items() if rights != 0]
    return Cluster(
        nodes=tuple((str(each["host"]), int(each["port"])) for each in described["brokers"]),
        versions=await supported_versions(admin),
        settings=await _broker_settings(admin, described),
        seen=await observe_topics(admin, visible),
        topic_rights=topic_rights,
        group_rights=await _group_rights(admin, groups),
        round_trip_ms=round_trip_ms,
    )


async def _broker_settings(admin: AIOKafkaAdminClient, described: Mapping[str, Any]) -> dict[str, str | None]:
    node = str(described["brokers"][0]["node_id"])
    try:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.BROKER, node)])
    except (KafkaError, ValueError):
        return {}
    resources = [resource for answer in answers for resource in answer.resources if not resource[0]]
    return {entry[0]: entry[1] for _, _, _, _, entries in resources for entry in entries}


async def _group_rights(admin: AIOKafkaAdminClient, groups: Iterable[str]) -> dict[str, int | None]:
    rights: dict[str, int | None] = {}
    for group in groups:
        try:
            rights[group] = await find_group_operations(admin, group)
        except KafkaError:
            rights[group] = None
    return rights


async def newest_times(settings: Settings, seen: Mapping[str, ObservedTopic]) -> dict[str, int]:
    """The time of the newest message of each input and of `control`, in milliseconds since 1970. Topics that are empty
    or that this user may not read are left out. Joins no group."""
    wanted = [settings.topic(name) for name in (*INPUT_TOPICS, CONTROL)]
    tps = [
        TopicPartition(name, number) for name in wanted if name in seen for number in range(seen[name].found.partitions)
    ]
    newest: dict[str, int] = {}
    if not tps:
        return newest
    consumer = new_consumer(settings, "doctor", fetch_max_wait_ms=100)
    try:
        await consumer.start()
        consumer.assign(tps)
        await _read_last(consumer, tps, newest)
    except (KafkaError, TimeoutError):
        return newest
    finally:
        await consumer.stop()
    return newest


async def _read_last(consumer: AIOKafkaConsumer, tps: list[TopicPartition], newest: dict[str, int]) -> None:
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    behind = {tp for tp in tps if ends[tp] > begins[tp]}
    for tp in tps:
        consumer.seek(tp, max(begins[tp], ends[tp] - 1))
    deadline = time.monotonic() + NEWEST_SECONDS
    while behind and time.monotonic() < deadline:
        with suppress(TopicAuthorizationFailedError):
            for tp, messages in (await consumer.getmany(*behind, timeout_ms=200)).items():
                latest_ms = max(message.timestamp for message in messages)
                newest[tp.topic] = max(newest.get(tp.topic, 0), latest_ms)
                behind.discard(tp)
