"""One notification to one sink: once, whatever fails, and nothing lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, PartlyDelivered, Sink
from streams.notifier.attempts import ATTEMPT_SECONDS, LONGEST_RETRY_SECONDS
from streams.notifier.delivered_ids import LEASE_MS, Claim
from streams.notifier.delivery import Delivery
from streams.notifier.doubts import DOUBTS_AT_ONCE
from tests.builders import an_alert_step
from tests.fakes import InMemoryDeliveredIds, ManualClock, RecordingNotifierMetrics, RecordingSink


class Bench:
    """A delivery with everything around it faked, on one clock that starts at 0."""

    def __init__(self, sink: Sink) -> None:
        self.clock = ManualClock(seconds=0.0)
        self.delivered = InMemoryDeliveredIds(self.clock)
        self.metrics = RecordingNotifierMetrics()
        self.stop = asyncio.Event()
        self.reports: list[tuple[str, str]] = []
        """(outcome, why) of each report."""
        self.delivery = self.for_sink(sink)

    def for_sink(self, sink: Sink, delivered: InMemoryDeliveredIds | None = None) -> Delivery:
        clock, ids = self.clock, delivered or self.delivered
        return Delivery(
            sink,
            ids,
            self.metrics,
            self.stop,
            report=lambda message, outcome, held_by, why: self.reports.append((outcome, why)),
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            now=clock.monotonic,
        )


class StoppingSink(RecordingSink):
    """Fails, and asks for a stop the `calls`-th time it is called."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.bench: Bench | None = None
        self._calls = calls

    async def deliver(self, message: Message, /) -> None:
        self.tried.append(message)
        if self.bench and len(self.tried) == self._calls:
            self.bench.stop.set()
        raise DeliveryFailed("down")


async def test_a_step_is_delivered_once_and_its_second_coming_is_a_duplicate() -> None:
    sink = RecordingSink()
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert await bench.delivery.deliver(an_alert_step())
    assert sink.delivered == [an_alert_step()]
    assert bench.metrics.outcomes == {"delivered": 1, "duplicate": 1}
    assert bench.metrics.seconds == [0.0]


async def test_a_sinks_wish_for_quiet_is_honoured_to_the_second() -> None:
    sink = RecordingSink(DeliveryFailed("429", 600.0), DeliveryFailed("429", 1.0))
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.clock.seconds == 601.0
    assert bench.metrics.outcomes == {"retried": 2, "delivered": 1}
    assert bench.metrics.seconds == [601.0]
    assert bench.metrics.waits == ["recording: 429", "recording: 429"]


async def test_a_sink_that_asks_for_no_wait_at_all_still_gets_one() -> None:
    bench = Bench(RecordingSink(*[DeliveryFailed("503", 0.0)] * 5))
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.clock.seconds == 5.0


async def test_retries_grow_apart_to_a_minute() -> None:
    failures = [DeliveryFailed("429", reason="rate_limited")] * 100
    bench = Bench(RecordingSink(*failures))
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.clock.seconds == 1 + 2 + 4 + 8 + 16 + 32 + (100 - 6) * LONGEST_RETRY_SECONDS
    assert bench.metrics.outcomes == {"retried": 100, "delivered": 1}


async def test_a_refusal_is_counted_logged_and_gone_past(caplog: pytest.LogCaptureFixture) -> None:
    sink = RecordingSink(DeliveryRefused("answered 400 (no_text): …"))
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.metrics.outcomes == {"refused": 1}
    assert "account 'acme' refused: answered 400 (no_text)" in caplog.text


async def test_a_delivery_that_left_somebody_out_is_done_and_never_repeated(caplog: pytest.LogCaptureFixture) -> None:
    sink = RecordingSink(PartlyDelivered("bob@corp.example refused it"))
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.metrics.outcomes == {"partly": 1, "delivered": 1, "duplicate": 1}
    assert not bench.delivery.is_in_doubt
    assert "bob@corp.example refused it" in caplog.text
    assert bench.reports == [("delivered", "bob@corp.example refused it"), ("duplicate", "")]


async def test_an_attempt_whose_end_is_unknown_is_counted_and_repeated() -> None:
    sink = RecordingSink(DeliveryFailed("the line was lost", may_have_arrived=True))
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.metrics.outcomes == {"ambiguous": 1, "retried": 1, "delivered": 1}


async def test_after_a_refusal_a_replay_by_any_notifier_delivers_at_once() -> None:
    bench = Bench(RecordingSink(DeliveryRefused("answered 400")))
    await bench.delivery.deliver(an_alert_step())
    mended = RecordingSink()
    assert await bench.for_sink(mended, bench.delivered.another()).deliver(an_alert_step())
    assert mended.delivered == [an_alert_step()]
    assert bench.clock.seconds == 0.0


