"""The writer: what it writes, how fast, and what it does when the product, Redis or Kafka fail."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
import pytest
from aiokafka import TopicPartition

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused
from scoring.result import ScoreSnapshot
from streams.score_sinks.pace import Pace
from streams.score_sinks.value import ScoreValue
from streams.score_sinks.waiting import Waiting
from streams.score_sinks.writer import ATTEMPTS, BATCH, Clock, Writer
from tests.builders import a_snapshot
from tests.fakes import InMemoryWrittenValues, ManualClock

TP = TopicPartition("vitals-scores", 0)


class Record(NamedTuple):
    offset: int
    value: bytes | None
    key: bytes | None = None


class Topic:
    """One partition of `scores`: what `AIOKafkaConsumer` gives of it. An empty poll passes half a second."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.records: list[Record] = []
        self.position = 0
        self.committed = 0
        self.writer: Writer | None = None
        """Told of its assignment within its first fetch, as by aiokafka."""

    def put(self, account: str, score: float | None, tier: str, version: int) -> None:
        snapshot = a_snapshot(account, score=score, tier=tier, generation=1, version=version)
        self.records.append(Record(len(self.records), msgspec.json.encode(snapshot), account.encode()))

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Sequence[Any]]:
        if self.writer is not None:
            writer, self.writer = self.writer, None
            await writer.on_partitions_assigned([TP])
        found = self.records[self.position : self.position + max_records]
        self.position += len(found)
        if found:
            return {TP: found}
        await self._clock.sleep(timeout_ms / 1_000)
        return {}

    def assignment(self) -> set[TopicPartition]:
        return {TP}

    def highwater(self, partition: TopicPartition, /) -> int | None:
        return len(self.records)

    async def commit(self, offsets: dict[TopicPartition, int]) -> bool:
        assert offsets[TP] >= self.committed
        self.committed = offsets[TP]
        return True


