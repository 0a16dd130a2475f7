"""Activity and cases between a real broker and a real Redis: exact whatever is lost, repeated or forgotten."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis

from alerts.step import AlertStep
from streams.activity.reads import RedisReads
from streams.activity.run import fill_copies, run_copies
from streams.control.messages import Forget, encode_control
from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from streams.operations.metrics import ProjectorMetrics
from streams.read_model.account_values import Activity
from streams.read_model.layout import Keys, root_of
from streams.topics import partition_of
from tests.builders import a_notification, an_alert_step

DEADLINE_SECONDS = 40.0
NOW_MS = time.time_ns() // 1_000_000


async def publish(settings: Settings, messages: Iterable[tuple[str, str, bytes]]) -> None:
    """Send (topic, account, value), each to its account's partition."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka, acks="all")
    await producer.start()
    try:
        for topic, account_id, value in messages:
            home = partition_of(account_id.encode(), settings.partitions)
            await producer.send_and_wait(
                settings.topic(topic), value, key=account_id.encode(), partition=home, timestamp_ms=now_ms()
            )
    finally:
        await producer.stop()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def an_event(account_id: str, event: str, topic: str = "analytics", **body: object) -> tuple[str, str, bytes]:
    value = {"account_id": account_id, "event": event, "timestamp": NOW_MS - 60_000, **body}
    return topic, account_id, json.dumps(value).encode()


def a_step(account_id: str, sequence: int, **fields: object) -> tuple[str, str, bytes]:
    step = an_alert_step(account_id=account_id, sequence=sequence, case_id=f"{account_id}-case", **fields)
    return "alerts", account_id, msgspec.json.encode(step)


@asynccontextmanager
async def copying(settings: Settings) -> AsyncIterator[ProjectorMetrics]:
    """The loops, until the block ends."""
    stop, metrics = asyncio.Event(), ProjectorMetrics()
    running = asyncio.create_task(run_copies(settings, stop=stop, metrics=metrics))
    try:
        yield metrics
    finally:
        stop.set()
        await asyncio.wait_for(running, 15)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[RedisReads]:
    reads = RedisReads.open(settings)
    try:
        yield reads
    finally:
        await reads.close()