async def test_no_claim_is_held_through_a_wait_so_who_takes_over_can_deliver() -> None:
    """Ours fails and waits 600 s; after 10 s another notifier owns the partition, and its sink is well."""
    ours, theirs = RecordingSink(DeliveryFailed("429", 600.0)), RecordingSink()
    bench = Bench(ours)
    other = bench.for_sink(theirs, bench.delivered.another())

    async def take_over(seconds: float) -> None:
        bench.clock.seconds += 10.0
        assert await other.deliver(an_alert_step())
        bench.clock.seconds += seconds - 10.0

    clock = bench.clock
    delivery = Delivery(ours, bench.delivered, bench.metrics, bench.stop, sleep=take_over, monotonic=clock.monotonic)
    assert await delivery.deliver(an_alert_step())
    assert (len(ours.tried), len(ours.delivered), len(theirs.delivered)) == (1, 0, 1)
    assert bench.metrics.outcomes == {"retried": 1, "delivered": 1, "duplicate": 1}


async def test_a_claim_of_the_dead_is_waited_out_and_then_delivered() -> None:
    sink = RecordingSink()
    bench = Bench(sink)
    assert await bench.delivered.another().claim("recording:" + an_alert_step().id) is Claim.OURS
    assert await bench.delivery.deliver(an_alert_step())
    assert len(sink.delivered) == 1
    assert 90.0 <= bench.clock.seconds < 95.0


async def test_redis_down_delays_and_never_sends_without_a_claim() -> None:
    sink = RecordingSink()
    bench = Bench(sink)
    bench.delivered.down_until_seconds = 100.0
    assert await bench.delivery.deliver(an_alert_step())
    assert len(sink.tried) == 1
    assert bench.clock.seconds >= 100.0
    assert bench.metrics.outcomes["retried"] == 7


