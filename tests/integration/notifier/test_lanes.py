"""Lanes on a real broker and a real Redis: digests, take-overs, an hour's outage, an emptied Redis."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import pytest
from redis.asyncio import Redis

from alerts.gathered import Gathered
from alerts.lifecycle.schema import Digest, Volume
from alerts.sinks.port import DeliveryFailed, Message
from alerts.step import AlertStep
from streams.deployment.settings import Settings
from streams.notifier.delivered_ids import RedisDeliveredIds
from tests.builders import an_alert_step
from tests.fakes import RecordingSink
from tests.integration.notifier.test_notifier import a_plan, committed, custom, deliveries, publish

pytestmark = pytest.mark.slow


class ShiftedClock:
    """The wall clock, some seconds ahead; who sleeps on it moves it on."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead

    def now(self) -> float:
        """The wall clock in seconds."""
        return time.time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        """Pass `seconds` at once."""
        self.ahead += seconds
        await asyncio.sleep(0)


def many(count: int, first: int = 1, accounts: int = 7) -> list[AlertStep]:
    return [
        an_alert_step(account_id=f"account-{number % accounts}", sequence=number)
        for number in range(first, first + count)
    ]


def in_ten_minutes() -> str:
    return time.strftime("%H:%M", time.gmtime(time.time() + 600))


