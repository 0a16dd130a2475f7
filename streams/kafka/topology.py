"""What the topics of a deployment must be like, and what is wrong with the existing ones. Pure:
`streams.kafka.topic_admin` asks the brokers at the start, and `streams.operations.topic_watch` periodically.

Each finding ends with what to do, in commands that can be copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from streams.deployment.settings import Settings
from streams.kafka.retention import Rules, unsuitable_settings
from streams.kafka.topic_ids import TopicFound

Kind = Literal[
    "input",
    "control",
    "changelog",
    "scores",
    "models",
    "notifications",
    "alerts",
    "deliveries",
    "arrivals",
    "dead-letters",
    "predictions",
    "guard",
    "aliases",
    "unattributed",
    "history",
    "workspace",
    "audit",
]
FOR_PEOPLE: tuple[Kind, ...] = ("notifications", "alerts", "deliveries")
"""Messages for people, and the records of their delivery: kept by age, and never compacted."""
READ_TOGETHER: tuple[Kind, ...] = ("input", "control", "changelog")
"""A worker reads the same partition of all of these, so they must have the same number of partitions."""
WRITTEN_BY_NUMBER: tuple[Kind, ...] = ("scores", "notifications", "alerts", "history")
"""A worker writes to the partition of the same number as the one that it reads, a projector to that of `history`."""
COMPACTED: tuple[Kind, ...] = (
    "changelog",
    "scores",
    "models",
    "predictions",
    "aliases",
    "unattributed",
    "history",
    "workspace",
)
WRITTEN_BYTES: Mapping[Kind, int] = {
    "input": 1_000_000,  # an event, by its producer, and by the worker that sends it on to its account's partition
    "changelog": 1_000_000,
    "scores": 1_000_000,
    "models": 1_000_000,
    "predictions": 1_000_000,
    "notifications": 1_000_000,
    "alerts": 1_000_000,
    "deliveries": 100_000,
    "arrivals": 100_000,
    "guard": 100_000,
    "aliases": 1_000_000,
    "unattributed": 1_500_000,  # an event in base64
    "history": 1_000_000,
    "workspace": 1_000_000,
    "audit": 100_000,
    "dead-letters": 200_000,
}
"""The largest batch that is written, plus some room."""
SHORTEST_DELIVERY_MS = 3_600_000
"""With a shorter retention, notifications may be deleted before a sink that is down for a while has received them."""
SHORTEST_COMPACTION_LAG_MS = 3_600_000
"""A worker that lost its partitions may still write for some minutes. If the changelog is compacted sooner, its stale
record may be the only one left."""


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """A topic as it should be. `kept` holds its settings, under Kafka's names and values."""

    name: str
    kind: Kind
    partitions: int
    kept: dict[str, str]


class ObservedTopic(msgspec.Struct, frozen=True):
    """A topic as it is. All rules are None if its settings could not be read."""

    found: TopicFound
    rules: Rules


class Finding(msgspec.Struct, frozen=True):
    """Something wrong with a topic, in one line that ends with what to do. `is_fatal`: going on would lose, duplicate
    or misplace something. `code` is one of a small closed set, for metrics."""

    topic: str
    code: str
    text: str
    is_fatal: bool


def check_topics(
    settings: Settings,
    planned: Sequence[Topic],
    seen: Mapping[str, ObservedTopic],
    known_ids: Mapping[str, str],
    *,
    needed_ms: int = 0,
) -> list[Finding]:
    """All findings, fatal ones first. `known_ids` are the ids that the topics had before, by name; `needed_ms` is how
    long the model needs the inputs to keep events.
    """
    findings = [*_gone_or_recreated(settings, planned, seen, known_ids), *_partitions(settings, planned, seen)]
    for topic in planned:
        if (each := seen.get(topic.name)) is not None:
            findings.extend(_settings(settings, topic, each, needed_ms))
    return sorted(findings, key=lambda finding: not finding.is_fatal)


