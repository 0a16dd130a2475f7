"""A book of 200 accounts known by four ids each, in random order: the scores are those of the same book with one id."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.control.messages import Control, Forget, Tick
from streams.deployment.settings import Settings
from streams.identity.alias import Alias, alias_key
from streams.identity.alias_log import merge_alias
from streams.identity.alias_message import encode_alias
from streams.identity.alias_table import AliasTable
from streams.identity.merge import merge_accounts
from streams.identity.unattributed import Unattributed, encode_unattributed, unattributed_key
from streams.kafka.clients import new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.operations.attribution_metrics import AttributionMetrics
from streams.replay.event_sender import EventSender
from streams.topics import ALIASES, SCORES, UNATTRIBUTED, partition_of
from streams.under_account import under_account
from tests.integration.identity.attributing import attributing, messages_on, until_worker_has_read_all
from tests.integration.identity.book import END_MS, Arrival, aliases_of, arrivals_of, as_one, names_of
from tests.support.commands import running
from tests.support.kafka.topic import newest_scores, until
from tests.support.plain.replay import replay

ACCOUNTS = 200
MERGED = {f"account-{number:03}": f"account-{number + 1:03}" for number in (10, 60, 110, 160)}
FORGOTTEN = ("account-020", "account-120")
PLAN = Plan(load_preset("default"))

pytestmark = pytest.mark.slow


class Doors:
    """Sends as gateways do, of which one may know an alias a little later than another."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, chance: random.Random) -> None:
        self.waiting = 0
        self._settings = settings
        self._producer = producer
        self._chance = chance
        self._table = AliasTable()
        self._sent: list[asyncio.Future[object]] = []

    async def take(self, step: Alias | Arrival) -> None:
        if isinstance(step, Alias):
            self._table.put(step)
            key = alias_key(step.kind, step.id, step.by)
            await self._send(ALIASES, encode_alias(step), key)
        elif (account := self._table.resolve(step.accounts)) and self._chance.random() < 0.8:
            key, partitions = account.encode(), self._settings.partitions
            value = under_account(step.value, account)
            await self._send(step.topic, value, key, partition_of(key, partitions), step.occurred_at_ms)
        else:
            event = Unattributed(
                topic=step.topic,
                event=step.name,
                value=step.value,
                occurred_at_ms=step.occurred_at_ms,
                accounts=step.accounts,
            )
            self.waiting += 1
            await self._send(UNATTRIBUTED, encode_unattributed(event), unattributed_key(event, str(step.body["id"])))

    async def _send(
        self, topic: str, value: bytes, key: bytes, partition: int | None = None, at_ms: int | None = None
    ) -> None:
        name = self._settings.topic(topic)
        self._sent.append(await self._producer.send(name, value, key=key, partition=partition, timestamp_ms=at_ms))

    async def settle(self) -> None:
        """All that was sent is acknowledged."""
        await asyncio.gather(*self._sent)
        self._sent.clear()


async def control(settings: Settings, message: Control, account: str = "") -> None:
    sender = EventSender(settings)
    await sender.start()
    try:
        home = [partition_of(account.encode(), settings.partitions)] if account else range(settings.partitions)
        await sender.control(message, home)
    finally:
        await sender.stop()


async def change_in_the_middle(settings: Settings) -> None:
    for account, into in MERGED.items():
        alias = merge_alias(account, into, author="ann", reason="one company", at_ms=END_MS)
        await merge_accounts(settings, alias, END_MS, lambda done: None)
    for account in FORGOTTEN:
        await control(settings, Forget(instant_ms=END_MS, account_id=account, author="ann"), account)


async def until_all_are_attributed(metrics: AttributionMetrics, count: int) -> None:
    async def are_all() -> bool:
        samples = [
            sample.value
            for family in metrics.registry.collect()
            for sample in family.samples
            if sample.name == "vitals_attributed_total"
        ]
        return sum(samples) >= count

    await until(are_all, within_seconds=60, what="events wait that have an account")


async def scores_at_the_end(settings: Settings, accounts: int) -> dict[str, ScoreSnapshot]:
    await control(settings, Tick(instant_ms=END_MS, declare=True))

    def are_all_there(newest: Mapping[str, ScoreSnapshot]) -> bool:
        return sum(answer.as_of_ms >= END_MS for answer in newest.values()) >= accounts

    return await newest_scores(settings, are_all_there, within_seconds=60)


def told(answers: Sequence[ScoreSnapshot]) -> dict[str, object]:
    return {answer.account_id: (answer.score, answer.tier, answer.facts) for answer in answers}


@pytest.mark.parametrize("is_changed", [False, True], ids=["undisturbed", "merge and forget in the middle"])
async def test_the_scores_are_those_of_the_same_book_with_one_id(settings: Settings, is_changed: bool) -> None:
    chance = random.Random(20_260_801 + is_changed)
    settings = msgspec.structs.replace(settings, clock="event", merge_wait_ms=200)
    arrivals = [each for account in names_of(ACCOUNTS) for each in arrivals_of(account, chance)]
    steps: list[Alias | Arrival] = [*arrivals, *(alias for name in names_of(ACCOUNTS) for alias in aliases_of(name))]
    chance.shuffle(steps)
    await ensure_topics(settings, "topics")
    with running(settings, "worker"):
        async with new_producer(settings, "test") as producer, attributing(settings) as metrics:
            doors = Doors(settings, producer, chance)
            half = len(steps) // 2 if is_changed else 0
            for step in steps[:half]:
                await doors.take(step)
            await doors.settle()
            if is_changed:
                await change_in_the_middle(settings)
            for step in steps[half:]:
                await doors.take(step)
            await doors.settle()
            await until_all_are_attributed(metrics, doors.waiting)
        await until_worker_has_read_all(settings)
        gone = {*MERGED, *FORGOTTEN} if is_changed else set()
        newest = await scores_at_the_end(settings, ACCOUNTS - len(gone))
    assert doors.waiting > len(arrivals) // 4
    kept = [each for each in arrivals if not is_changed or each.account not in FORGOTTEN]
    expected = replay(PLAN, as_one(kept, MERGED if is_changed else {}, PLAN.decoder), [END_MS])
    assert len({answer.score for answer in expected if answer.score is not None}) > 50
    assert told([answer for name, answer in newest.items() if name not in gone]) == told(expected)
    removed = {message.key.decode(): message.value for message in await messages_on(settings, SCORES)}
    assert {name for name in names_of(ACCOUNTS) if removed[name] is None} == gone
