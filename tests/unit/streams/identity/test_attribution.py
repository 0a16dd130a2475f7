"""The loop of the attribution, with a reader and a publisher in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from streams.identity.alias import ACCOUNT, Alias, ForeignId, alias_key
from streams.identity.alias_message import encode_alias
from streams.identity.attribution import Attribution
from streams.identity.publisher import Publisher
from streams.identity.topics_reader import TopicsReader
from streams.identity.unattributed import Unattributed, encode_unattributed
from streams.identity.waiting_store import WaitingEvent, WaitingStore
from streams.operations.attribution_metrics import AttributionMetrics

ALIASES, EVENTS = TopicPartition("aliases", 0), TopicPartition("unattributed", 0)
CUSTOMER = ForeignId("stripe.customer", "cus_1")


class Reader:
    """A log in memory, read to its end at once."""

    def __init__(self) -> None:
        self.epoch = 1
        self.partitions = frozenset((ALIASES, EVENTS))
        self.log: list[tuple[TopicPartition, bytes, bytes | None]] = []
        self.failures: list[BaseException] = []
        self._next = 0

    def name_of(self, topic: str) -> str:
        return topic

    def forget(self) -> None:
        self._next = 0

    async def read(self, _: int) -> Mapping[TopicPartition, Sequence[Any]]:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        found: dict[TopicPartition, list[Any]] = {}
        for offset, (at, key, value) in enumerate(self.log[self._next :], self._next):
            message = {"topic": at.topic, "partition": 0, "offset": offset, "timestamp": 7_000}
            found.setdefault(at, []).append(SimpleNamespace(key=key, value=value, **message))
        self._next = len(self.log)
        return found

    def has_read_all(self) -> bool:
        return True

    async def lag(self) -> dict[tuple[str, int], int]:
        return {}

    def alias(self, account: str) -> None:
        alias = Alias(kind=CUSTOMER.kind, id=CUSTOMER.id, to=ForeignId(ACCOUNT, account))
        self.log.append((ALIASES, alias_key(alias.kind, alias.id, "source"), encode_alias(alias)))

    def event(self, key: str) -> None:
        event = Unattributed(topic="billing", event="paid", value=b"{}", occurred_at_ms=5, accounts=(CUSTOMER,))
        self.log.append((EVENTS, key.encode(), encode_unattributed(event)))


class Outlet:
    """What was published, given up and refused, by key."""

    def __init__(self) -> None:
        self.published: list[tuple[bytes, str]] = []
        self.given_up: list[bytes] = []
        self.refuses = False
        self.failures: list[BaseException] = []

    async def publish(self, events: Sequence[WaitingEvent]) -> list[WaitingEvent]:
        if self.failures:
            raise self.failures.pop(0)
        self.published += [(event.key, event.account) for event in events]
        return list(events) if self.refuses else []

    async def give_up(self, events: Sequence[WaitingEvent], waited_days: int) -> None:
        assert waited_days == 35
        self.given_up += [event.key for event in events]


class Running(SimpleNamespace):
    """A running attribution. `now` is its clock, in seconds."""

    reader: Reader
    outlet: Outlet
    metrics: AttributionMetrics
    now: float
    stop: asyncio.Event
    task: asyncio.Task[None]

    async def rounds(self, count: int = 20) -> None:
        for _ in range(count):
            await asyncio.sleep(0.001)

    def sample(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, labels)


@asynccontextmanager
async def attributing(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    monkeypatch.setattr("streams.identity.attribution.LOOK_SECONDS", 0.0)
    it = Running(reader=Reader(), outlet=Outlet(), metrics=AttributionMetrics(), now=8.0, stop=asyncio.Event())

    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    attribution = Attribution(
        cast(TopicsReader, it.reader),
        cast(Publisher, it.outlet),
        it.metrics,
        lambda: WaitingStore(None),
        35 * 86_400_000,
        sleep=sleep,
        now=lambda: it.now,
    )
    it.task = asyncio.create_task(attribution.run(it.stop))
    yield it
    it.stop.set()
    await asyncio.wait({it.task})


@pytest.mark.parametrize("error", [KafkaConnectionError(), KafkaTimeoutError(), TimeoutError()])
async def test_what_was_not_acknowledged_is_published_again(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with attributing(monkeypatch) as it:
        it.outlet.failures, it.reader.failures = [error], [error]
        it.reader.event("a")
        it.reader.alias("acme")
        await it.rounds()
        assert it.outlet.published == [(b"a", "acme")]
        assert it.metrics.liveness.report().state == "ready"
        assert it.sample("vitals_attributed_total", topic="billing") == 1
    assert it.task.exception() is None


async def test_an_error_that_no_retry_helps_against_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    async with attributing(monkeypatch) as it:
        it.reader.failures = [TopicAuthorizationFailedError()]
        await it.rounds()
        assert it.task.done()
    assert isinstance(it.task.exception(), KafkaError)


async def test_who_loses_the_partitions_forgets_and_reads_all_again_when_they_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with attributing(monkeypatch) as it:
        it.reader.event("a")
        await it.rounds()
        assert it.sample("vitals_unattributed_events", source="", kind="stripe.customer") == 1
        assert it.sample("vitals_unattributed_oldest_seconds") == 1.0
        partitions, it.reader.partitions = it.reader.partitions, frozenset()
        it.reader.epoch += 1
        await it.rounds()
        assert it.sample("vitals_unattributed_events", source="", kind="stripe.customer") is None
        it.reader.log.append((EVENTS, b"a", None))  # the other one has published it
        it.reader.event("b")
        it.reader.alias("acme")
        it.reader.partitions = partitions
        it.reader.epoch += 1
        await it.rounds()
        assert it.outlet.published == [(b"b", "acme")]


async def test_what_waits_too_long_is_given_up_once_unless_it_has_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    async with attributing(monkeypatch) as it:
        it.reader.event("a")
        it.now = 7.0 + 35 * 86_400 - 0.001
        await it.rounds()
        assert it.outlet.given_up == []
        it.now += 0.001
        await it.rounds()
        assert it.outlet.given_up == [b"a"]
        it.reader.alias("acme")
        it.reader.event("b")
        await it.rounds()
    assert it.outlet.published == [(b"b", "acme")]
    assert it.sample("vitals_unattributed_given_up_total", reason="unattributed_too_long") == 1
    assert it.sample("vitals_unattributed_oldest_seconds") == 0


async def test_what_no_topic_takes_is_counted_and_waits_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async with attributing(monkeypatch) as it:
        it.outlet.refuses = True
        it.reader.event("a")
        it.reader.alias("acme")
        await it.rounds()
    assert it.outlet.published == [(b"a", "acme")]
    assert it.sample("vitals_unattributed_given_up_total", reason="oversize") == 1