def recreated_text(settings: Settings, topic: str, *, is_state: bool = False) -> str:
    """What to do about an input or control topic that is not the one from which the state was built; with `is_state`,
    about a changelog that does not hold the state."""
    so = (
        "the state that it held is gone"
        if is_state
        else "its offsets start again at 0, so new messages in it would be taken for duplicates"
    )
    return (
        f"The topic {topic} was deleted, and perhaps re-created: {so}. {_rebuild_advice(settings, settings.partitions)}"
    )


def next_group(group: str) -> str:
    """The name of the next group after `group`.

    >>> next_group("vitals"), next_group("vitals-2")
    ('vitals-2', 'vitals-3')
    """
    if (numbered := re.fullmatch(r"(.+)-(\d+)", group)) is not None:
        return f"{numbered[1]}-{int(numbered[2]) + 1}"
    return f"{group}-2"


def set_command(settings: Settings, topic: str, values: Mapping[str, str]) -> str:
    """The command that changes settings of a topic."""
    pairs = ",".join(f"{name}={value}" for name, value in values.items())
    return (
        f"kafka-configs --bootstrap-server {settings.kafka} --alter --entity-type topics --entity-name {topic} "
        f"--add-config {pairs}"
    )


def _gone_or_recreated(
    settings: Settings, planned: Sequence[Topic], seen: Mapping[str, ObservedTopic], known_ids: Mapping[str, str]
) -> Iterator[Finding]:
    for topic in planned:
        each, known = seen.get(topic.name), known_ids.get(topic.name, "")
        is_recreated = each is not None and known != "" and each.found.id not in ("", known)
        if each is not None and not is_recreated:
            continue
        code = "gone" if each is None else "recreated"
        if topic.kind in READ_TOGETHER:
            text = recreated_text(settings, topic.name, is_state=topic.kind == "changelog")
            yield Finding(topic.name, code, text, True)
        else:
            what = "was deleted" if each is None else "was deleted and re-created"
            refill = (
                "it is refilled" if topic.kind in ("scores", "models") else "whatever in it was not read yet is lost"
            )
            yield Finding(topic.name, code, f"The topic {topic.name} {what}: start again, and {refill}.", True)


def _partitions(settings: Settings, planned: Sequence[Topic], seen: Mapping[str, ObservedTopic]) -> Iterator[Finding]:
    """One finding for all topics: advice about each one alone would lead in a circle."""
    wanted = settings.partitions
    counted = [(topic, seen[topic.name].found.partitions) for topic in planned if topic.name in seen]
    together = [(topic, count) for topic, count in counted if topic.kind in READ_TOGETHER]
    # More partitions are harmless: nothing is written to those beyond ours.
    fewer = [(topic, count) for topic, count in counted if topic.kind in WRITTEN_BY_NUMBER and count < wanted]
    wrong = [(topic, count) for topic, count in together if count != wanted] + fewer
    if not wrong:
        return
    has = "; ".join(f"{topic.name} has {count} partition{'s' * (count > 1)}" for topic, count in wrong)
    inputs = [(topic, count) for topic, count in together if topic.kind == "input"]
    target = max([wanted, *(count for _, count in inputs)])
    smaller = [topic for topic, count in inputs if count < target]
    grow = _grow(settings, smaller, target, has_state=len(inputs) < len(together))
    counts = {count for _, count in together}
    if len(counts) == 1 and all(each >= min(counts) for _, each in fewer):
        (count,) = counts
        advice = f"Set VITALS_PARTITIONS to {count}."
        if count < wanted:
            advice += f" Or, to have {target}: {grow}"
    else:
        advice = grow
    yield Finding(wrong[0][0].name, "partitions", f"{has}; VITALS_PARTITIONS is {wanted}. {advice}", True)


def _grow(settings: Settings, smaller: Iterable[Topic], target: int, *, has_state: bool) -> str:
    commands = [
        f"kafka-topics --bootstrap-server {settings.kafka} --alter --topic {topic.name} --partitions {target}"
        for topic in smaller
    ]
    run = f"Run: {'; '.join(commands)}. " if commands else ""
    if has_state:
        return run + _rebuild_advice(settings, target)
    return f"{run}Set VITALS_PARTITIONS to {target}."


