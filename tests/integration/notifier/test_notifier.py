"""The notifier on a real broker and a real Redis, posting to a server that stands for Slack."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from redis.asyncio import Redis

from alerts.delivery_record import DeliveryRecord
from alerts.lifecycle.schema import Route
from alerts.sinks.http import http_client
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Sink
from alerts.sinks.slack import SlackSink
from alerts.step import AlertStep
from streams.deployment.settings import Settings
from streams.kafka.clients import new_consumer, new_producer
from streams.kafka.topic_admin import ensure_topics
from streams.notifier.delivered_ids import DeliveredIds, RedisDeliveredIds
from streams.notifier.lanes.delivery_log import DeliveryLog
from streams.notifier.lanes.plans import LanePlan
from streams.notifier.lanes.run import LaneTools, lane_consumer, run_lane
from streams.notifier.notifier_metrics import Outcome
from streams.notifier.process import run_notifier
from streams.notifier.sink_memory import RedisSinkMemory
from streams.topics import ALERTS, DELIVERIES
from tests.builders import an_alert_step
from tests.fakes import RecordingNotifierMetrics, RecordingSink
from tests.support.fake_slack import FakeSlack, Reply
from tests.support.kafka.broker import RunningBroker
from vitals.local.embedded import start_redis


class AwaitableMetrics(RecordingNotifierMetrics):
    """Metrics that a test can wait on."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        super().notification(outcome, count)
        self._tell()

    def progressed(self) -> None:
        super().progressed()
        self._tell()

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        super().lag(messages)
        self._tell()

    async def until(self, condition: Callable[[], bool], *, within_seconds: float = 40.0) -> None:
        """Return when `condition` holds; TimeoutError when it does not come to."""
        async with asyncio.timeout(within_seconds), self._changed:
            await self._changed.wait_for(condition)

    async def until_outcomes(self, **outcomes: int) -> None:
        """Return when exactly these have been counted."""
        try:
            await self.until(lambda: self.outcomes == outcomes)
        except TimeoutError:
            raise AssertionError(f"{dict(self.outcomes)}, not {outcomes}; waits: {self.waits[-3:]}") from None

    def _tell(self) -> None:
        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.ensure_future(notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def publish(
    settings: Settings,
    *steps: AlertStep | bytes | None,
    partition: int | None = None,
    timestamp_ms: int | None = None,
) -> None:
    """Send steps (or raw values) as the worker does: keyed by account, in this order."""
    await ensure_topics(settings, "notifier")
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
        for item in steps:
            key = item.account_id.encode() if isinstance(item, AlertStep) else b"acme"
            value = msgspec.json.encode(item) if isinstance(item, AlertStep) else item
            await producer.send_and_wait(
                settings.topic(ALERTS), value, key=key, partition=partition, timestamp_ms=timestamp_ms
            )


async def committed(settings: Settings, sink: str = "slack") -> int:
    """The sum of the committed offsets of all partitions: how many messages `sink` is done with."""
    consumer = lane_consumer(settings, a_plan(sink))
    await consumer.start()
    try:
        partitions = [TopicPartition(settings.topic(ALERTS), number) for number in range(settings.partitions)]
        return sum([await consumer.committed(partition) or 0 for partition in partitions])
    finally:
        await consumer.stop()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[AwaitableMetrics]:
    """A notifier as the command line runs it, stopped at the end."""
    stop, metrics = asyncio.Event(), AwaitableMetrics()
    task = asyncio.create_task(run_notifier(settings, stop=stop, metrics=metrics))
    try:
        yield metrics
    finally:
        stop.set()
        async with asyncio.timeout(20):
            await task


def a_plan(sink: str = "recording", **table: Any) -> LanePlan:
    """A lane that takes every step; unless `table` says so, each by itself."""
    return LanePlan("default", sink, Route(**{"storm": None, **table}), lambda _: True)


@asynccontextmanager
async def custom(
    settings: Settings,
    sink: Sink,
    delivered: DeliveredIds,
    *,
    plan: LanePlan | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[tuple[AwaitableMetrics, asyncio.Task[None]]]:
    """A lane of parts that the test chooses. When its task is cancelled it ends as if killed: nothing is tidied up but
    its place in the group."""
    stop, metrics = asyncio.Event(), AwaitableMetrics()
    await ensure_topics(settings, "notifier")
    async with Redis.from_url(settings.redis) as redis, new_producer(settings, "test") as producer:
        tools = LaneTools(
            settings=settings,
            zone="UTC",
            ids=delivered,
            memory=RedisSinkMemory(redis, "lane/default", prefix=""),
            log=DeliveryLog(producer, settings.topic(DELIVERIES)),
            metrics=metrics,
            stop=stop,
            sleep=sleep,
            now=now,
        )
        task = asyncio.create_task(run_lane(plan or a_plan(sink.name), sink, tools))
        try:
            yield metrics, task
        finally:
            stop.set()
            await asyncio.wait({task}, timeout=20)
            if not task.cancelled():
                task.result()


async def deliveries(settings: Settings) -> list[DeliveryRecord]:
    """All records of what became of the steps, by step and sink; a record that was written again counts once."""
    consumer = new_consumer(settings, "test", auto_offset_reset="earliest")
    await consumer.start()
    found: dict[tuple[str, str, str], DeliveryRecord] = {}
    try:
        partitions = [TopicPartition(settings.topic(DELIVERIES), number) for number in range(settings.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                for message in messages:
                    record = msgspec.json.decode(message.value or b"", type=DeliveryRecord)
                    key = record.step_id, record.route, record.sink
                    same = msgspec.structs.replace(found.get(key, record), at=record.at)
                    assert same == record, "one step, one outcome"
                    found[key] = record
    finally:
        await consumer.stop()
    return list(found.values())


def to_slack(settings: Settings, slack: FakeSlack) -> Settings:
    return msgspec.structs.replace(settings, slack_url=slack.url)


async def test_slack_gets_the_drop_once_with_its_cause_after_answering_429_first(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with FakeSlack(Reply(429, {"Retry-After": "1"})) as slack:
        await publish(settings, an_alert_step())
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(retried=1, delivered=1)
            await metrics.until(lambda: bool(metrics.lags) and set(metrics.lags[-1].values()) == {0})
    refused, accepted = slack.posts
    assert accepted.at_seconds - refused.at_seconds >= 1.0
    assert accepted.json()["blocks"][0]["text"]["text"].endswith("acme fell from green to red: 41.2 (−37.2)")
    assert "412 events of 22 October left the 30-day window." in accepted.body.decode()
    assert await committed(settings) == 1
    assert metrics.is_ready
    assert "secret" not in caplog.text, "the webhook's URL is its secret"


async def test_the_same_id_twice_on_the_topic_is_one_message(settings: Settings) -> None:
    with FakeSlack() as slack:
        await publish(settings, an_alert_step(), an_alert_step(), an_alert_step(sequence=2))
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(delivered=2, duplicate=1)
    assert len(slack.posts) == 2


async def test_a_restart_goes_on_where_the_last_one_stopped(settings: Settings) -> None:
    with FakeSlack() as slack:
        await publish(settings, an_alert_step())
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(delivered=1)
        await publish(settings, an_alert_step(sequence=2))
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(delivered=1)
    assert [post.json()["text"][:4] for post in slack.posts] == ["acme", "acme"]


async def test_a_new_sink_is_told_of_the_last_day_and_one_that_was_down_of_everything(
    settings: Settings, broker: RunningBroker
) -> None:
    if not broker.is_apache:
        pytest.skip("the embedded broker does not look offsets up by time: a new sink is told of everything there")
    day_ms, now_ms = 86_400_000, time.time_ns() // 1_000_000
    with FakeSlack() as slack:
        await publish(settings, an_alert_step(), partition=0, timestamp_ms=now_ms - day_ms - 60_000)
        await publish(settings, an_alert_step(sequence=2), partition=0, timestamp_ms=now_ms - day_ms + 600_000)
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(before_route=1, delivered=1)
        await publish(settings, an_alert_step(sequence=3), partition=0, timestamp_ms=now_ms - 3 * day_ms)
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(delivered=1)
    assert len(slack.posts) == 2


async def test_rubbish_on_the_topic_is_counted_and_gone_past(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    rubbish = [b"", None, b"[]", b"\xff\xfe", b'{"id": 1}', b"{" * 20, b'{"x":' + b"[" * 100_000]
    hostile = msgspec.json.encode(an_alert_step(id="a\r\nX-Evil: 1"))
    with FakeSlack() as slack:
        await publish(settings, *rubbish, hostile, an_alert_step())
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(undecodable=len(rubbish) + 1, delivered=1)
    assert len(slack.posts) == 1
    assert await committed(settings) == len(rubbish) + 2
    assert f"{settings.topic(ALERTS)}[0]@3: not an alert step" in caplog.text


async def test_of_a_streamed_history_only_what_is_fresh_reaches_people(settings: Settings) -> None:
    now = time.time_ns() // 1_000_000
    old = [an_alert_step(sequence=number, as_of_ms=now - 3_600_000) for number in range(1, 31)]
    with FakeSlack() as slack:
        await publish(settings, *old, an_alert_step(sequence=31, as_of_ms=now))
        fresh_only = msgspec.structs.replace(to_slack(settings, slack), notify_max_age_ms=600_000)
        async with running(fresh_only) as metrics:
            await metrics.until_outcomes(stale=30, delivered=1)
    assert await committed(settings) == 31


async def test_a_sink_down_for_an_hour_loses_nothing_and_commits_nothing(settings: Settings) -> None:
    """60 failures a minute apart, by a clock that does not wait; what was published meanwhile comes in order."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 30:
            assert await committed(settings, "recording") == 0
            await publish(settings, an_alert_step(sequence=2), an_alert_step(sequence=3))

    sink = RecordingSink(*[DeliveryFailed("answered 503")] * 65)
    async with Redis.from_url(settings.redis) as redis:
        delivered = RedisDeliveredIds(redis, prefix="")
        await publish(settings, an_alert_step(sequence=1))
        async with custom(settings, sink, delivered, sleep=sleep) as (metrics, _):
            await metrics.until_outcomes(retried=65, delivered=3)
    assert sum(waited) > 3_600
    assert [step.sequence for step in sink.steps] == [1, 2, 3]
    assert await committed(settings, "recording") == 3


async def test_killed_while_slack_answers_it_may_be_said_once_more_and_never_thrice(settings: Settings) -> None:
    """The documented ambiguity: Slack has the post, nobody recorded it. After the lease, one more; then never again."""
    with FakeSlack(Reply(after_seconds=60.0)) as slack:
        await publish(settings, an_alert_step())
        async with Redis.from_url(settings.redis) as redis, http_client() as client:
            ids = [RedisDeliveredIds(redis, prefix="", lease_ms=1_500) for _ in range(3)]
            async with custom(settings, SlackSink(slack.url, client), ids[0]) as (_, task):
                await slack.wait_for(1)
                task.cancel()
            async with custom(settings, SlackSink(slack.url, client), ids[1]) as (metrics, _):
                await metrics.until_outcomes(delivered=1)
            await publish(settings, an_alert_step())
            async with custom(settings, SlackSink(slack.url, client), ids[2]) as (metrics, _):
                await metrics.until_outcomes(duplicate=1)
    first, second = slack.posts
    assert first.body == second.body
    assert second.at_seconds - first.at_seconds >= 1.0, "the dead one's claim was honoured"


async def test_killed_between_record_and_commit_it_is_not_said_again(settings: Settings) -> None:
    class HaltsOnceMarked(RedisDeliveredIds):
        async def mark_sent(self, delivery_id: str, mark: str = "", /) -> None:
            await super().mark_sent(delivery_id, mark)
            marked.set()
            await asyncio.Event().wait()

    marked, sink = asyncio.Event(), RecordingSink()
    await publish(settings, an_alert_step())
    async with Redis.from_url(settings.redis) as redis:
        async with custom(settings, sink, HaltsOnceMarked(redis, prefix="")) as (_, task):
            await asyncio.wait_for(marked.wait(), 40)
            task.cancel()
        assert await committed(settings, "recording") == 0
        async with custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _):
            await metrics.until_outcomes(duplicate=1)
    assert len(sink.delivered) == 1
    assert await committed(settings, "recording") == 1


async def test_with_redis_down_nothing_is_said_until_it_is_back(settings: Settings) -> None:
    with FakeSlack() as slack, start_redis() as down:
        down.stop()
        await publish(settings, an_alert_step())
        unlucky = msgspec.structs.replace(to_slack(settings, slack), redis=down.address)
        async with running(unlucky) as metrics:
            await metrics.until(lambda: len(metrics.waits) >= 2)
            assert slack.posts == []
            assert await committed(settings) == 0
            with start_redis(int(down.address.split(":")[2].split("/")[0])):
                await metrics.until(lambda: metrics.outcomes["delivered"] == 1)
    assert len(slack.posts) == 1


async def test_an_archived_channel_holds_its_own_and_not_the_webhook(settings: Settings) -> None:
    with FakeSlack(*[Reply(404, body=b"no_service")] * 50) as slack, FakeSlack() as webhook:
        await publish(settings, *(an_alert_step(sequence=number) for number in range(1, 6)))
        both = msgspec.structs.replace(to_slack(settings, slack), webhook_url=webhook.url)
        async with running(both) as metrics:
            await metrics.until_outcomes(delivered=5, held=1)
            await metrics.until(lambda: metrics.lanes.get(("default", "webhook")) == (0, 0))
            assert metrics.holds[0][0] == "slack"
            assert "no_service" in metrics.waits[-1]
        assert (await committed(both), await committed(both, "webhook")) == (0, 5)
    assert len(slack.posts) == 1, "one try a minute at most"
    assert slack.posts[0].json()["blocks"]
    assert msgspec.json.decode(webhook.posts[0].body, type=AlertStep) == an_alert_step()
    assert webhook.posts[0].headers["webhook-id"] == an_alert_step().id


async def test_what_was_held_is_delivered_in_order_after_a_restart_with_the_channel_mended(settings: Settings) -> None:
    with FakeSlack(Reply(200, body=b"<html>Please sign in</html>")) as slack:
        await publish(settings, *(an_alert_step(sequence=number) for number in range(1, 4)), partition=0)
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(held=1)
        assert await committed(settings) == 0
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(delivered=3)
    assert await committed(settings) == 3
    for number, post in enumerate(slack.posts[1:], 1):
        assert an_alert_step(sequence=number).id[:8] in post.body.decode()


async def test_one_that_is_refused_is_gone_past_and_committed_once_the_next_is_taken(settings: Settings) -> None:
    with FakeSlack(Reply(400, body=b"invalid_blocks")) as slack:
        await publish(settings, an_alert_step(sequence=1), partition=0)
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(refused=1)
            assert await committed(settings) == 0, "it may yet prove to be the channel's fault"
            await publish(settings, an_alert_step(sequence=2), partition=0)
            await metrics.until_outcomes(refused=1, delivered=1)
    assert await committed(settings) == 2


async def test_a_sink_that_refuses_everything_drains_nothing(settings: Settings) -> None:
    sink = RecordingSink(*[DeliveryRefused("answered 400")] * 1_000)
    await publish(settings, *(an_alert_step(sequence=number) for number in range(1, 31)))
    async with Redis.from_url(settings.redis) as redis:
        async with custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _):
            await metrics.until_outcomes(refused=10, held=1)
        assert await committed(settings, "recording") == 0
        well = RecordingSink()
        async with custom(settings, well, RedisDeliveredIds(redis, prefix="")) as (metrics, _):
            await metrics.until_outcomes(delivered=30)
    assert sorted(step.sequence for step in well.steps) == list(range(1, 31))


async def test_what_comes_while_all_is_held_is_counted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.notifier.lanes.lane.LAG_SECONDS", 0.2)
    sink = RecordingSink(*[ChannelUnavailable("archived")] * 10)
    await publish(settings, an_alert_step(sequence=1), partition=0)
    async with (
        Redis.from_url(settings.redis) as redis,
        custom(settings, sink, RedisDeliveredIds(redis, prefix="")) as (metrics, _),
    ):
        await metrics.until_outcomes(held=1)
        await publish(settings, *(an_alert_step(sequence=number) for number in range(2, 200)), partition=0)
        await metrics.until(lambda: sum(metrics.lags[-1].values()) == 199)


async def test_without_a_url_it_prints(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    await publish(settings, an_alert_step())
    async with running(settings) as metrics:
        await metrics.until_outcomes(delivered=1)
    assert "acme fell from green to red" in capsys.readouterr().out


async def test_a_stop_is_heard_at_once_in_the_middle_of_an_outage(settings: Settings) -> None:
    with FakeSlack(*[Reply(429, {"Retry-After": "600"})] * 5) as slack:
        await publish(settings, an_alert_step())
        async with running(to_slack(settings, slack)) as metrics:
            await metrics.until_outcomes(retried=1)
            began = time.monotonic()
        assert time.monotonic() - began < 5.0
    assert len(slack.posts) == 1
    assert await committed(settings) == 0
