"""The topic `aliases` for commands: read whole, and written one alias at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.identity.alias import ACCOUNT, Alias, By, ForeignId, alias_key
from streams.identity.alias_message import NoAlias, Removed, alias_of, encode_alias
from streams.identity.alias_table import AliasTable
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.errors import advice_for
from streams.kafka.topic_admin import ensure_topics
from streams.kafka.whole_logs import read_logs
from streams.topics import ALIASES

ROLE = "alias"
CONNECT_SECONDS = 20.0
REQUEST_TIMEOUT_MS = 20_000

Progress = Callable[[int], None]
"""Called with how much is done so far."""


async def read_aliases(settings: Settings) -> AsyncIterator[Alias | Removed]:
    """All messages of the topic, in the order of their partition. What is no alias is left out.

    Raises:
        KafkaError: when a broker fails.
        TimeoutError: when the topic stops answering.
    """
    name = settings.topic(ALIASES)
    async with new_consumer(settings, ROLE, auto_offset_reset="earliest") as consumer:
        ends = {TopicPartition(name, each): None for each in await partitions_of(consumer, name)}
        async for _, messages in read_logs(consumer, ends):
            for message in messages:
                try:
                    yield alias_of(message.key, message.value)
                except NoAlias:
                    continue  # the attribution counts them


async def load_table(settings: Settings) -> AliasTable:
    """All aliases. Raises as `read_aliases`."""
    table = AliasTable()
    async for change in read_aliases(settings):
        table.put(change)
    return table


async def list_aliases(settings: Settings, *, account: str = "", kind: str = "") -> list[Alias]:
    """The aliases of this kind that lead to this account, through others too; "" for all. By kind, id and author.

    Raises:
        UserError: when the broker or the topics fail.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    try:
        table = await load_table(settings) if account else None
        return await _listed(settings, table, account, kind)
    except (KafkaError, TimeoutError) as error:
        raise failed(settings, error) from error


async def _listed(settings: Settings, table: AliasTable | None, account: str, kind: str) -> list[Alias]:
    found: dict[tuple[str, str, By], Alias] = {}
    async for change in read_aliases(settings):
        key = (change.kind, change.id, change.by)
        found.pop(key, None)
        if isinstance(change, Removed) or kind not in ("", change.kind):
            continue
        if table is None or table.resolve([ForeignId(change.kind, change.id)]) == account:
            found[key] = change
    return [found[key] for key in sorted(found)]


async def find_alias(settings: Settings, kind: str, foreign_id: str, by: By) -> Alias | None:
    """What `by` says of an id.

    Raises:
        UserError: when the broker or the topics fail.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    found: Alias | None = None
    try:
        async for change in read_aliases(settings):
            if (change.kind, change.id, change.by) == (kind, foreign_id, by):
                found = change if isinstance(change, Alias) else None
    except (KafkaError, TimeoutError) as error:
        raise failed(settings, error) from error
    return found


async def send_alias(settings: Settings, change: Alias | Removed) -> None:
    """Write an alias, or remove one. Returns once it is acknowledged; again has the same effect.

    Raises:
        UserError: when the broker or the topics fail.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    value = encode_alias(change) if isinstance(change, Alias) else None
    try:
        async with new_producer(settings, ROLE, request_timeout_ms=REQUEST_TIMEOUT_MS) as producer:
            key = alias_key(change.kind, change.id, change.by)
            await producer.send_and_wait(settings.topic(ALIASES), value, key=key)
    except (KafkaError, TimeoutError) as error:
        raise failed(settings, error) from error


def failed(settings: Settings, error: Exception) -> UserError:
    """The error for people after Kafka failed."""
    what = str(error) or type(error).__name__
    todo = advice_for(error, "check that it runs")
    return UserError(f"Kafka at {settings.kafka} failed ({what}): {todo}, then run the command again.")


def merge_alias(account: str, into: str, *, author: str, reason: str, at_ms: int) -> Alias:
    """The alias by which `account` is part of `into`."""
    to = ForeignId(ACCOUNT, into)
    return Alias(kind=ACCOUNT, id=account, to=to, by="person", author=author, reason=reason, at_ms=at_ms)


async def partitions_of(consumer: AIOKafkaConsumer, name: str) -> list[int]:
    """The numbers of a topic's partitions, by a consumer that is started."""
    first = TopicPartition(name, 0)
    consumer.assign([first])  # the client asks for topics that are assigned only
    await consumer.end_offsets([first])
    return sorted(consumer.partitions_for_topic(name) or {0})
