"""What becomes of the messages of a source's topic, with a pipeline that fails at will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from aiokafka import TopicPartition

from streams.deployment.settings import Settings
from streams.gateway.answers import Problem, Reply
from streams.gateway.pipeline import Taken
from streams.gateway.reading import Reading, Request
from streams.gateway.sources.ready import ReadySource, ready_sources
from streams.gateway.sources.schema import CloudEventsSource
from streams.gateway.topic_source.reader import TopicReader
from streams.kafka.gap_report import GapReport, OffsetFollower
from streams.operations.gateway_metrics import GatewayMetrics
from tests.unit.streams.gateway.topic_source.test_message import AMessage

READY = ready_sources({"shop": CloudEventsSource(kafka_topic="orders")}, {})["shop"]
STRUCTURED = (("content-type", b"application/cloudevents+json"),)


class Pipe:
    """Takes what it is given; each call first does what `then` says."""

    def __init__(self, then: Callable[[Request, int], None] = lambda request, call: None) -> None:
        self.taken: list[bytes] = []
        self.readings: list[Reading] = []
        self._then = then
        self._calls = 0

    async def take(self, ready: ReadySource, request: Request, deadline: float) -> Taken:
        await asyncio.sleep(0)
        self._calls += 1
        self._then(request, self._calls)
        self.taken.append(request.body)
        return Taken(reply=Reply(200, b""), accepted=1, waiting=0, refused=0, ignored=0)

    async def publish(self, ready: ReadySource, request: Request, reading: Reading, deadline: float) -> Taken:
        self._calls += 1
        self._then(request, self._calls)
        self.readings.append(reading)
        count, ignored = len(reading.refused), len(reading.ignored)
        return Taken(reply=Reply(200, b""), accepted=0, waiting=0, refused=count, ignored=ignored)


def messages(*values: bytes | None) -> list[AMessage]:
    return [AMessage(value=value, headers=STRUCTURED, offset=offset) for offset, value in enumerate(values)]


async def take(pipe: Pipe, *sent: AMessage) -> tuple[list[Taken], list[float]]:
    noted: list[Taken] = []
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await TopicReader(Settings(), READY, pipe, noted.append, GapReport(GatewayMetrics()), sleep).take(sent)
    return noted, slept


async def test_messages_are_taken_in_their_order() -> None:
    values = [b"%d" % number for number in range(50)]
    pipe = Pipe()
    noted, _ = await take(pipe, *messages(*values))
    assert pipe.taken == values
    assert sum(each.accepted for each in noted) == 50


async def test_what_is_not_acknowledged_is_taken_again_until_it_is() -> None:
    def refuse(request: Request, call: int) -> None:
        if call < 8:
            raise Problem(503, "not_written", "no broker")

    pipe = Pipe(refuse)
    noted, slept = await take(pipe, *messages(b"a"))
    assert (pipe.taken, len(noted)) == ([b"a"], 1)
    assert slept == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_what_cannot_be_read_is_a_dead_letter_and_the_rest_goes_on() -> None:
    def refuse(request: Request, call: int) -> None:
        if request.body == b"bad" and call == 1:
            raise Problem(400, "malformed", "not JSON")

    pipe = Pipe(refuse)
    noted, _ = await take(pipe, *messages(b"bad", b"good"))
    (refused,) = (refused for reading in pipe.readings for refused in reading.refused)
    assert (refused.reason, refused.words, refused.value) == ("malformed", "not JSON", b"bad")
    assert pipe.taken == [b"good"]
    assert sum(each.refused for each in noted) == 1


async def test_what_is_too_much_for_one_message_is_a_dead_letter_too() -> None:
    def refuse(request: Request, call: int) -> None:
        if call == 1:
            raise Problem(413, "too_many", "too many events")

    pipe = Pipe(refuse)
    await take(pipe, *messages(b"many"))
    assert [refused.reason for refused in pipe.readings[0].refused] == ["too_many"]


async def test_headers_that_are_no_text_make_a_dead_letter_too() -> None:
    pipe = Pipe()
    await take(pipe, AMessage(value=b"{}", headers=(("ce_id", b"\xff"),)))
    assert "ce_id" in pipe.readings[0].refused[0].words


async def test_a_tombstone_is_ignored_and_counted() -> None:
    pipe = Pipe()
    noted, _ = await take(pipe, *messages(None))
    assert [each.ignored for each in noted] == [1]
    assert pipe.taken == []


async def test_a_dead_letter_that_is_not_acknowledged_is_written_again() -> None:
    def refuse(request: Request, call: int) -> None:
        if call == 1:
            raise Problem(400, "malformed", "not JSON")
        if call == 2:
            raise Problem(503, "not_written", "no broker")
        if call == 3:
            raise Problem(400, "malformed", "not JSON")

    pipe = Pipe(refuse)
    await take(pipe, *messages(b"bad"))
    assert len(pipe.readings) == 1


async def test_a_fault_of_ours_ends_it() -> None:
    def fail(request: Request, call: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await take(Pipe(fail), *messages(b"a"))


# --- offsets


class Consumer:
    """A consumer with one batch of messages; it notes what is committed. Before it, the group stood at `begins`."""

    def __init__(self, *sent: AMessage, begins: int | None = None) -> None:
        self._begins = begins
        self.commits: list[dict[TopicPartition, int]] = []
        self.first = sent[0].offset if sent else 0
        self._fetched = {TopicPartition("orders", 0): list(sent)}
        self.assigned = {TopicPartition("orders", 0)}

    async def getmany(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[AMessage]]:
        fetched, self._fetched = self._fetched, {}
        return fetched

    async def committed(self, partition: TopicPartition) -> int | None:
        return self._begins

    async def beginning_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(partitions, self.first)

    def highwater(self, partition: TopicPartition) -> int | None:
        return None

    def assignment(self) -> set[TopicPartition]:
        return self.assigned

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        self.commits.append(offsets)


async def step(
    consumer: Consumer, pipe: Pipe, stop: asyncio.Event | None = None, metrics: GatewayMetrics | None = None
) -> None:
    gap_report = GapReport(metrics or GatewayMetrics())
    reader = TopicReader(Settings(), READY, pipe, lambda taken: None, gap_report)
    following = OffsetFollower(consumer, gap_report, "orders", begins_at_zero=False)
    await reader.step(consumer, following, stop or asyncio.Event())


@pytest.mark.parametrize(("begins", "lost"), [(2, 3), (5, 0), (None, 0)])
async def test_what_retention_deleted_before_it_was_read_is_counted(begins: int | None, lost: int) -> None:
    metrics = GatewayMetrics()
    sent = [msgspec.structs.replace(each, offset=5 + number) for number, each in enumerate(messages(b"a", b"b"))]
    consumer = Consumer(*sent, begins=begins)
    await step(consumer, Pipe(), metrics=metrics)
    assert consumer.commits == [{TopicPartition("orders", 0): 7}]
    assert (metrics.registry.get_sample_value("vitals_lost_messages_total", {"topic": "orders"}) or 0) == lost


async def test_an_offset_is_committed_once_everything_before_it_is_acknowledged() -> None:
    consumer = Consumer(*messages(b"a", b"b", b"c"))
    seen: list[int] = []
    pipe = Pipe(lambda request, call: seen.append(len(consumer.commits)))
    await step(consumer, pipe)
    assert seen == [0, 0, 0]
    assert consumer.commits == [{TopicPartition("orders", 0): 3}]


async def test_what_was_not_acknowledged_before_the_end_is_not_committed() -> None:
    stop = asyncio.Event()

    def refuse(request: Request, call: int) -> None:
        stop.set()
        raise Problem(503, "not_written", "no broker")

    consumer = Consumer(*messages(b"a", b"b"))
    await step(consumer, Pipe(refuse), stop)
    assert consumer.commits == []


async def test_offsets_of_partitions_that_went_elsewhere_are_not_committed() -> None:
    consumer = Consumer(*messages(b"a"))
    consumer.assigned = set()
    await step(consumer, Pipe())
    assert consumer.commits == []


async def test_a_fault_of_ours_is_a_dead_letter_and_does_not_end_the_gateway() -> None:
    """It would end it again after every start, for all sources."""

    def fail(request: Request, call: int) -> None:
        if call == 1:
            raise OverflowError("hunter2")

    pipe = Pipe(fail)
    noted, slept = await take(pipe, *messages(b"a", b"b"))
    assert (pipe.taken, len(noted), slept) == ([b"b"], 2, [])
    (refused,) = pipe.readings[0].refused
    assert (refused.reason, refused.value) == ("failed", b"a")
    assert "hunter2" not in refused.words


async def test_a_message_that_holds_too_much_is_a_dead_letter() -> None:
    def refuse(request: Request, call: int) -> None:
        if call == 1:
            raise Problem(413, "too_many", "too many events")

    pipe = Pipe(refuse)
    await take(pipe, *messages(b"a"))
    assert [each.reason for each in pipe.readings[0].refused] == ["too_many"]
