"""Which topics a deployment has, with their settings; creates them and checks the existing ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

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

from scoring.event.topics import INPUT_TOPICS
from streams.deployment.names import check_names
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.kafka.clients import new_admin
from streams.kafka.reachability import broker_problem
from streams.kafka.retention import CREATE_TIME, LOG_APPEND_TIME, rules_of
from streams.kafka.topic_ids import find_topics
from streams.kafka.topology import Finding, ObservedTopic, Topic, check_topics
from streams.topics import (
    ALERTS,
    ALIASES,
    ARRIVALS,
    AUDIT,
    CHANGELOG,
    CONTROL,
    DEAD_LETTERS,
    DELIVERIES,
    GUARD_TABLES,
    HISTORY,
    MODELS,
    NOTIFICATIONS,
    PREDICTIONS,
    SCORES,
    UNATTRIBUTED,
    WORKSPACE,
)

_DAY_MS = 86_400_000
_MIB = 1_048_576
_REQUEST_TIMEOUT_MS = 5_000
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 1.0
_NOT_ALLOWED = "have someone create it (vitals topics), or allow this user to create topics; then start again"
_ADVICE = {
    InvalidReplicationFactorError.errno: "set VITALS_REPLICATION to at most the number of brokers",
    InvalidTopicError.errno: "use another VITALS_TOPIC_PREFIX: no two names may differ only in '.' and '_'",
    TopicAuthorizationFailedError.errno: _NOT_ALLOWED,
    ClusterAuthorizationFailedError.errno: _NOT_ALLOWED,
}
USED: dict[str, tuple[str, ...]] = {
    "worker": (*INPUT_TOPICS, CONTROL, NOTIFICATIONS, ALERTS, ARRIVALS, SCORES, MODELS, CHANGELOG, DEAD_LETTERS),
    "projector": (*INPUT_TOPICS, CONTROL, SCORES, MODELS, HISTORY, ALERTS, NOTIFICATIONS),
    "dashboard": (*INPUT_TOPICS, CONTROL, ALIASES, UNATTRIBUTED, DEAD_LETTERS, WORKSPACE, AUDIT),
    "notifier": (ALERTS, DELIVERIES),
    "guard": (NOTIFICATIONS, ARRIVALS, CONTROL, ALERTS, *GUARD_TABLES),
    "publish": (*INPUT_TOPICS, CONTROL),
    "override": (CONTROL,),
    "forget": (
        *(*INPUT_TOPICS, CONTROL, SCORES, ALIASES, NOTIFICATIONS, ALERTS, DELIVERIES, DEAD_LETTERS),
        *(HISTORY, WORKSPACE, AUDIT),
    ),
    "interactions": (CONTROL,),
    "write-back": (SCORES, MODELS),
    "verify": (*INPUT_TOPICS, CONTROL, SCORES, DEAD_LETTERS),
    "gateway": (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS),
    "attribution": (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, DEAD_LETTERS),
    "import": (*INPUT_TOPICS, ALIASES, UNATTRIBUTED),
    "alias": (*INPUT_TOPICS, ALIASES, UNATTRIBUTED, CONTROL, SCORES),
    "dead-letters": (DEAD_LETTERS,),
    "alerts": (ALERTS, DELIVERIES),
    "accuracy": (PREDICTIONS,),
}
USED["topics"] = tuple(dict.fromkeys(name for names in USED.values() for name in names))
"""The topics that each kind of process uses; it neither checks the others nor needs rights to see them. `topics` is the
command that creates them, and uses all."""


def planned_topics(settings: Settings) -> tuple[Topic, ...]:
    """Every topic that processes of a deployment use, inputs first.

    Under the event clock, which streams a history, messages carry the time of their event, by which they are merged.
    Nothing is deleted by age, because it would be gone before it is read. By the wall clock messages carry the time of
    their arrival, regardless of the producer's time. Inputs are then kept for 50 days, longer than the 45-day window of
    the default model and its dedupe horizon; notifications for 35.
    """
    is_streamed = settings.clock == "event"
    age_ms = -1 if is_streamed else 35 * _DAY_MS
    insync = {"min.insync.replicas": str(settings.min_insync)}
    aged = {**insync, "cleanup.policy": "delete", "retention.ms": str(age_ms)}
    input_age = {"retention.ms": str(-1 if is_streamed else 50 * _DAY_MS)}
    stamped = {**aged, **input_age, "message.timestamp.type": CREATE_TIME if is_streamed else LOG_APPEND_TIME}
    compacted = {**insync, "cleanup.policy": "compact", "max.message.bytes": str(2 * _MIB)}
    # A dead letter holds the raw bytes of a message inside another one, so it must be allowed to be larger.
    dead = {**aged, "retention.ms": str(14 * _DAY_MS), "max.message.bytes": str(4 * _MIB)}
    # A worker that lost its partitions may still write an old record after the new one: recovery must see both.
    changelog = {**compacted, "min.compaction.lag.ms": str(_DAY_MS)}
    counted = {**insync, "cleanup.policy": "compact,delete", "retention.ms": str(13 * _DAY_MS)}

    count = settings.partitions
    return (
        *(Topic(name=settings.topic(name), kind="input", partitions=count, kept=stamped) for name in INPUT_TOPICS),
        Topic(name=settings.topic(CONTROL), kind="control", partitions=count, kept=stamped),
        Topic(name=settings.topic(NOTIFICATIONS), kind="notifications", partitions=count, kept=aged),
        Topic(name=settings.topic(ALERTS), kind="alerts", partitions=count, kept=aged),
        Topic(name=settings.topic(DELIVERIES), kind="deliveries", partitions=count, kept=aged),
        # How many events arrive from each source: a few messages a minute, which the guard reads.
        Topic(name=settings.topic(ARRIVALS), kind="arrivals", partitions=1, kept=aged),
        # Counts of eleven days, of which the last of each window is needed, and nothing older.
        *(Topic(name=settings.topic(name), kind="guard", partitions=1, kept=counted) for name in GUARD_TABLES),
        # A projector that rests for a day still finds all answers of each day, and closes it exactly.
        Topic(name=settings.topic(SCORES), kind="scores", partitions=count, kept=changelog),
        # A handful of models, which every reader wants all of: one partition is plenty, and any number will do.
        Topic(name=settings.topic(MODELS), kind="models", partitions=1, kept=compacted),
        Topic(name=settings.changelog_topic, kind="changelog", partitions=count, kept=changelog),
        # Read whole: an alias stands until it is deleted, an event until it has an account.
        Topic(name=settings.topic(ALIASES), kind="aliases", partitions=count, kept=compacted),
        Topic(name=settings.topic(UNATTRIBUTED), kind="unattributed", partitions=count, kept=compacted),
        # The closes of each account's last 400 days: what Redis may lose.
        Topic(name=settings.topic(HISTORY), kind="history", partitions=count, kept=compacted),
        # Notes, views, share links and keys: few, and every dashboard wants all of them.
        Topic(name=settings.topic(WORKSPACE), kind="workspace", partitions=1, kept=compacted),
        Topic(
            name=settings.topic(AUDIT), kind="audit", partitions=1, kept={**aged, "retention.ms": str(400 * _DAY_MS)}
        ),
        # Dead letters are read by people, in any order: one partition is enough, and any number works.
        Topic(name=settings.topic(DEAD_LETTERS), kind="dead-letters", partitions=1, kept=dead),
    )


def own_topics(settings: Settings) -> tuple[Topic, ...]:
    """The topics that belong to one command each. No process needs them, so no process creates or checks them."""
    kept = {"min.insync.replicas": str(settings.min_insync), "cleanup.policy": "compact"}
    name = settings.topic(PREDICTIONS)
    return (Topic(name=name, kind="predictions", partitions=settings.partitions, kept=kept),)


class Topology(msgspec.Struct, frozen=True):
    """The topics as they are, by their names in Kafka, and findings that are not fatal."""

    seen: dict[str, ObservedTopic]
    warnings: tuple[Finding, ...]


async def ensure_topics(settings: Settings, role: str = "worker", *, deadline_seconds: float = 60.0) -> Topology:
    """Create the missing topics and check the existing ones: those that a process of this role uses, for a worker all.

    Call it before any subscription: a broker that creates topics on demand would use its own defaults.

    Idempotent; several processes may call it at once. A broker that does not answer, or is still starting, is asked
    again until `deadline_seconds` have passed. Existing topics are never altered.

    Raises:
        UserError: when no broker answers or accepts us, when Kafka refuses to create a topic, or when an existing topic
            would lose something (`streams.kafka.topology.check_topics`). The text lists everything that is wrong.
    """
    check_names(settings.topic_prefix, settings.group)
    _check_numbers(settings)
    now = asyncio.get_running_loop().time
    deadline, wait_seconds = now() + deadline_seconds, _FIRST_WAIT_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                if (topology := await _ensured(settings, role)) is not None:
                    return topology
            problem = "its topics have no leader yet: check that all brokers run"
        except (KafkaError, OSError, TimeoutError) as error:
            problem = await _problem_text(settings, error)
        if now() + wait_seconds >= deadline:
            raise UserError(
                f"No Kafka broker could be used at {settings.kafka} within {deadline_seconds:g} s: {problem}."
            )
        await asyncio.sleep(wait_seconds)
        wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)


async def _problem_text(settings: Settings, error: Exception) -> str:
    """What is in the way; the text ends with what to do.

    Raises:
        UserError: when waiting will not help.
    """
    found = await broker_problem(settings)
    if found is None:
        return f"{str(error) or type(error).__name__}: check that Kafka runs, and that VITALS_KAFKA names it"
    if found.is_final:
        raise UserError(f"{found.text[:1].upper()}{found.text[1:]}.") from error
    return found.text


def _check_numbers(settings: Settings) -> None:
    if settings.partitions < 1:
        raise UserError("VITALS_PARTITIONS is 0: set VITALS_PARTITIONS to 1 or more.")
    if settings.min_insync > settings.replication:
        raise UserError(
            f"VITALS_MIN_INSYNC is {settings.min_insync} and VITALS_REPLICATION {settings.replication}, so nothing "
            f"could ever be written: set VITALS_MIN_INSYNC to {settings.replication} or less."
        )


async def _ensured(settings: Settings, role: str) -> Topology | None:
    """One attempt: the topology if everything is there and good. Otherwise creates what is missing; call it again."""
    admin = new_admin(settings, "topics", request_timeout_ms=_REQUEST_TIMEOUT_MS)
    names = {settings.topic(name) for name in USED[role]}
    wanted = [topic for topic in (*planned_topics(settings), *own_topics(settings)) if topic.name in names]
    try:
        await _connect(admin, settings.kafka)
        try:
            seen = await observe_topics(admin, [topic.name for topic in wanted])
        except TopicAuthorizationFailedError as error:
            topic = error.args[0] if error.args else "ours"
            raise UserError(
                f"Kafka does not show the topic {topic} to this user: give it the rights that docs/security.md lists."
            ) from error
        missing = [topic for topic in wanted if topic.name not in seen]
        findings = check_topics(settings, [topic for topic in wanted if topic.name in seen], seen, {})
        if role != "worker":  # only a worker must be able to read the settings of topics
            findings = [finding for finding in findings if finding.code != "unseen"]
        if fatal := [finding.text for finding in findings if finding.is_fatal]:
            raise UserError(" ".join(fatal))
        if missing:
            await _create(admin, missing, settings.replication)
            return None
        return Topology(seen, tuple(findings)) if all(each.found.has_leaders for each in seen.values()) else None
    finally:
        await admin.close()


async def observe_topics(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, ObservedTopic]:
    """Those of the topics that exist, with their settings as far as the broker shows them.

    Raises:
        KafkaError: when the broker does not answer.
    """
    found = await find_topics(admin, names)
    # All settings, not those of interest by name: the embedded broker hangs up on a request with names.
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in found])
    configs = {
        name: {entry[0]: entry[1] for entry in entries}
        for answer in answers
        for code, _, _, name, entries in answer.resources
        if not code
    }
    return {name: ObservedTopic(each, rules_of(configs.get(name, {}))) for name, each in found.items()}


async def _connect(admin: AIOKafkaAdminClient, address: str) -> None:
    try:
        await admin.start()
    except (ValueError, OverflowError) as error:  # it cannot be parsed, or the port is out of range
        raise UserError(f"VITALS_KAFKA is {address!r}: set it to host:port.") from error


async def _create(admin: AIOKafkaAdminClient, topics: Iterable[Topic], replication: int) -> None:
    answer = await admin.create_topics(
        [NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.kept) for topic in topics]
    )
    for name, code, message in answer.topic_errors:
        # Another process may have created the topic at the same moment, which is just as good.
        if code in (0, TopicAlreadyExistsError.errno) or for_code(code).retriable:
            continue
        advice = _ADVICE.get(code, "fix that, then start again")
        raise UserError(f"Kafka refuses to create the topic {name} ({message or for_code(code).__name__}): {advice}.")