def _rebuild_advice(settings: Settings, partitions: int) -> str:
    number = f"VITALS_PARTITIONS to {partitions} and " if partitions != settings.partitions else ""
    return (
        f"Stop all workers, projectors and notifiers, set {number}VITALS_GROUP to {next_group(settings.group)} for all "
        "of them, and start them: the state is rebuilt from what the inputs hold. Set all manual overrides again."
    )


def _settings(settings: Settings, topic: Topic, seen: ObservedTopic, needed_ms: int) -> Iterator[Finding]:
    rules = seen.rules
    yield from _compaction(settings, topic, rules)
    if topic.kind in ("input", "control"):
        for unsuitable in unsuitable_settings(rules, settings.clock, needed_ms if topic.kind == "input" else 0):
            code = "compacted" if rules.compacts and "cleanup.policy" in unsuitable.settings else "retention"
            yield _with_command(
                settings, topic, code, unsuitable.text, unsuitable.settings, is_fatal=code == "compacted"
            )
    if topic.kind in FOR_PEOPLE and 0 <= _known(rules.retention_ms) < SHORTEST_DELIVERY_MS:
        text = "deletes notifications before a sink that is down for a while has received them"
        yield _with_command(
            settings, topic, "retention", text, {"retention.ms": topic.kept["retention.ms"]}, is_fatal=False
        )
    least = WRITTEN_BYTES.get(topic.kind, 0)
    if 0 <= _known(rules.message_bytes) < least:
        text = f"accepts batches of {rules.message_bytes:,} bytes, but {least:,} may be written"
        values = {"max.message.bytes": topic.kept.get("max.message.bytes", "1048588")}
        yield _with_command(settings, topic, "message_bytes", text, values, is_fatal=topic.kind != "input")
    yield from _copies(settings, topic, seen)


def _compaction(settings: Settings, topic: Topic, rules: Rules) -> Iterator[Finding]:
    if topic.kind in FOR_PEOPLE and rules.compacts:
        text = "is compacted, so notifications that were not delivered yet are lost"
        yield _with_command(settings, topic, "compacted", text, {"cleanup.policy": "delete"}, is_fatal=True)
    if topic.kind not in COMPACTED:
        return
    if rules.policy is None:
        text = f"cannot see whether the topic {topic.name} is compacted: check that it is"
        yield Finding(topic.name, "unseen", text, False)
    elif rules.policy != "compact":
        text = f"has cleanup.policy={rules.policy}, so Kafka would delete the state of quiet accounts"
        yield _with_command(settings, topic, "not_compacted", text, {"cleanup.policy": "compact"}, is_fatal=True)
    if topic.kind == "changelog" and 0 <= _known(rules.compaction_lag_ms) < SHORTEST_COMPACTION_LAG_MS:
        text = "is compacted so soon that only the stale record of a worker that lost its partitions may be left"
        values = {"min.compaction.lag.ms": topic.kept["min.compaction.lag.ms"]}
        yield _with_command(settings, topic, "compaction_lag", text, values, is_fatal=False)


def _copies(settings: Settings, topic: Topic, seen: ObservedTopic) -> Iterator[Finding]:
    replicas, insync = seen.found.replicas, seen.rules.insync
    if insync is not None and insync > replicas:
        text = f"has min.insync.replicas={insync} and {replicas} replica{'s' * (replicas > 1)}: nothing can be written"
        values = {"min.insync.replicas": str(replicas)}
        yield _with_command(settings, topic, "insync", text, values, is_fatal=topic.kind != "input")
    if replicas < settings.replication:
        text = (
            f"The topic {topic.name} has {replicas} replica{'s' * (replicas > 1)} and VITALS_REPLICATION is "
            f"{settings.replication}: add replicas with kafka-reassign-partitions, or set VITALS_REPLICATION to "
            f"{replicas}."
        )
        yield Finding(topic.name, "replication", text, False)


def _with_command(
    settings: Settings, topic: Topic, code: str, text: str, values: Mapping[str, str], *, is_fatal: bool
) -> Finding:
    then = ", then start again" if is_fatal else ""
    command = set_command(settings, topic.name, values)
    return Finding(topic.name, code, f"The topic {topic.name} {text}. Run: {command}{then}.", is_fatal)


def _known(number: int | None) -> int:
    return -1 if number is None else number
