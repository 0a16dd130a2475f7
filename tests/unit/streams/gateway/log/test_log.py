"""Writes of many requests: in order, each answered for all of its messages, bounded, and again after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.log import lane as lane_module
from streams.gateway.log.log import GatewayLog
from streams.gateway.log.outgoing import NotWritten, Outgoing, size_of
from tests.support.gateway.fake_producer import FakeProducer


def message(value: str, partition: int = 0, topic: str = "analytics") -> Outgoing:
    return Outgoing(topic, partition, b"acme", value.encode(), 1)


class Bench:
    """A log of two topics, and the producers that it made, by topic."""

    def __init__(self, waiting_max: int = 1_000_000, answers: Callable[[], Exception | None] | None = None) -> None:
        self.made: dict[str, list[FakeProducer]] = {"analytics": [], "billing": []}
        self.failures: list[tuple[str, str]] = []
        self.room, self.is_away = 1_000, False
        self._answers = answers
        self.log = GatewayLog(self.made, self._make, lambda *each: self.failures.append(each), waiting_max)

    def _make(self, topic: str) -> FakeProducer:
        producer = FakeProducer(self.room, self._answers)
        producer.start_error = KafkaError("away") if self.is_away else None
        self.made[topic].append(producer)
        return producer

    @property
    def producer(self) -> FakeProducer:
        """The newest producer of analytics."""
        return self.made["analytics"][-1]


async def turns() -> None:
    """Let everything go on that can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def no_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "FIRST_HOLD_SECONDS", 0.0)
    monkeypatch.setattr(lane_module, "LONGEST_HOLD_SECONDS", 0.0)


async def test_messages_gather_while_a_batch_is_under_way() -> None:
    bench = Bench()
    await bench.log.start()
    first = bench.log.write([message("a")])
    await turns()
    others = [bench.log.write([message(each)]) for each in "bcd"]
    await turns()
    assert bench.producer.values == [[b"a"]]
    bench.producer.settle(0)
    await turns()
    assert first.done()
    assert bench.producer.values == [[b"a"], [b"b", b"c", b"d"]]
    assert not any(each.done() for each in others)
    bench.producer.settle(1)
    await turns()
    assert all(each.done() for each in others)
    assert bench.log.waiting_bytes == 0


async def test_a_request_waits_for_all_its_messages() -> None:
    bench = Bench()
    await bench.log.start()
    written = bench.log.write([message("a", 0), message("b", 1), message("c", topic="billing")])
    await turns()
    for number in (0, 1):
        bench.producer.settle(number)
        await turns()
        assert not written.done()
    bench.made["billing"][0].settle(0)
    await asyncio.wait_for(written, 1)


async def test_one_refused_batch_fails_the_request_and_the_topic_goes_on_with_a_new_producer() -> None:
    bench = Bench()
    await bench.log.start()
    written = bench.log.write([message("a"), message("b", topic="billing")])
    await turns()
    old = bench.producer
    old.settle(0, TopicAuthorizationFailedError("analytics"))
    with pytest.raises(NotWritten, match="did not take messages for analytics"):
        await written
    assert bench.failures == [("analytics", "not_allowed")]
    with pytest.raises(NotWritten):
        bench.log.write([message("c")])
    assert bench.log.held.keys() == {"analytics"}
    other = bench.log.write([message("d", topic="billing")])
    await asyncio.sleep(0.02)
    assert (len(bench.made["analytics"]), len(bench.made["billing"])) == (2, 1)
    assert old.is_stopped
    again = bench.log.write([message("e")])
    await turns()
    bench.producer.settle(0)
    await asyncio.wait_for(again, 1)
    for number in (0, 1):
        bench.made["billing"][0].settle(number)
        await turns()
    await asyncio.wait_for(other, 1)
    assert bench.log.waiting_bytes == 0


async def test_what_waits_behind_a_refused_batch_fails_too() -> None:
    bench = Bench()
    await bench.log.start()
    first = bench.log.write([message("a")])
    await turns()
    second = bench.log.write([message("b")])
    bench.producer.settle(0, KafkaError("gone"))
    for each in (first, second):
        with pytest.raises(NotWritten):
            await each
    assert bench.log.waiting_bytes == 0


async def test_a_broker_that_stays_away_is_asked_until_it_answers() -> None:
    bench = Bench()
    await bench.log.start()
    written = bench.log.write([message("a")])
    await turns()
    bench.is_away = True
    bench.producer.settle(0, KafkaError("gone"))
    with pytest.raises(NotWritten):
        await written
    await asyncio.sleep(0.02)
    assert "cannot be reached" in bench.log.held["analytics"]
    bench.is_away = False
    await asyncio.sleep(0.02)
    assert bench.log.held == {}


