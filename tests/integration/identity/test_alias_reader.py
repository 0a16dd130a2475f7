"""The reader of aliases on a real broker: all that is there, what comes later, partitions that are added."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaProducer

from streams.deployment.settings import Settings
from streams.identity.alias import ACCOUNT, Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.alias_reader import AliasReader
from streams.identity.alias_table import AliasTable
from streams.kafka import whole_topic
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from tests.support.kafka.broker import RunningBroker
from tests.support.kafka.topic import grown, until

pytestmark = pytest.mark.slow


async def put(producer: AIOKafkaProducer, settings: Settings, user: str, account: str, partition: int = 0) -> None:
    """`account` "" removes the alias."""
    alias = Alias(kind="app.user", id=user, to=ForeignId(ACCOUNT, account))
    key = alias_key(alias.kind, alias.id, alias.by)
    value = encode_alias(alias) if account else None
    await producer.send_and_wait(settings.topic("aliases"), value, key=key, partition=partition)


@asynccontextmanager
async def reading(settings: Settings, table: AliasTable) -> AsyncIterator[AliasReader]:
    reader, stop = AliasReader(settings, table, "test"), asyncio.Event()
    running = asyncio.create_task(reader.run(stop))
    try:
        yield reader
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_it_reads_all_that_is_there_and_then_what_comes(
    settings: Settings, broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_topic, "LOOK_FOR_PARTITIONS_SECONDS", 0.2)
    monkeypatch.setattr(whole_topic, "METADATA_MS", 300)
    await ensure_topics(settings, "alias")
    table = AliasTable()

    def leads_to(user: str) -> str:
        return table.resolve([ForeignId("app.user", user)])

    async def bob_is_there() -> bool:
        return leads_to("bob") == "globex" and leads_to("ann") == ""

    async def new_partition_is_read() -> bool:
        return leads_to("cleo") == "acme"

    async with new_producer(settings, "test", metadata_max_age_ms=300) as producer:
        await put(producer, settings, "ann", "acme")
        await producer.send_and_wait(settings.topic("aliases"), b"{", key=b"k", partition=3)
        async with reading(settings, table) as reader:
            await asyncio.wait_for(reader.wait_until_caught_up(), 20)
            assert reader.caught_up()
            assert (leads_to("ann"), reader.unreadable) == ("acme", 1)
            await put(producer, settings, "ann", "")
            await put(producer, settings, "bob", "globex", partition=2)
            await until(bob_is_there, within_seconds=20, what="it does not follow")
            if not broker.is_apache:
                return
            await grown(settings, "aliases", settings.partitions + 1)
            await until(lambda: knows_partition(producer, settings), within_seconds=20, what="no partition was added")
            await put(producer, settings, "cleo", "acme", partition=settings.partitions)
            await until(new_partition_is_read, within_seconds=20, what="the new partition is not read")
            assert leads_to("bob") == "globex"


async def knows_partition(producer: AIOKafkaProducer, settings: Settings) -> bool:
    return settings.partitions in await producer.partitions_for(settings.topic("aliases"))
