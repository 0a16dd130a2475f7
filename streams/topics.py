"""The topics: their names, how each is kept, and their creation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import msgspec
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidReplicationFactorError,
    InvalidTopicError,
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.partitioner import murmur2

from streams.clients import new_admin
from streams.errors import UserError
from streams.names import check_names
from streams.settings import INPUT_TOPICS, Settings

CONTROL = "control"
SCORES = "scores"
NOTIFICATIONS = "notifications"
DEAD_LETTERS = "dead-letters"
CHANGELOG = "accounts-changelog"

_LOG = logging.getLogger(__name__)
_DAY_MS = 86_400_000
_MIB = 1_048_576
_REQUEST_TIMEOUT_MS = 5_000
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 1.0
_NOT_ALLOWED = "allow this user to create topics, or have them created, then start again"
_ADVICE = {
    InvalidReplicationFactorError.errno: "set VITALS_REPLICATION to the number of brokers, or less",
    InvalidTopicError.errno: "take another VITALS_TOPIC_PREFIX: no two names may differ only in '.' and '_'",
    TopicAuthorizationFailedError.errno: _NOT_ALLOWED,
    ClusterAuthorizationFailedError.errno: _NOT_ALLOWED,
}


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as it should be. `kept` is what Kafka is told about it, in Kafka's own names and values."""

    name: str
    partitions: int
    kept: dict[str, str]
    must_have_these_partitions: bool = True

    @property
    def is_compacted(self) -> bool:
        """Kafka keeps the last message of each key, for ever."""
        return self.kept.get("cleanup.policy") == "compact"


def changelog_topic(settings: Settings) -> str:
    """The Kafka name of the changelog of the account table: what Faust makes of the app's id and the table's name."""
    return settings.topic(CHANGELOG)


def partition_of(account_id: bytes, partitions: int) -> int:
    """The partition, 0 to `partitions` - 1, of an account's messages: murmur2, as the Java client's default has it.

    Pure Python, a few microseconds a call: on a hot path, keep the answer.

    >>> partition_of(b"acme", 4)
    0
    """
    return int(murmur2(account_id) & 0x7FFFFFFF) % partitions


def planned_topics(settings: Settings) -> tuple[Topic, ...]:
    """Every topic of a deployment, inputs first.

    Messages carry the time of their event. So under the event clock, where a history is streamed, nothing that we
    read is deleted by age: it would be gone before it is read. By the wall clock it is kept for 35 days.
    """
    age_ms = -1 if settings.clock == "event" else 35 * _DAY_MS
    insync = {"min.insync.replicas": str(settings.min_insync)}
    aged = {**insync, "cleanup.policy": "delete", "retention.ms": str(age_ms)}
    compacted = {**insync, "cleanup.policy": "compact", "max.message.bytes": str(2 * _MIB)}
    # A dead letter holds the raw bytes of a message inside another one, so it must be allowed to be larger.
    dead = {**aged, "retention.ms": str(14 * _DAY_MS), "max.message.bytes": str(4 * _MIB)}
    # A worker that lost its partitions may still write an old state after the new one: recovery must see both.
    changelog = {**compacted, "min.compaction.lag.ms": str(_DAY_MS)}

    count = settings.partitions
    return (
        *(
            Topic(name=settings.topic(name), partitions=count, kept=aged)
            for name in (*INPUT_TOPICS, CONTROL, NOTIFICATIONS)
        ),
        Topic(name=settings.topic(SCORES), partitions=count, kept=compacted),
        Topic(name=changelog_topic(settings), partitions=count, kept=changelog),
        # People read dead letters, in any order: one partition is plenty, and any number will do.
        Topic(name=settings.topic(DEAD_LETTERS), partitions=1, kept=dead, must_have_these_partitions=False),
    )