async def test_beyond_the_limit_nothing_is_taken() -> None:
    size = size_of(message("a"))
    bench = Bench(waiting_max=2 * size)
    await bench.log.start()
    bench.log.write([message("a"), message("b")])
    await turns()
    with pytest.raises(NotWritten, match="too much waits") as full:
        bench.log.write([message("c")])
    assert full.value.reason == "full"
    assert bench.log.waiting_bytes == 2 * size
    bench.producer.settle(0)
    await turns()
    assert not bench.log.write([message("c")]).done()


async def test_what_nobody_waits_for_is_dropped_unless_it_is_on_its_way() -> None:
    bench = Bench()
    await bench.log.start()
    first, second = bench.log.write([message("a")]), None
    await turns()
    second = bench.log.write([message("b")])
    first.cancel()
    second.cancel()
    bench.producer.settle(0)
    await turns()
    assert bench.producer.values == [[b"a"]]
    assert bench.log.waiting_bytes == 0


async def test_a_full_batch_is_followed_by_another_in_order() -> None:
    bench = Bench(answers=lambda: None)
    bench.room = 3
    await bench.log.start()
    await asyncio.wait_for(bench.log.write([message(str(number)) for number in range(8)]), 1)
    assert [value for batch in bench.producer.values for value in batch] == [b"%d" % number for number in range(8)]
    assert max(map(len, bench.producer.values)) == 3


async def test_stopping_writes_what_waits_and_takes_no_more() -> None:
    bench = Bench()
    await bench.log.start()
    written = bench.log.write([message("a")])
    stopping = asyncio.create_task(bench.log.stop())
    await turns()
    assert not stopping.done()
    with pytest.raises(NotWritten, match="being stopped"):
        bench.log.write([message("b")])
    bench.producer.settle(0)
    await asyncio.wait_for(stopping, 1)
    assert written.done()
    assert bench.producer.is_stopped


async def test_an_answer_that_never_comes_fails_once_its_producer_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    await bench.log.start()
    lost, refused = bench.log.write([message("a", 0)]), bench.log.write([message("b", 1)])
    await turns()
    bench.producer.settle(1, KafkaError("gone"))
    for each in (refused, lost):
        with pytest.raises(NotWritten):
            await asyncio.wait_for(each, 1)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["analytics", "billing"]), st.integers(0, 2)), min_size=1), max_size=12
    ),
    st.integers(1, 4),
    st.data(),
)
def test_every_request_ends_and_each_partition_keeps_its_order(
    requests: list[list[tuple[str, int]]], room: int, data: st.DataObject
) -> None:
    """Whatever is acknowledged when, and whatever fails: a request succeeds only if all its messages were taken."""

    async def run() -> None:
        fails = data.draw(st.lists(st.booleans(), min_size=60, max_size=60))
        refused: set[bytes | None] = set()
        taken: dict[tuple[str, int], list[bytes | None]] = {}
        bench = Bench()
        bench.room = room
        await bench.log.start()
        written = []
        for number, places in enumerate(requests):
            messages = [message(f"{number}.{index}", part, topic) for index, (topic, part) in enumerate(places)]
            try:
                written.append((messages, bench.log.write(messages)))
            except NotWritten:
                continue
            if data.draw(st.booleans()):
                await turns()
        for _ in range(200):
            await turns()
            for topic, producers in bench.made.items():
                for partition, values, future in [each for producer in producers for each in producer.sent]:
                    if future.done():
                        continue
                    if fails.pop() if fails else False:
                        refused.update(values)
                        _fail(future)
                    else:
                        taken.setdefault((topic, partition), []).extend(values)
                        future.set_result(object())
            if not bench.log.waiting_bytes:
                break
        everything = {value for values in taken.values() for value in values}
        for messages, request in written:
            if request.exception() is None:
                assert {each.value for each in messages} <= everything - refused
        for (topic, partition), values in taken.items():
            asked = [
                each.value
                for messages, _ in written
                for each in messages
                if (each.topic, each.partition) == (topic, partition) and each.value in set(values)
            ]
            assert values == asked
        assert bench.log.waiting_bytes == 0

    asyncio.run(run())


def _fail(future: asyncio.Future[object]) -> None:
    future.set_exception(KafkaError("refused"))
