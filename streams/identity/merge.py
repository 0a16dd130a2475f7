"""Merges one account into another: the alias, the control message, and the history that the log still has."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from streams.control.messages import Forget, encode_control
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.identity.alias import ACCOUNT, Alias, ForeignId
from streams.identity.alias_log import CONNECT_SECONDS, ROLE, failed, find_alias, load_table, send_alias
from streams.identity.alias_table import AliasTable
from streams.identity.republishing import REQUEST_MAX_BYTES, Republished, Republishing
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.topics import CONTROL, SCORES, partition_of

FORGET_SECONDS = 120.0
"""How long to wait for the worker."""
AGAIN_MS = 48 * 3_600_000
"""Until when a merge may be repeated: by the wall clock an event is recognised by its id for 72 hours."""


async def check_merge(settings: Settings, account: str, into: str, at_ms: int) -> Alias | None:
    """The alias of the same merge if it was begun before, which then goes on; None for a new one.

    Raises:
        UserError: when the accounts cannot be merged.
    """
    await ensure_topics(settings, ROLE, deadline_seconds=CONNECT_SECONDS)
    try:
        table = await load_table(settings)
    except (KafkaError, TimeoutError) as error:
        raise failed(settings, error) from error
    check_accounts(table, account, into)
    before = await find_alias(settings, ACCOUNT, account, "person")
    if before is not None and settings.clock == "wall" and at_ms - before.at_ms > AGAIN_MS:
        raise UserError(
            f"{account} was merged into {into} more than two days ago, and what is published again would count again: "
            "nothing is left to do."
        )
    return before


def check_accounts(table: AliasTable, account: str, into: str) -> None:
    """Refuse an account as part of itself, of one that is part of another, or of two.

    Raises:
        UserError: saying which.
    """
    end = table.end(ForeignId(ACCOUNT, into)).id
    if account == into:
        raise UserError(f"{account} cannot be merged into itself: give two accounts.")
    if end == account:
        raise UserError(f"{into} was merged into {account}, so this would be a circle: merge the other way round.")
    if end != into:
        raise UserError(f"{into} was merged into {end}: give {end} instead.")
    if (other := table.path(ForeignId(ACCOUNT, account))[1:]) and other[0].id != into:
        raise UserError(f"{account} was merged into {other[0].id} already: give that account, or leave it so.")


async def merge_accounts(
    settings: Settings, alias: Alias, instant_ms: int, progress: Callable[[int], None]
) -> Republished:
    """Merge the account of this alias (`alias_log.merge_alias`), at this instant, in four steps: the alias, a control
    message, the worker's answer to it, and the events of the log again. After an interruption run it again.

    Raises:
        UserError: when Kafka fails, or no worker answers.
    """
    account, into = alias.id, alias.to.id
    await send_alias(settings, alias)
    try:
        async with AsyncExitStack() as stack:
            consumer = await stack.enter_async_context(new_consumer(settings, ROLE, auto_offset_reset="earliest"))
            producer = await stack.enter_async_context(new_producer(settings, ROLE, max_request_size=REQUEST_MAX_BYTES))
            await _forget(settings, alias, instant_ms, consumer, producer)
            return await Republishing(settings, consumer, producer).run(account, into, progress)
    except (KafkaError, TimeoutError) as error:
        raise failed(settings, error) from error


async def _forget(
    settings: Settings, alias: Alias, instant_ms: int, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer
) -> None:
    """Send the control message, and return when the worker has flushed what it did about it."""
    home = partition_of(alias.id.encode(), settings.partitions)
    scores = TopicPartition(settings.topic(SCORES), home)
    begin = (await consumer.end_offsets([scores]))[scores]
    control = Forget(
        instant_ms=instant_ms, account_id=alias.id, author=alias.author, reason=alias.reason, into=alias.to.id
    )
    await producer.send_and_wait(
        settings.topic(CONTROL), encode_control(control), partition=home, timestamp_ms=instant_ms
    )
    consumer.assign([scores])
    consumer.seek(scores, begin)
    deadline = time.monotonic() + FORGET_SECONDS
    while time.monotonic() < deadline:
        for messages in (await consumer.getmany(timeout_ms=200)).values():
            if any(message.key == alias.id.encode() and message.value is None for message in messages):
                return
    raise UserError(
        f"No worker has removed {alias.id} within {FORGET_SECONDS:g} s: see that workers run and `vitals doctor` is "
        "content, then run the command again, which goes on from here."
    )