async def ensure_topics(settings: Settings, *, deadline_seconds: float = 60.0) -> None:
    """Create the topics that are missing, and see that those that are there will do. Call it before any subscription:
    a broker that creates topics on demand would create ours its own way.

    Idempotent; several processes may call it at once. A broker that does not answer, or is still starting, is asked
    again until `deadline_seconds` have passed. Topics that exist are never altered.

    Raises:
        UserError: when no broker answers, when it refuses a topic, when a topic has another number of partitions than
            the settings say, or when one that must be compacted is not.
    """
    check_names(settings.topic_prefix, settings.group)
    _check_numbers(settings)
    now = asyncio.get_running_loop().time
    deadline, wait_seconds = now() + deadline_seconds, _FIRST_WAIT_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                if await _is_ensured(settings):
                    return
            trouble = "its topics have no leader yet"
        except (KafkaError, OSError, TimeoutError) as error:
            trouble = str(error) or type(error).__name__
        if now() + wait_seconds >= deadline:
            raise UserError(
                f"No Kafka broker could be used at {settings.kafka} within {deadline_seconds:g} s ({trouble}): "
                f"start it, or set VITALS_KAFKA to the host:port of one that runs."
            )
        await asyncio.sleep(wait_seconds)
        wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)


def _check_numbers(settings: Settings) -> None:
    if settings.partitions < 1:
        raise UserError("VITALS_PARTITIONS is 0: set VITALS_PARTITIONS to 1 or more.")
    if settings.min_insync > settings.replication:
        raise UserError(
            f"VITALS_MIN_INSYNC is {settings.min_insync} and VITALS_REPLICATION {settings.replication}, so nothing "
            f"could ever be written: set VITALS_MIN_INSYNC to {settings.replication} or less."
        )


async def _is_ensured(settings: Settings) -> bool:
    """Look once: True when all is there and good. What is missing is created, and is to be looked at again."""
    admin = new_admin(settings, "topics", request_timeout_ms=_REQUEST_TIMEOUT_MS)
    wanted = planned_topics(settings)
    try:
        await _connect(admin, settings.kafka)
        # All topics, not ours by name: asking for a topic by name creates it on a broker with auto-creation.
        found = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics()}
        if missing := [topic for topic in wanted if topic.name not in found]:
            await _create(admin, missing, settings.replication)
            return False
        for topic in wanted:
            _check_partitions(topic, len(found[topic.name]))
        await _check_compaction(admin, [topic for topic in wanted if topic.is_compacted])
        return all(partition["leader"] >= 0 for topic in wanted for partition in found[topic.name])
    finally:
        await admin.close()


async def _connect(admin: AIOKafkaAdminClient, address: str) -> None:
    try:
        await admin.start()
    except (ValueError, OverflowError) as error:  # it does not parse, or the port is out of range
        raise UserError(f"VITALS_KAFKA is {address!r}: set it to host:port.") from error


async def _create(admin: AIOKafkaAdminClient, topics: Iterable[Topic], replication: int) -> None:
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.kept) for topic in topics]
    )
    for name, code, message in answer.topic_errors:
        # Another process may create the same topic at the same moment; that is as good.
        if code in (0, TopicAlreadyExistsError.errno) or for_code(code).retriable:
            continue
        advice = _ADVICE.get(code, "mend that, then start again")
        raise UserError(f"Kafka refuses to create the topic {name} ({message or for_code(code).__name__}): {advice}.")


def _check_partitions(topic: Topic, found: int) -> None:
    if topic.must_have_these_partitions and found != topic.partitions:
        raise UserError(
            f"The topic {topic.name} has {found} partitions and VITALS_PARTITIONS is {topic.partitions}: set "
            f"VITALS_PARTITIONS to {found}, or begin anew under another VITALS_TOPIC_PREFIX and VITALS_GROUP."
        )


async def _check_compaction(admin: AIOKafkaAdminClient, topics: Iterable[Topic]) -> None:
    # All settings, not this one by name: the embedded broker hangs up on a request with names.
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in topics])
    for code, message, _, name, entries in (resource for answer in answers for resource in answer.resources):
        policy = next((entry[1] for entry in entries if entry[0] == "cleanup.policy"), None)
        if code or policy is None:
            _LOG.warning("cannot see whether the topic %s is compacted (%s); see to it that it is", name, message)
        elif policy != "compact":
            raise UserError(
                f"The topic {name} has cleanup.policy={policy}, so Kafka would delete the state of quiet accounts: "
                f"set its cleanup.policy to compact (kafka-configs --alter --topic {name} "
                f"--add-config cleanup.policy=compact)."
            )