def per_account(steps: Sequence[AlertStep]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for step in steps:
        found[step.account_id].append(step.sequence)
    return dict(found)


async def test_a_digest_survives_a_kill_in_the_middle_and_names_each_step_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.notifier.lanes.lane.LAG_SECONDS", 0.2)
    first, second, plan = RecordingSink(), RecordingSink(), a_plan(digest=Digest(at=in_ten_minutes()))
    await publish(settings, *many(20))
    async with Redis.from_url(settings.redis) as redis:
        async with custom(settings, first, RedisDeliveredIds(redis, prefix=""), plan=plan) as (metrics, task):
            await metrics.until(lambda: metrics.lanes.get(("default", "recording")) == (0, 20))
            task.cancel()
        assert await committed(settings, "recording") == 0
        await publish(settings, *many(5, first=21))
        later = ShiftedClock(1_200)
        async with custom(settings, second, RedisDeliveredIds(redis, prefix=""), plan=plan, now=later.now) as (
            metrics,
            _,
        ):
            await metrics.until_outcomes(in_digest=25)
    assert first.delivered == []
    (digest,) = second.delivered
    assert isinstance(digest, Gathered)
    assert (digest.count, digest.why) == (25, "digest")
    assert set(digest.ids) == {step.id for step in many(25)}
    assert await committed(settings, "recording") == 25
    records = await deliveries(settings)
    assert {(each.outcome, each.message_id, each.held_by) for each in records} == {("in_digest", digest.id, "digest")}
    assert {each.step_id for each in records} == set(digest.ids)


async def test_a_digest_that_was_sent_and_not_recorded_is_recorded_and_not_sent_again(settings: Settings) -> None:
    class HaltsOnceMarked(RedisDeliveredIds):
        async def mark_sent(self, delivery_id: str, mark: str = "", /) -> None:
            await super().mark_sent(delivery_id, mark)
            marked.set()
            await asyncio.Event().wait()

    marked, sink, later = asyncio.Event(), RecordingSink(), ShiftedClock(1_200)
    plan = a_plan(digest=Digest(at=in_ten_minutes()))
    await publish(settings, *many(20))
    async with Redis.from_url(settings.redis) as redis:
        async with custom(settings, sink, HaltsOnceMarked(redis, prefix=""), plan=plan, now=later.now) as (_, task):
            await asyncio.wait_for(marked.wait(), 40)
            task.cancel()
        await publish(settings, *many(5, first=21))
        async with custom(settings, sink, RedisDeliveredIds(redis, prefix=""), plan=plan, now=later.now) as (
            metrics,
            _,
        ):
            later.ahead += 86_400
            await metrics.until_outcomes(in_digest=5)
    one, two = sink.delivered
    assert isinstance(one, Gathered)
    assert isinstance(two, Gathered)
    assert {each.step_id: each.message_id for each in await deliveries(settings)} == {
        **dict.fromkeys(one.ids, one.id),
        **dict.fromkeys(two.ids, two.id),
    }
    assert await committed(settings, "recording") == 25


async def test_a_second_notifier_stands_by_and_takes_over_when_the_first_is_killed(settings: Settings) -> None:
    first, second = RecordingSink(), RecordingSink()
    await publish(settings, *many(5))
    async with Redis.from_url(settings.redis) as redis:
        ids = [RedisDeliveredIds(redis, prefix="") for _ in range(2)]
        async with custom(settings, first, ids[0]) as (ours, task):
            await ours.until(lambda: len(first.delivered) == 5)
            async with custom(settings, second, ids[1]) as (theirs, _):
                await theirs.until(lambda: theirs.is_ready)
                await publish(settings, *many(20, first=6))
                await ours.until(lambda: len(first.delivered) + len(second.delivered) >= 25)
                assert second.delivered == [], "it stands by"
                task.cancel()
                await publish(settings, *many(10, first=26))
                await theirs.until(lambda: len(first.delivered) + len(second.delivered) >= 35)
    assert [step.sequence for step in sorted(first.steps + second.steps, key=lambda step: step.sequence)] == list(
        range(1, 36)
    ), "each once"
    assert await committed(settings, "recording") == 35


class DownForAnHour(RecordingSink):
    """Answers 503 for the first hour, by a clock."""

    def __init__(self, clock: ShiftedClock) -> None:
        super().__init__()
        self._clock = clock

    async def deliver(self, message: Message, /) -> None:
        if self._clock.ahead < 3_600:
            raise DeliveryFailed("answered 503", reason="server")
        await super().deliver(message)


async def test_an_hours_outage_under_load_loses_nothing_repeats_nothing_and_keeps_each_accounts_order(
    settings: Settings,
) -> None:
    clock, waits = ShiftedClock(), 0
    sink = DownForAnHour(clock)

    async def sleep(seconds: float) -> None:
        nonlocal waits
        waits += 1
        await publish(settings, *many(5, first=1 + waits * 5))
        await clock.sleep(seconds)

    await publish(settings, *many(5))
    async with (
        Redis.from_url(settings.redis) as redis,
        custom(settings, sink, RedisDeliveredIds(redis, prefix=""), sleep=sleep, now=clock.now) as (metrics, _),
    ):
        await metrics.until(lambda: clock.ahead >= 3_600)
        everything = 5 + waits * 5
        await metrics.until(lambda: metrics.outcomes["delivered"] == everything)
    assert everything > 300
    assert metrics.failures["recording", "server"] >= waits, "those in doubt are tried again, too"
    assert per_account(sink.steps) == per_account(many(everything)), "each once, and each account in its order"
    assert await committed(settings, "recording") == everything
    assert {each.step_id for each in await deliveries(settings)} == {step.id for step in many(everything)}


class PoisonedBy(DownForAnHour):
    """The same, and answers 500 to one step for good."""

    def __init__(self, clock: ShiftedClock, poison: AlertStep) -> None:
        super().__init__(clock)
        self._poison = poison

    async def deliver(self, message: Message, /) -> None:
        if message == self._poison:
            raise DeliveryFailed("answered 500", reason="server")
        await super().deliver(message)


async def test_a_poison_message_in_an_outage_is_given_up_and_recorded_after_it_also_after_a_restart(
    settings: Settings,
) -> None:
    clock, steps = ShiftedClock(), many(50)
    sink = PoisonedBy(clock, steps[4])
    await publish(settings, *steps)
    async with Redis.from_url(settings.redis) as redis:
        first, second = (RedisDeliveredIds(redis, prefix="") for _ in range(2))
        async with custom(settings, sink, first, sleep=clock.sleep, now=clock.now) as (metrics, task):
            await metrics.until(lambda: clock.ahead >= 1_500)
            task.cancel()
        assert await committed(settings, "recording") == 0
        assert await deliveries(settings) == []
        async with custom(settings, sink, second, sleep=clock.sleep, now=clock.now) as (metrics, _):
            await metrics.until(lambda: metrics.outcomes["delivered"] == 49 and metrics.outcomes["refused"] == 1)
    assert per_account(sink.steps) == per_account([step for step in steps if step != steps[4]])
    assert await committed(settings, "recording") == 50
    records = {each.step_id: each for each in await deliveries(settings)}
    assert len(records) == 50
    assert records[steps[4].id].outcome == "refused"
    assert records[steps[4].id].why.endswith("answered 500")


async def test_the_same_through_a_storm_is_few_messages(settings: Settings) -> None:
    clock = ShiftedClock()
    sink, plan = DownForAnHour(clock), a_plan(storm=Volume(messages=20, within="10m"))
    await publish(settings, *many(200))
    async with (
        Redis.from_url(settings.redis) as redis,
        custom(settings, sink, RedisDeliveredIds(redis, prefix=""), plan=plan, sleep=clock.sleep, now=clock.now) as (
            metrics,
            _,
        ),
    ):
        await metrics.until(lambda: metrics.outcomes["in_storm"] + metrics.outcomes["delivered"] == 200)
    singles = [message for message in sink.delivered if isinstance(message, AlertStep)]
    gathered = [message for message in sink.delivered if isinstance(message, Gathered)]
    assert (len(singles), len(gathered)) == (20, 1)
    assert len({step.id for step in singles} | set(gathered[0].ids)) == 200
    assert metrics.whys == {"storm": 1}


async def test_an_emptied_redis_repeats_nothing_that_was_committed(settings: Settings) -> None:
    sink = RecordingSink()
    await publish(settings, *many(5))
    async with Redis.from_url(settings.redis) as redis:
        async with custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _):
            await metrics.until_outcomes(delivered=5)
        await redis.flushdb()
        await publish(settings, *many(5, first=6))
        async with custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _):
            await metrics.until_outcomes(delivered=5)
    assert sorted(step.sequence for step in sink.steps) == list(range(1, 11))


async def test_a_copy_of_a_gathered_step_in_the_same_fetch_is_not_told_again(settings: Settings) -> None:
    """After a crash a worker writes steps again; the first copy of a summary has gone out, and is not marked yet."""
    sink = RecordingSink()
    summary = an_alert_step(step="snooze_ended", reason="summary")
    await publish(settings, summary, an_alert_step(sequence=2), summary)
    async with (
        Redis.from_url(settings.redis) as redis,
        custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _),
    ):
        await metrics.until_outcomes(delivered=2, duplicate=1)
    assert [step.sequence for step in sink.steps] == [1, 2]
    assert [(each.step_id, each.outcome) for each in await deliveries(settings)] == [
        (summary.id, "delivered"),
        (an_alert_step(sequence=2).id, "delivered"),
    ]