class Product:
    """Takes values, or fails as `failing` says by account: one failure after the other, the last for good."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.taken: list[tuple[float, ScoreValue]] = []
        self.tries: Counter[str] = Counter()
        self.failing: dict[str, list[Exception]] = {}

    async def __call__(self, value: ScoreValue) -> None:
        self.tries[value.account_id] += 1
        for key in (value.account_id, "*"):
            if failures := self.failing.get(key):
                raise failures.pop(0) if len(failures) > 1 or key == "*" else failures[0]
        self.taken.append((self._clock.seconds, value))

    @property
    def values(self) -> list[tuple[str, float | None]]:
        return [(value.account_id, value.score) for _, value in self.taken]


class Metrics:
    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.waits: list[str] = []
        self.holds: list[float] = []
        self.lags: dict[tuple[str, int], int] = defaultdict(int)
        self.count = 0

    def ready(self) -> None: ...

    def wrote(self, outcome: str, count: int = 1, /) -> None:
        self.outcomes[outcome] += count

    def failed(self, reason: str, /) -> None:
        self.failures[reason] += 1

    def accounts_waiting(self, count: int, /) -> None:
        self.count = count

    def held(self, since_seconds: float, /) -> None:
        self.holds.append(since_seconds)

    def waiting(self, reason: str, /) -> None:
        self.waits.append(reason)

    def progressed(self) -> None: ...

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        self.lags.update(messages)


class Bench:
    """A writer on one virtual clock: 5 points, an hour, ten a second."""

    def __init__(self) -> None:
        self.clock = ManualClock(seconds=10_000.0)
        self.topic = Topic(self.clock)
        self.product = Product(self.clock)
        self.store = InMemoryWrittenValues(self.clock)
        self.metrics = Metrics()
        self.writer = self.another()

    def another(self) -> Writer:
        """The writer of another process, from the committed offset on."""
        self.topic.position = self.topic.committed
        self.topic.writer = Writer(
            "crm",
            self.topic,
            self.product,
            _driver,
            self.store,
            self.topic.commit,
            self.metrics,
            Waiting(points=5.0, every_ms=3_600_000),
            Pace(10.0),
            Clock(self.clock.monotonic, self.clock.now_ms, self.clock.sleep),
        )
        return self.topic.writer

    async def run(self, seconds: float) -> None:
        """Run the writer for so long by the virtual clock."""
        stop = asyncio.Event()
        running = asyncio.ensure_future(self.writer.run(stop))
        until = self.clock.seconds + seconds
        while self.clock.seconds < until and not running.done():  # noqa: ASYNC110  # the clock stands still meanwhile
            await asyncio.sleep(0)
        stop.set()
        await running


async def _driver(snapshot: ScoreSnapshot) -> str:
    return f"driver of {snapshot.account_id}"


async def test_each_account_is_written_once_with_its_driver() -> None:
    bench = Bench()
    for number in range(3):
        bench.topic.put(f"a{number}", 70.0 + number, "green", 1)
    await bench.run(10)
    assert bench.product.values == [("a0", 70.0), ("a1", 71.0), ("a2", 72.0)]
    assert bench.product.taken[0][1].driver == "driver of a0"
    assert bench.topic.committed == 3
    assert bench.metrics.outcomes == {"written": 3}


async def test_of_a_history_the_newest_value_is_written_and_small_changes_are_not() -> None:
    bench = Bench()
    for version in range(1, 400):
        bench.topic.put("acme", 90.0 - version / 5, "green", version)
    await bench.run(3_590)
    assert bench.product.values == [("acme", 10.2)]
    bench.topic.put("acme", 12.0, "green", 400)
    await bench.run(100)
    assert len(bench.product.values) == 1
    assert bench.metrics.outcomes["unchanged"] == 1


async def test_an_account_is_written_at_most_once_an_hour_whatever_happens_to_it() -> None:
    bench = Bench()
    for version in range(1, 20):
        bench.topic.put("acme", 80.0 if version % 2 else 20.0, "green" if version % 2 else "red", version)
        await bench.run(600)
    times = [seconds for seconds, _ in bench.product.taken]
    assert 3 <= len(times) <= 4
    assert all(later - earlier >= 3_600 for earlier, later in pairwise(times))


async def test_a_first_pass_over_a_full_topic_is_paced() -> None:
    bench = Bench()
    for number in range(3 * BATCH):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    began = bench.clock.seconds
    await bench.run(100)
    assert len(bench.product.taken) <= 10 * (bench.clock.seconds - began) + 1
    assert len(bench.product.taken) >= 900
    await bench.run(100)
    assert len(bench.product.taken) == 3 * BATCH
    assert bench.metrics.count == 0


async def test_a_restart_writes_nothing_that_is_written_and_all_that_waited() -> None:
    bench = Bench()
    for number in range(200):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    await bench.run(5)
    first = len(bench.product.taken)
    assert 0 < first < 200
    bench.writer = bench.another()
    await bench.run(100)
    assert len(bench.product.taken) == 200
    assert set(bench.product.tries.values()) == {1}


async def test_an_emptied_redis_is_one_repeat_of_each() -> None:
    bench = Bench()
    for number in range(20):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    await bench.run(60)
    bench.store.values.clear()
    bench.topic.committed = 0
    bench.writer = bench.another()
    await bench.run(60)
    assert set(bench.product.tries.values()) == {2}


async def test_redis_down_writes_nothing_until_it_is_back() -> None:
    bench = Bench()
    bench.store.down_until = bench.clock.seconds + 500
    bench.topic.put("acme", 50.0, "yellow", 1)
    await bench.run(499)
    assert bench.product.taken == []
    assert "Redis is down" in bench.metrics.waits[-1]
    bench.writer = bench.another()
    await bench.run(100)
    assert len(bench.product.taken) == 1


async def test_a_pause_that_the_product_asks_for_holds_all() -> None:
    bench = Bench()
    for asked in (1.0, 30.0, 600.0):
        bench.product.failing["*"] = [DeliveryFailed("answered 429", asked, reason="rate_limited")]
        bench.topic.put(f"a{asked}", 50.0, "yellow", 1)
        began = bench.clock.seconds
        await bench.run(asked + 5)
        assert bench.product.taken[-1][0] - began >= asked
    assert bench.metrics.outcomes == {"written": 3, "retried": 3}
    assert bench.metrics.failures == {"rate_limited": 3}


async def test_an_outage_of_hours_loses_nothing_and_gives_nobody_up() -> None:
    bench = Bench()
    for number in range(5):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    bench.product.failing["*"] = [DeliveryFailed("answered 500", reason="server") for _ in range(200)]
    await bench.run(4 * 3_600)
    assert len(bench.product.taken) == 5
    assert bench.metrics.outcomes["given_up"] == 0


async def test_a_value_that_always_fails_while_others_are_taken_is_given_up_and_holds_nobody() -> None:
    bench = Bench()
    bench.product.failing["poison"] = [DeliveryFailed("answered 500", reason="server")]
    bench.topic.put("poison", 50.0, "yellow", 1)
    for number in range(5):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    await bench.run(3_600)
    assert len(bench.product.taken) == 5
    assert bench.metrics.outcomes["given_up"] == 1
    assert bench.product.tries["poison"] == ATTEMPTS
    assert bench.topic.committed == 6


async def test_a_newer_value_takes_the_place_of_one_that_failed() -> None:
    bench = Bench()
    bench.product.failing["*"] = [DeliveryFailed("answered 503", 60.0, reason="server")]
    bench.topic.put("acme", 50.0, "yellow", 1)
    await bench.run(10)
    bench.topic.put("acme", 20.0, "red", 2)
    await bench.run(120)
    assert bench.product.values == [("acme", 20.0)]


async def test_an_account_that_the_product_does_not_know_is_counted_and_tried_again_when_it_changes() -> None:
    bench = Bench()
    bench.product.failing["acme"] = [DeliveryRefused("answered 404")]
    bench.topic.put("acme", 50.0, "yellow", 1)
    bench.topic.put("other", 50.0, "yellow", 1)
    await bench.run(3_600)
    assert bench.metrics.outcomes == {"refused": 1, "written": 1}
    del bench.product.failing["acme"]
    bench.topic.put("acme", 20.0, "red", 2)
    await bench.run(3_700)
    assert bench.product.values == [("other", 50.0), ("acme", 20.0)]


async def test_a_product_that_knows_few_of_our_accounts_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for number in range(300):
        bench.product.failing[f"a{number}"] = [DeliveryRefused("answered 404")]
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    await bench.run(100)
    assert bench.metrics.outcomes == {"refused": 300}
    assert caplog.text.count("refused") == 1


async def test_a_product_that_rejects_our_token_is_asked_rarely_and_reported() -> None:
    bench = Bench()
    bench.product.failing["*"] = [ChannelUnavailable("answered 401", reason="auth") for _ in range(3)]
    bench.topic.put("acme", 50.0, "yellow", 1)
    await bench.run(600)
    assert bench.product.tries["acme"] == 4
    assert bench.metrics.outcomes == {"held": 3, "written": 1}
    assert bench.metrics.holds[0] > 0
    assert bench.metrics.holds[-1] == 0.0


async def test_what_cannot_be_read_and_what_was_removed_is_passed_over() -> None:
    bench = Bench()
    bench.topic.records += [Record(0, b"not json"), Record(1, None)]
    bench.topic.put("acme", 50.0, "yellow", 1)
    await bench.run(10)
    assert bench.metrics.outcomes == {"undecodable": 1, "removed": 1, "written": 1}
    assert bench.topic.committed == 3


async def test_an_account_that_was_forgotten_is_not_written_and_its_last_write_goes() -> None:
    bench = Bench()
    for name in ("acme", "globex"):
        bench.topic.put(name, 50.0, "yellow", 1)
    await bench.run(10)
    bench.topic.put("acme", 90.0, "green", 2)
    bench.topic.put("globex", 90.0, "green", 2)
    bench.topic.records.append(Record(4, None, b"acme"))
    bench.store.down_until = bench.clock.seconds + 30
    await bench.run(7_200)
    assert bench.product.values == [("acme", 50.0), ("globex", 50.0), ("globex", 90.0)]
    assert set(bench.store.values) == {"globex"}
    bench.topic.records.append(Record(5, None, b"acme"))
    bench.topic.put("acme", 30.0, "red", 9)
    await bench.run(10)
    assert bench.product.values[-1] == ("acme", 30.0)
    assert bench.topic.committed == 7


async def test_a_rebalance_forgets_what_waits_and_its_next_owner_writes_it() -> None:
    bench = Bench()
    for number in range(100):
        bench.topic.put(f"a{number}", 50.0, "yellow", 1)
    await bench.run(2)
    await bench.writer.on_partitions_revoked([TP])
    before = len(bench.product.taken)
    bench.topic.position = len(bench.topic.records)
    await bench.run(20)
    assert len(bench.product.taken) == before
    bench.writer = bench.another()
    await bench.run(60)
    assert set(bench.product.tries.values()) == {1}
    assert len(bench.product.taken) == 100