async def becomes(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - Redis tells nobody when it changes
            await asyncio.sleep(0.05)


async def total_becomes(reads: RedisReads, account_id: str, total: int) -> Activity:
    """The account's activity, once it has counted that many events."""

    async def is_so() -> bool:
        found = (await reads.activities([account_id])).get(account_id)
        return found is not None and sum(feature.total for feature in found.features) == total

    await becomes(is_so)
    return (await reads.activities([account_id]))[account_id]


async def test_events_of_four_topics_are_one_activity_and_a_change_is_told(settings: Settings) -> None:
    await ensure_topics(settings)
    await publish(
        settings,
        [
            *(an_event("acme", "report_viewed") for _ in range(3)),
            an_event("acme", "account_updated", properties={"owner": "Ann", "industry": "steel"}),
            an_event("acme", "ticket_opened", "tickets", id="t1", properties={"subject": "Slow", "priority": "high"}),
            an_event("acme", "invoice_paid", "billing", properties={"amount": 20}),
            an_event("acme", "$exception", "exceptions", properties={"message": "TimeoutError: no answer"}),
            ("analytics", "acme", b"no event"),
        ],
    )
    async with copying(settings) as metrics, reading(settings) as reads:
        activity = await total_becomes(reads, "acme", 6)
        assert {trait.name: trait.value for trait in activity.traits} == {"owner": "Ann", "industry": "steel"}
        assert {(each.topic, each.event, each.detail) for each in activity.notable} == {
            ("tickets", "ticket_opened", "Slow · high"),
            ("billing", "invoice_paid", "20"),
            ("exceptions", "TimeoutError", "TimeoutError: no answer"),
        }
        labels = {"topic": "analytics", "outcome": "unusable"}
        assert metrics.registry.get_sample_value("vitals_activity_messages_total", labels) == 1
        redis = Redis.from_url(settings.redis)
        entries: Any = await redis.xrange(Keys(root_of(settings)).key("changes"))
        await redis.aclose()
        assert {(fields[b"account"], fields[b"what"]) for _, fields in entries} == {(b"acme", b"activity")}


async def test_a_restart_counts_nothing_twice_and_a_lost_redis_is_read_again(settings: Settings) -> None:
    await ensure_topics(settings)
    await publish(settings, [an_event(f"account-{number % 7}", "report_viewed") for number in range(70)])
    async with reading(settings) as reads:
        async with copying(settings):
            await total_becomes(reads, "account-0", 10)
        await publish(settings, [an_event("account-0", "report_viewed")])
        async with copying(settings) as metrics:
            await total_becomes(reads, "account-0", 11)
            redis = Redis.from_url(settings.redis)
            await redis.delete(Keys(root_of(settings)).key("activity"))
            await total_becomes(reads, "account-6", 10)
            await redis.flushdb()
            before = await total_becomes(reads, "account-0", 11)
            assert len(before.features) == 1
            await redis.aclose()
            assert (metrics.registry.get_sample_value("vitals_rebuilds_total") or 0) >= 2


async def test_who_was_forgotten_has_no_activity_and_no_cases_also_after_a_loss(settings: Settings) -> None:
    await ensure_topics(settings)
    stays, goes = "acme", next(f"g{n}" for n in range(99) if partition_of(f"g{n}".encode(), 4) == 0)
    for account_id in (stays, goes):
        await publish(settings, [an_event(account_id, "report_viewed"), a_step(account_id, 1)])
    async with copying(settings), reading(settings) as reads:
        await total_becomes(reads, goes, 1)
        await becomes(lambda: has_steps(reads, goes, 1))
        forget = Forget(instant_ms=now_ms(), account_id=goes, author="ann")
        await publish(settings, [("control", goes, encode_control(forget))])

        async def is_gone() -> bool:
            return not await reads.activities([goes]) and not await reads.steps(goes)

        await becomes(is_gone)
        await publish(settings, [an_event(goes, "report_viewed"), an_event(stays, "report_viewed")])
        await total_becomes(reads, stays, 2)
        redis = Redis.from_url(settings.redis)
        await redis.flushdb()
        await redis.aclose()
        await total_becomes(reads, stays, 2)
        await becomes(lambda: has_steps(reads, stays, 1))
        assert await is_gone()
        assert await reads.case(f"{goes}-case") == ()
        assert [step.account_id for step in await reads.latest_decisions(10)] == [stays]
        assert [step.account_id for step in await reads.open_cases()] == [stays]
        lift = msgspec.structs.replace(forget, lift=True, instant_ms=now_ms())
        await publish(settings, [("control", goes, encode_control(lift))])
        await asyncio.sleep(0.01)
        await publish(settings, [an_event(goes, "report_viewed")])
        await total_becomes(reads, goes, 1)


async def has_steps(reads: RedisReads, account_id: str, number: int) -> bool:
    return len(await reads.steps(account_id)) == number


async def test_cases_are_found_by_id_and_leave_the_open_ones_when_they_are_over(settings: Settings) -> None:
    await ensure_topics(settings)
    steps: list[tuple[str, str, bytes]] = [
        a_step("acme", 1, as_of_ms=1_000),
        a_step("acme", 2, as_of_ms=3_000, step="acknowledged", status="acknowledged", by="ann"),
        a_step("globex", 1, as_of_ms=2_000, severity="warning"),
    ]
    moved = a_notification(account_id="acme")
    async with copying(settings), reading(settings) as reads:
        await publish(settings, [*steps, *steps, ("notifications", "acme", msgspec.json.encode(moved))])
        await becomes(lambda: has_steps(reads, "acme", 2))
        await becomes(lambda: has_steps(reads, "globex", 1))
        opened = {step.case_id: (step.severity, step.status) for step in await reads.open_cases()}
        assert opened == {"acme-case": ("critical", "acknowledged"), "globex-case": ("warning", "open")}
        assert [step.by for step in await reads.case("acme-case")] == ["", "ann"]
        newest: tuple[AlertStep, ...] = await reads.latest_decisions(2)
        assert [step.as_of_ms for step in newest] == [3_000, 2_000]
        assert [step.as_of_ms for step in await reads.latest_decisions(2, newest[-1].id)] == [1_000]

        async def has_moved() -> bool:
            return await reads.transitions("acme") == (moved,)

        await becomes(has_moved)
        await publish(settings, [a_step("acme", 3, step="resolved", status="resolved")])

        async def is_over() -> bool:
            return [step.account_id for step in await reads.open_cases()] == ["globex"]

        await becomes(is_over)
        assert len(await reads.case("acme-case")) == 3


async def test_a_generation_is_filled_beside_the_one_that_serves_and_goes_on_from_there(settings: Settings) -> None:
    await ensure_topics(settings)
    await publish(settings, [*(an_event("acme", "report_viewed") for _ in range(5)), a_step("acme", 1)])
    keys, told = Keys(root_of(settings)), list[tuple[int, int]]()
    redis = Redis.from_url(settings.redis)
    async with copying(settings) as metrics, reading(settings) as reads:
        await total_becomes(reads, "acme", 5)
        await fill_copies(settings, keys.next(), lambda done, of: told.append((done, of)))
        assert told[-1][0] == told[-1][1] >= 6
        assert await redis.hkeys(keys.next().key("activity")) == [b"acme"]
        await redis.set(keys.pointer, 1)
        await redis.delete(*keys.all())
        await publish(settings, [an_event("acme", "report_viewed")])
        await total_becomes(reads, "acme", 6)
        assert await has_steps(reads, "acme", 1)
        counted = {"topic": "analytics", "outcome": "taken"}
        taken = metrics.registry.get_sample_value("vitals_activity_messages_total", counted)
        await redis.aclose()
        assert taken is not None
        assert taken <= 7, "what was filled is not read again"


async def snapshot_of(redis: Any, keys: list[str]) -> dict[str, bytes]:
    """The bytes of these keys at one instant, of those that exist."""
    pipeline = redis.pipeline(transaction=True)
    for key in keys:
        pipeline.dump(key)
    return {key: body for key, body in zip(keys, await pipeline.execute(), strict=True) if body is not None}


async def test_totals_are_exact_though_loops_are_killed_at_any_time_and_two_share_the_partitions(
    settings: Settings,
) -> None:
    """Redis goes back to an older snapshot, too: all of it at once, as after a crash of Redis."""
    await ensure_topics(settings)
    dice = random.Random(20261130)
    events = [
        an_event(
            f"a{dice.randrange(20)}", dice.choice(("login", "invoice_paid")), dice.choice(("analytics", "billing"))
        )
        for _ in range(600)
    ]
    expected = Counter(account_id for _, account_id, _ in events)
    redis, keys = Redis.from_url(settings.redis), Keys(root_of(settings))
    async with reading(settings) as reads:
        publishing = asyncio.create_task(publish(settings, events))
        for _ in range(2):
            running = [
                asyncio.create_task(run_copies(settings, stop=asyncio.Event(), metrics=ProjectorMetrics()))
                for _ in range(2)
            ]
            await asyncio.sleep(dice.uniform(2.0, 3.0))
            snapshot = await snapshot_of(redis, [keys.key("activity"), keys.key("activity_progress")])
            await asyncio.sleep(0.5)
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            for key, body in snapshot.items():
                await redis.restore(key, 0, body, replace=True)
        await publishing
        async with copying(settings):
            for account_id, total in expected.items():
                await total_becomes(reads, account_id, total)
            await asyncio.sleep(1.0)
            found = await reads.activities(list(expected))
    await redis.aclose()
    assert {name: sum(each.total for each in found[name].features) for name in found} == expected
