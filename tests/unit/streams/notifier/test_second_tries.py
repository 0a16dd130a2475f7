"""Messages in doubt: a poison message does not block its lane, and an outage loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from alerts.gathered import Gathered, Gathering
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message
from alerts.step import AlertStep
from streams.notifier.doubts import DOUBTS_AT_ONCE, FAILING_SECONDS, FAILURES
from tests.builders import an_alert_step
from tests.fakes import RecordingSink
from tests.unit.streams.notifier.test_delivery import Bench

HOUR = 3_600.0
Answer = Callable[[Message, float], Exception | None]


class Answering(RecordingSink):
    """Answers each message by what `answer` says about it at that time; None accepts it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.bench = Bench(self)

    async def deliver(self, message: Message, /) -> None:
        self.tried.append(message)
        if error := self.answer(message, self.bench.clock.seconds):
            raise error
        self.delivered.append(message)

    async def bring(self, *numbers: int, accounts: int = 100) -> None:
        for number in numbers:
            assert await self.bench.delivery.deliver(a_step(number, accounts))

    async def idle(self, seconds: float) -> None:
        """The lane has nothing to read for so long, and looks each ten seconds."""
        for _ in range(round(seconds / 10)):
            self.bench.clock.seconds += 10
            await self.bench.delivery.try_again()

    @property
    def numbers(self) -> list[int]:
        return [step.sequence for step in self.steps]

    @property
    def refusals(self) -> list[str]:
        return [why for outcome, why in self.bench.reports if outcome == "refused"]


def a_step(number: int, accounts: int = 100) -> AlertStep:
    return an_alert_step(account_id=f"account-{number % accounts}", sequence=number)


def server_error() -> DeliveryFailed:
    return DeliveryFailed("answered 500", reason="server")


def poison(*numbers: int, down: Callable[[float], bool] = lambda _: False) -> Answer:
    def answer(message: Message, at: float) -> Exception | None:
        is_poison = isinstance(message, AlertStep) and message.sequence in numbers
        return server_error() if is_poison or down(at) else None

    return answer


async def test_a_poison_message_among_good_ones_is_given_up_and_the_others_are_delivered() -> None:
    sink = Answering(poison(2))
    await sink.bring(1, 2)
    assert sink.bench.delivery.is_in_doubt
    assert sink.bench.clock.seconds >= FAILING_SECONDS
    assert len(sink.tried) > FAILURES
    assert sink.refusals == [], "not yet: it may be an outage"
    await sink.bring(3)
    assert sink.bench.delivery.is_in_doubt, "the sink may have gone down right after"
    await sink.bring(4, 5)
    assert sink.numbers == [1, 3, 4, 5]
    assert not sink.bench.delivery.is_in_doubt
    (why,) = sink.refusals
    assert why.endswith("failures, while the sink accepted others: answered 500")
    assert sink.bench.metrics.outcomes["refused"] == 1
    assert sink.bench.metrics.outcomes["delivered"] == 4


async def test_many_poison_messages_in_a_row_are_each_given_up() -> None:
    sink = Answering(poison(2, 3, 4))
    await sink.bring(*range(1, 20))
    assert sink.numbers == [1, *range(5, 20)]
    assert len(sink.refusals) == 3
    assert not sink.bench.delivery.is_in_doubt


@pytest.mark.parametrize("accounts", [100, 7, 1])
@pytest.mark.parametrize("hours", [0.5, 5, 50])
async def test_an_outage_of_hours_delivers_all_once_and_in_order(hours: float, accounts: int) -> None:
    sink = Answering(poison(down=lambda at: at < hours * HOUR))
    await sink.bring(*range(1, 51), accounts=accounts)
    await sink.idle(hours * HOUR + 60)
    assert sorted(sink.numbers) == list(range(1, 51))
    for account in range(accounts):
        of_account = [number for number in sink.numbers if number % accounts == account]
        assert of_account == sorted(of_account)
    assert sink.refusals == []
    assert not sink.bench.delivery.is_in_doubt
    if hours >= 5:
        assert sink.numbers == list(range(1, 51)), "the doubts were full, so the whole lane kept its order"


