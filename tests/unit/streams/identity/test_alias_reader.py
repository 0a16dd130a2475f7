"""The reader of aliases while brokers go away and come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError

from streams.deployment.settings import Settings
from streams.identity.alias import ACCOUNT, Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.alias_reader import AliasReader
from streams.identity.alias_table import AliasTable
from streams.kafka import whole_topic
from tests.support.kafka.topic import until

ZERO = TopicPartition("vitals-aliases", 0)


class Consumer:
    """A consumer of one partition, which fails as often as `failures` says."""

    log: ClassVar[list[tuple[bytes, bytes]]] = []
    failures: ClassVar[list[BaseException]] = []
    sought: ClassVar[list[int]] = []
    open: ClassVar[int] = 0

    def __init__(self, *_: Any, **__: Any) -> None:
        self._at = 0
        self._assigned: set[TopicPartition] = set()

    async def start(self) -> None:
        Consumer.open += 1

    async def stop(self) -> None:
        Consumer.open -= 1

    def assignment(self) -> set[TopicPartition]:
        return self._assigned

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self._assigned = set(partitions)

    def partitions_for_topic(self, _: str) -> set[int]:
        return {0}

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, len(self.log))

    def highwater(self, _: TopicPartition) -> int:
        return len(self.log)

    def seek(self, _: TopicPartition, offset: int) -> None:
        self._at = offset
        self.sought.append(offset)

    async def position(self, _: TopicPartition) -> int:
        return self._at

    async def getmany(self, **_: Any) -> Mapping[TopicPartition, list[Any]]:
        await asyncio.sleep(0.001)
        if self.failures:
            raise self.failures.pop(0)
        if self._at == len(self.log):
            return {}
        key, value = self.log[self._at]
        message = SimpleNamespace(key=key, value=value, offset=self._at, topic=ZERO.topic, partition=0)
        self._at += 1
        return {ZERO: [message]}


@pytest.fixture(autouse=True)
def consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_topic, "new_consumer", Consumer)
    monkeypatch.setattr(Consumer, "log", [])
    monkeypatch.setattr(Consumer, "failures", [])
    monkeypatch.setattr(Consumer, "sought", [])
    monkeypatch.setattr(Consumer, "open", 0)


def say(user: str, account: str) -> None:
    alias = Alias(kind="app.user", id=user, to=ForeignId(ACCOUNT, account))
    Consumer.log.append((alias_key(alias.kind, alias.id, alias.by), encode_alias(alias)))


async def no_sleep(_: float) -> None:
    await asyncio.sleep(0)


async def test_after_brokers_were_away_it_reads_on_where_it_was() -> None:
    say("ann", "acme")
    say("bob", "acme")
    table, stop = AliasTable(), asyncio.Event()
    reader = AliasReader(Settings(), table, "test", no_sleep)
    assert not reader.caught_up()
    running = asyncio.create_task(reader.run(stop))
    await asyncio.wait_for(reader.wait_until_caught_up(), 5)
    assert len(table) == 2
    Consumer.failures += [KafkaConnectionError(), OSError("no route"), TimeoutError()]
    say("cleo", "globex")

    async def has_cleo() -> bool:
        return len(table) == 3

    await until(has_cleo, within_seconds=5, what="it does not read on")
    assert set(Consumer.sought) == {2}
    stop.set()
    await asyncio.wait_for(running, 5)
    assert Consumer.open == 0


async def test_an_error_that_no_retry_helps_against_ends_it() -> None:
    Consumer.failures += [TopicAuthorizationFailedError()]
    with pytest.raises(KafkaError):
        await AliasReader(Settings(), AliasTable(), "test", no_sleep).run(asyncio.Event())
    assert Consumer.open == 0
