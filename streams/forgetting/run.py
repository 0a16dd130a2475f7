"""Forgets an account wherever Vitals keeps it, and says what remains."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from scoring.event.topics import INPUT_TOPICS
from scoring.instants import rfc3339
from streams.control.messages import Forget
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.forgetting.aliases import leading_to
from streams.forgetting.message import send_forget
from streams.forgetting.report import ForgetReport, Remaining, Removed
from streams.forgetting.traces import Traces, read_traces
from streams.identity.alias import Alias, alias_key
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.errors import advice_for
from streams.kafka.retention import Rules
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import SENT_SECONDS, DeliveredIdsUnavailable, RedisDeliveredIds
from streams.redis.client import open_redis, shown_address
from streams.topics import (
    ALERTS,
    ALIASES,
    AUDIT,
    CONTROL,
    DEAD_LETTERS,
    DELIVERIES,
    HISTORY,
    NOTIFICATIONS,
    PREDICTIONS,
    SCORES,
    UNATTRIBUTED,
    WORKSPACE,
    partition_of,
)

ROLE = "forget"
CONNECT_SECONDS = 20.0
REDIS_SECONDS = 5.0
Tell = Callable[[str], None]
_KEPT = {
    NOTIFICATIONS: "notifications",
    ALERTS: "alert steps",
    DELIVERIES: "records of deliveries",
    DEAD_LETTERS: "dead letters with its id",
}


async def forget(settings: Settings, control: Forget, tell: Tell) -> ForgetReport:
    """Send the message, wait until the worker has applied it, and remove what other topics and Redis keep. With `lift`
    only sends it. `tell` hears of each step.

    Idempotent: after an interruption run it again.

    Raises:
        UserError: when the broker, the topics, a worker or Redis fail.
    """
    topology = await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    rules = {name: seen.rules for name, seen in topology.seen.items()}
    removed: tuple[Removed, ...] = ()
    remains: tuple[Remaining, ...] = ()
    try:
        async with (
            new_consumer(settings, ROLE, auto_offset_reset="earliest") as consumer,
            new_producer(settings, ROLE) as producer,
        ):
            if not control.lift:
                tell("waiting for the worker")
            await send_forget(settings, control, consumer, producer)
            if not control.lift:
                tell("reading the topics that are kept beside the state")
                traces = await read_traces(settings, control.account_id, consumer)
                aliases = leading_to(control.account_id, traces.aliases.values())
                await _remove(settings, traces, aliases, producer)
                ids = await _remove_ids(settings, sorted(traces.delivery_ids))
                removed = tuple(_removed(settings, traces, aliases, ids))
                remains = tuple(remaining(settings, rules, traces.counts, time.time_ns() // 1_000_000))
    except (KafkaError, TimeoutError) as error:
        raise _failed(settings, error) from error
    return ForgetReport(
        account_id=control.account_id,
        action="lifted" if control.lift else "forgotten",
        author=control.author,
        reason=control.reason,
        at=rfc3339(control.instant_ms),
        removed=removed,
        remains=remains,
    )


def remaining(settings: Settings, rules: dict[str, Rules], counts: dict[str, int], now_ms: int) -> Iterator[Remaining]:
    """What remains, by place. `counts` are the messages of the account by topic, `rules` those of topics by name."""
    yield Remaining(
        "the forgotten marker", settings.changelog_topic, "", "a fingerprint without the id; --lift ends it"
    )
    for topic in INPUT_TOPICS:
        name = settings.topic(topic)
        yield Remaining("events", name, _until(rules, name, now_ms), "kept by the topic's retention")
    name = settings.topic(CONTROL)
    yield Remaining("this message and overrides", name, _until(rules, name, now_ms), "who forgot it, when and why")
    name = settings.topic(AUDIT)
    yield Remaining(
        "acts of people on it", name, _until(rules, name, now_ms), "who did what; kept by the topic's retention"
    )
    for topic, what in _KEPT.items():
        if number := counts.get(topic, 0):
            name = settings.topic(topic)
            yield Remaining(what, name, _until(rules, name, now_ms), "kept by the topic's retention", number)
    name = settings.topic(UNATTRIBUTED)
    yield Remaining("events that wait for an alias", name, "", "name foreign ids only; see `vitals unattributed list`")
    yield Remaining("older records", f"{settings.topic(SCORES)}, {settings.changelog_topic}", "", "until compaction")
    yield Remaining("messages that people got", "Slack, e-mail, tickets, webhooks", "", "delete them there")
    yield Remaining("scores and files", "products with write-back, backups, exports", "", "delete them there")


def _until(rules: dict[str, Rules], name: str, now_ms: int) -> str:
    """When the last message of today is deleted; "" when the topic keeps it for ever, or nobody knows."""
    found = rules.get(name)
    if found is None or not found.deletes or found.retention_ms is None or found.retention_ms < 0:
        return ""
    return rfc3339(now_ms + found.retention_ms)


async def _remove(settings: Settings, traces: Traces, aliases: Sequence[Alias], producer: AIOKafkaProducer) -> None:
    """Write the tombstones."""
    for alias in aliases:
        key = alias_key(alias.kind, alias.id, alias.by)
        await producer.send_and_wait(settings.topic(ALIASES), None, key=key)
    for name in sorted(traces.workspace_keys):
        await producer.send_and_wait(settings.topic(WORKSPACE), None, key=name.encode())
    # The projector does the same; a history is long to read, and one message without a value is one too many at worst.
    home = partition_of(traces.account_id.encode(), settings.partitions)
    await producer.send_and_wait(settings.topic(HISTORY), None, key=traces.account_id.encode(), partition=home)
    for partition in sorted(traces.prediction_partitions):
        key = traces.account_id.encode()
        await producer.send_and_wait(settings.topic(PREDICTIONS), None, key=key, partition=partition)


async def _remove_ids(settings: Settings, ids: Sequence[str]) -> int:
    redis = open_redis(settings, connect_seconds=REDIS_SECONDS, answer_seconds=REDIS_SECONDS)
    try:
        delivered = RedisDeliveredIds(redis, prefix=settings.redis_prefix, address=shown_address(settings))
        return await delivered.remove(ids)
    except DeliveredIdsUnavailable as error:
        raise UserError(
            f"The worker has forgotten the account, and its aliases are removed, but not what Redis has of its "
            f"deliveries: {error} Run the command again, or leave them: they expire in {SENT_SECONDS // 86_400} days."
        ) from error
    finally:
        await redis.aclose()


def _removed(settings: Settings, traces: Traces, aliases: Sequence[Alias], ids: int) -> Iterator[Removed]:
    yield Removed("its state", settings.changelog_topic, 1)
    yield Removed("its score", f"{settings.topic(SCORES)}, and Redis by the projector", 1)
    yield Removed("aliases", settings.topic(ALIASES), len(aliases))
    yield Removed("predictions", settings.topic(PREDICTIONS), len(traces.prediction_partitions))
    yield Removed("its closes", f"{settings.topic(HISTORY)}, and Redis by the projector", 1)
    yield Removed("notes and sentiment", settings.topic(WORKSPACE), len(traces.workspace_keys))
    yield Removed("ids of deliveries", "Redis", ids)


def _failed(settings: Settings, error: Exception) -> UserError:
    what = str(error) or type(error).__name__
    todo = advice_for(error, "check that it runs")
    return UserError(f"Kafka at {settings.kafka} failed ({what}): {todo}, then run the command again.")