async def test_full_doubts_are_tried_with_the_pauses_of_other_retries_and_give_nobody_up() -> None:
    sink = Answering(poison(down=lambda at: at < 100 * HOUR))
    await sink.bring(*range(1, DOUBTS_AT_ONCE + 1))
    tried = len(sink.tried)
    began = sink.bench.clock.seconds
    await sink.bring(DOUBTS_AT_ONCE + 1)
    assert sink.bench.clock.seconds - 100 * HOUR < 60.0
    rounds = (100 * HOUR - began) / 60
    assert len(sink.tried) - tried == pytest.approx(rounds * DOUBTS_AT_ONCE, rel=0.05)
    assert sink.numbers == list(range(1, DOUBTS_AT_ONCE + 2))


async def test_one_message_in_an_outage_and_none_after_is_delivered_when_the_sink_is_back() -> None:
    sink = Answering(poison(down=lambda at: at < 5 * HOUR))
    await sink.bring(1)
    assert sink.bench.clock.seconds < HOUR
    await sink.idle(4 * HOUR)
    assert not await sink.bench.delivery.try_again()
    assert any("1 messages wait" in each for each in sink.bench.metrics.waits)
    await sink.idle(HOUR)
    assert sink.numbers == [1]
    assert await sink.bench.delivery.try_again()


@pytest.mark.parametrize("up", [10.0, 60.0, 300.0])
@pytest.mark.parametrize("down", [60.0, 900.0, 4_000.0])
async def test_a_flapping_sink_loses_nothing(up: float, down: float) -> None:
    sink = Answering(poison(down=lambda at: at % (up + down) < down))
    await sink.bring(*range(1, 51), accounts=7)
    await sink.idle(50 * (up + down))
    assert sorted(sink.numbers) == list(range(1, 51))
    for account in range(7):
        of_account = [number for number in sink.numbers if number % 7 == account]
        assert of_account == sorted(of_account)
    assert sink.refusals == []


async def test_a_sink_that_goes_down_while_it_catches_up_keeps_the_rest_in_doubt() -> None:
    is_up, taken = False, 0

    def answer(message: Message, at: float) -> Exception | None:
        nonlocal taken
        if not is_up or taken == 3:
            return server_error()
        taken += 1
        return None

    sink = Answering(answer)
    await sink.bring(*range(1, 9))
    is_up = True
    await sink.idle(600)
    assert sink.numbers == [1, 2, 3]
    assert sink.bench.delivery.is_in_doubt
    taken = 4
    await sink.idle(600)
    assert sink.numbers == list(range(1, 9))
    assert sink.refusals == []


async def test_poison_during_an_outage_is_found_after_it() -> None:
    sink = Answering(poison(3, down=lambda at: at < 10 * HOUR))
    await sink.bring(*range(1, 21))
    assert sink.numbers == [1, 2, *range(4, 21)]
    assert len(sink.refusals) == 1
    assert not sink.bench.delivery.is_in_doubt


async def test_later_messages_of_the_account_wait_behind_a_poison_one_and_are_delivered_after_it() -> None:
    sink = Answering(poison(1))
    await sink.bring(1, 3, 5, accounts=2)
    assert sink.numbers == []
    await sink.bring(2, 4, 6, accounts=2)
    assert sorted(sink.numbers) == [2, 3, 4, 5, 6]
    assert [number for number in sink.numbers if number % 2] == [3, 5]
    assert len(sink.refusals) == 1


async def test_a_stop_in_the_middle_loses_nothing_and_a_restart_reads_it_again() -> None:
    sink = Answering(poison(2, down=lambda at: at < 5 * HOUR))
    await sink.bring(*range(1, 6))
    sink.bench.stop.set()
    assert not await sink.bench.delivery.deliver(a_step(6))
    assert sink.bench.delivery.is_in_doubt, "so no offset is committed"
    assert sink.refusals == []
    sink.bench.stop = asyncio.Event()
    sink.bench.delivery = sink.bench.for_sink(sink, sink.bench.delivered.another())
    await sink.bring(*range(1, 31))
    assert sorted(sink.numbers) == [1, *range(3, 31)]
    assert len(sink.refusals) == 1