async def test_redis_down_between_delivery_and_mark_is_waited_for_and_nothing_is_sent_twice() -> None:
    class Breaking(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            await super().deliver(message)
            bench.delivered.down_until_seconds = 50.0

    sink = Breaking()
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert await bench.delivery.deliver(an_alert_step())
    assert len(sink.delivered) == 1
    assert bench.metrics.outcomes == {"delivered": 1, "duplicate": 1}


async def test_redis_down_when_a_claim_is_to_be_released_costs_nothing() -> None:
    """The claim stays behind, but it is ours: the next attempt does not wait for its lease."""

    class Breaking(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            if not self.tried:
                bench.delivered.down_until_seconds = 0.5
            await super().deliver(message)

    sink = Breaking(DeliveryFailed("500"))
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert len(sink.delivered) == 1
    assert bench.clock.seconds == 1.0


async def test_a_stop_ends_the_waiting_and_leaves_the_id_free() -> None:
    sink = StoppingSink(calls=3)
    sink.bench = bench = Bench(sink)
    assert not await bench.delivery.deliver(an_alert_step())
    assert len(sink.tried) == 3
    assert await bench.delivered.another().claim("recording:" + an_alert_step().id) is Claim.OURS


async def test_a_stop_in_a_real_wait_of_ten_minutes_is_heard_at_once() -> None:
    class StopSoon(RecordingNotifierMetrics):
        def waiting(self, reason: str, /) -> None:
            asyncio.get_running_loop().call_later(0.01, stop.set)

    stop = asyncio.Event()
    sink = RecordingSink(DeliveryFailed("429", 600.0))
    delivery = Delivery(sink, InMemoryDeliveredIds(ManualClock()), StopSoon(), stop)
    async with asyncio.timeout(10):
        assert not await delivery.deliver(an_alert_step())


async def test_a_stop_with_redis_down_after_the_delivery_still_counts_it_as_done() -> None:
    class Breaking(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            await super().deliver(message)
            bench.delivered.down_until_seconds = 1e9
            bench.stop.set()

    bench = Bench(Breaking())
    async with asyncio.timeout(10):
        assert await bench.delivery.deliver(an_alert_step()), "its offset must be committed, or it is sent again"


async def test_two_sinks_are_told_apart() -> None:
    slack, webhook = RecordingSink(name="slack"), RecordingSink(name="webhook")
    bench = Bench(slack)
    assert await bench.delivery.deliver(an_alert_step())
    assert await bench.for_sink(webhook).deliver(an_alert_step())
    assert (len(slack.delivered), len(webhook.delivered)) == (1, 1)


async def test_an_attempt_without_end_is_cut_short_before_its_lease_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trickling(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            if not self.tried:
                self.tried.append(message)
                await asyncio.Event().wait()
            await super().deliver(message)

    assert 1_000 * ATTEMPT_SECONDS < LEASE_MS / 2
    monkeypatch.setattr("streams.notifier.attempts.ATTEMPT_SECONDS", 0.05)
    sink = Trickling()
    bench = Bench(sink)
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.metrics.outcomes == {"retried": 1, "delivered": 1}


async def test_a_bug_of_ours_is_not_swallowed() -> None:
    bench = Bench(RecordingSink(ZeroDivisionError("a bug")))
    with pytest.raises(ZeroDivisionError):
        await bench.delivery.deliver(an_alert_step())


# --- the channel's own fault


async def test_a_channel_at_fault_is_asked_after_a_minute_then_ever_less_and_no_hold_is_too_long(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(sink := RecordingSink(*[ChannelUnavailable("answered 404 (no_service): mend it.")] * 10))
    assert await bench.delivery.deliver(an_alert_step())
    assert bench.clock.seconds == 60 * (1 + 2 + 4 + 8 + 16 + 32 + 4 * 60)
    assert bench.metrics.outcomes == {"held": 10, "delivered": 1}
    assert bench.metrics.holds == [("recording", 0.0), ("recording", 0.0)]
    assert bench.metrics.waits[0] == "recording: answered 404 (no_service): mend it. (held since 1970-01-01 00:00:00Z)"
    assert len(sink.tried) == 11
    assert "accepts messages again" in caplog.text


async def test_the_next_fault_of_a_mended_channel_begins_with_a_minute_again() -> None:
    gone = ChannelUnavailable("gone")

    class Flaky(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            self.tried.append(message)
            if len(self.tried) in (1, 2, 4):
                raise gone
            self.delivered.append(message)

    bench = Bench(Flaky())
    assert await bench.delivery.deliver(an_alert_step(sequence=1))
    assert await bench.delivery.deliver(an_alert_step(sequence=2))
    assert bench.clock.seconds == 60 + 120 + 60


async def test_a_stop_ends_a_hold_and_leaves_the_id_free() -> None:
    class Gone(RecordingSink):
        async def deliver(self, message: Message, /) -> None:
            bench.stop.set()
            raise ChannelUnavailable("gone")

    bench = Bench(Gone())
    assert not await bench.delivery.deliver(an_alert_step())
    assert await bench.delivered.another().claim("recording:" + an_alert_step().id) is Claim.OURS


class Refusing(RecordingSink):
    """Refuses all but what `takes` says, by its count of calls."""

    def __init__(self, takes: Callable[[int], bool]) -> None:
        super().__init__()
        self._takes = takes

    async def deliver(self, message: Message, /) -> None:
        self.tried.append(message)
        if not self._takes(len(self.tried)):
            raise DeliveryRefused("answered 400")
        self.delivered.append(message)


async def bring(bench: Bench, count: int) -> None:
    for sequence in range(1, count + 1):
        assert await bench.delivery.deliver(an_alert_step(sequence=sequence))


async def test_a_refusal_is_in_doubt_until_the_sink_takes_another() -> None:
    bench = Bench(RecordingSink(DeliveryRefused("answered 400")))
    assert await bench.delivery.deliver(an_alert_step(sequence=1))
    assert bench.delivery.is_in_doubt
    assert await bench.delivery.deliver(an_alert_step(sequence=2))
    assert not bench.delivery.is_in_doubt


async def test_ten_refusals_in_a_row_are_the_channels_fault_and_all_ten_are_delivered_once_it_is_mended() -> None:
    sink = Refusing(lambda calls: calls > DOUBTS_AT_ONCE * 3)
    bench = Bench(sink)
    await bring(bench, DOUBTS_AT_ONCE + 2)
    assert [step.sequence for step in sink.steps] == list(range(1, DOUBTS_AT_ONCE + 3))
    assert bench.metrics.outcomes == {"refused": 10, "held": 3, "delivered": 12}
    assert bench.clock.seconds == 60 + 120 + 240
    assert not bench.delivery.is_in_doubt


async def test_of_ten_that_were_refused_one_that_is_taken_proves_that_the_others_were_at_fault() -> None:
    sink = Refusing(lambda calls: calls == 13 or calls > 20)
    bench = Bench(sink)
    await bring(bench, DOUBTS_AT_ONCE + 1)
    assert [step.sequence for step in sink.steps] == [3, 11]
    assert len(sink.tried) == 21
    assert bench.metrics.outcomes == {"refused": 10, "held": 1, "delivered": 2}


async def test_the_same_one_again_and_again_is_no_ten() -> None:
    bench = Bench(Refusing(lambda calls: False))
    for _ in range(20):
        assert await bench.delivery.deliver(an_alert_step())
    assert bench.metrics.outcomes == {"refused": 1}