async def test_a_stop_ends_a_round_of_second_tries() -> None:
    sink = Answering(poison(down=lambda at: True))
    await sink.bring(1, 2, 3)
    tried = len(sink.tried)

    def stopping(message: Message, at: float) -> Exception | None:
        sink.bench.stop.set()
        return server_error()

    sink.answer = stopping
    await sink.idle(60)
    assert len(sink.tried) == tried + 1


async def test_what_is_forgotten_when_partitions_move_is_not_tried_again() -> None:
    sink = Answering(poison(1))
    await sink.bring(1)
    sink.bench.delivery.forget()
    assert not sink.bench.delivery.is_in_doubt
    tried = len(sink.tried)
    await sink.idle(HOUR)
    assert len(sink.tried) == tried


async def test_ambiguous_answers_are_counted_at_each_attempt() -> None:
    lost = DeliveryFailed("the line was lost", reason="timeout", may_have_arrived=True)
    sink = Answering(lambda message, at: lost if message == a_step(1) else None)
    await sink.bring(1, 2, 3)
    assert sink.bench.metrics.outcomes["ambiguous"] == sink.tried.count(a_step(1))
    assert sink.bench.metrics.outcomes["retried"] == sink.tried.count(a_step(1))
    assert len(sink.refusals) == 1


@pytest.mark.parametrize("reason", ["rate_limited", "store"])
async def test_a_sink_that_asks_for_quiet_and_a_store_that_is_down_put_no_message_in_doubt(reason: str) -> None:
    error = DeliveryFailed("later", reason=reason)  # type: ignore[arg-type]
    sink = Answering(lambda message, at: error if at < 5 * HOUR else None)
    await sink.bring(1, 2, 3)
    assert sink.numbers == [1, 2, 3]
    assert sink.bench.clock.seconds >= 5 * HOUR
    assert not sink.bench.delivery.is_in_doubt


async def test_quick_failures_are_not_enough() -> None:
    sink = Answering(poison(down=lambda at: at < 590))
    await sink.bring(1)
    assert sink.numbers == [1]
    assert not sink.bench.delivery.is_in_doubt


async def test_a_long_wait_with_few_failures_is_not_enough() -> None:
    error = DeliveryFailed("answered 503", 600.0, reason="server")
    sink = Answering(lambda message, at: error if at < 7 * 600 else None)
    await sink.bring(1)
    assert sink.numbers == [1]
    assert sink.tried == [a_step(1)] * FAILURES


async def test_a_message_in_doubt_that_is_refused_then_is_refused() -> None:
    sink = Answering(poison(1))
    await sink.bring(1)
    sink.answer = lambda message, at: DeliveryRefused("answered 400") if message == a_step(1) else None
    await sink.bring(2)
    assert sink.refusals == ["answered 400"]
    assert sink.bench.metrics.outcomes["refused"] == 1
    assert sink.bench.delivery.is_in_doubt, "as after any refusal, until the sink accepts another message"
    await sink.bring(3)
    assert not sink.bench.delivery.is_in_doubt


async def test_a_channel_at_fault_while_some_are_in_doubt_holds_all_and_gives_nobody_up() -> None:
    sink = Answering(poison(down=lambda at: True))
    await sink.bring(1, 2)
    gone_until = sink.bench.clock.seconds + 5 * HOUR
    sink.answer = lambda message, at: ChannelUnavailable("gone") if at < gone_until else None
    await sink.idle(2 * HOUR)
    assert sink.bench.metrics.holds
    await sink.bring(3)
    assert sorted(sink.numbers) == [1, 2, 3]
    assert sink.refusals == []


async def test_a_digest_that_is_poison_is_given_up_when_later_ones_are_accepted() -> None:
    def digest(first: int) -> Gathered:
        gathering = Gathering()
        for number in (first, first + 1):
            gathering.add(a_step(number))
        return gathering.gathered("default/recording", "digest", "")

    bad = digest(1)
    sink = Answering(lambda message, at: server_error() if message.id == bad.id else None)
    for first in (1, 3, 5):
        assert await sink.bench.delivery.deliver(digest(first))
    assert [message.id for message in sink.delivered] == [digest(3).id, digest(5).id]
    assert sink.bench.metrics.outcomes["refused"] == 2
    assert not sink.bench.delivery.is_in_doubt
