"""Delivers one message to one sink: claim its id, deliver it, mark it as sent; retry until that is done."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from alerts.delivery_record import DeliveryOutcome
from alerts.gathered import Gathered
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, Message, Sink
from streams.notifier.attempts import LONGEST_RETRY_SECONDS, Attempts, Report, counted, retry_seconds
from streams.notifier.delivered_ids import DeliveredIds, DeliveredIdsUnavailable
from streams.notifier.doubts import Doubt, Doubts, StillInDoubt
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.notifier.pause import pause
from streams.notifier.second_tries import SecondTries

# How often to check an id that another notifier has claimed.
HELD_SECONDS = 2.0


class Delivery:
    """Delivers messages to one sink: each id once, as far as the sink allows, and loses none.

    A claim is held only during an attempt, never during a wait. If another notifier takes over the partition meanwhile,
    it may deliver, and our next claim finds the id sent. While Redis is down nothing is delivered, because it might be
    delivered twice.

    If the channel itself is at fault, everything waits: the message is retried after a minute, then after twice as
    long each time, up to an hour. A sink that refuses ten different messages in a row is treated the same way,
    even if it blames each message.

    A message that fails for ten minutes, at least eight times, is put in doubt: the next ones are sent, but later ones
    of its account wait behind it. When the sink accepts one, those in doubt are tried again, oldest first. One that
    fails although the sink works is given up; in an outage none is.

    One case of a double delivery remains: the sink accepted the message, but that could not be recorded, because
    its answer was lost, or because this process was killed, or halted for longer than the lease, between the two.
    The message is then delivered twice rather than never.

    `stop` ends a wait at once, and an attempt after its outcome. `free_seconds` is the time until the lane may send:
    more than 0 in quiet hours. `report` learns what became of each message. `sleep` and `monotonic` are in seconds,
    `now` is the wall clock in seconds; tests pass their own.
    """

    def __init__(
        self,
        sink: Sink,
        delivered: DeliveredIds,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        *,
        lane: str = "",
        report: Report = lambda *_: None,
        free_seconds: Callable[[], float] = lambda: 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sink = sink
        self._metrics = metrics
        self._stop = stop
        self._sleep = sleep
        self._monotonic = monotonic
        self._attempts = Attempts(sink, delivered, metrics, stop, lane, report, sleep)
        self._free_seconds = free_seconds
        self._doubts = Doubts()
        self._second = SecondTries(sink.name, self._doubts, self._attempts, metrics, stop, report, now)
        self._waited = ""
        """What made the message of now wait."""

    @property
    def is_in_doubt(self) -> bool:
        """A message since the last delivery may yet be delivered: commit no offset."""
        return bool(self._doubts)

    @property
    def failed(self) -> list[Message]:
        """The messages in doubt that failed, or wait behind one that did."""
        return [doubt.message for doubt in self._doubts.failed]

    def forget(self) -> None:
        """Forget what is in doubt: the lane begins again at its committed offsets."""
        self._doubts.clear()

    async def deliver(self, message: Message, held_by: str = "") -> bool:
        """Deliver `message`, retrying for as long as it takes: hours, if the sink is down for hours.

        True if the next one may follow: it was delivered, now or before, or refused, or is in doubt (`is_in_doubt`).
        False if stopped before that; nothing is recorded then, and a later call delivers. Idempotent by the message's
        id. `held_by` says what made it wait until now.
        """
        began, failures, self._waited = self._monotonic(), 0, held_by
        tries = Doubt(message)
        while not self._stop.is_set():
            if (quiet := self._free_seconds()) > 0:
                # No news of a wait: it is as the rules say.
                await pause(min(quiet, LONGEST_RETRY_SECONDS), self._stop, self._sleep)
                self._metrics.progressed()
                continue
            try:
                if await self._round(message, began):
                    return True
                seconds, reason = HELD_SECONDS, "another notifier is delivering it, or crashed while it did"
            except ChannelUnavailable as error:
                seconds = self._second.is_at_fault(error)
                reason = f"{error} (held since {self._second.hold.since})"
                self._attempts.log("and all after it are held: %s Next attempt in %.0f s", message, error, seconds)
            except (DeliveryFailed, DeliveredIdsUnavailable) as error:
                failures += 1
                seconds, reason = retry_seconds(failures, error), str(error)
                if not isinstance(error, StillInDoubt) and self._second.failed(tries, error):
                    self._second.add(tries)
                    return True
                self._attempts.log("not delivered yet (%s); next attempt in %.0f s", message, error, seconds)
            self._waited = held_by or "sink"
            self._metrics.waiting(f"{self._sink.name}: {reason}")
            await pause(seconds, self._stop, self._sleep)
        return False

    async def try_again(self) -> bool:
        """Try those in doubt again if it is time; for a lane that has nothing else to do. True if none has failed."""
        return self._free_seconds() > 0 or await self._second.when_idle()

    async def _round(self, message: Message, began: float) -> bool:
        """Retry those in doubt if there are many, then try `message`. False if another notifier claims it."""
        if self._doubts.is_full:
            was_doubted = message in self._doubts
            if (error := await self._second.now()) is not None:
                raise error
            if self._doubts.is_full:
                raise self._doubts.fault()
            if was_doubted:
                return True
        if self._doubts.holds_back(message):
            self._doubts.add(Doubt(message))
            return True
        outcome = await self._attempts.make(message, self._waited)
        if outcome == "refused":
            if self._doubts.refused(message):
                self._metrics.failed(self._sink.name, "refused")
                self._count(message, outcome, began)
            if self._doubts.is_full:
                raise self._doubts.fault()
        elif outcome is not None:
            self._count(message, outcome, began)
            if outcome == "delivered" and self._doubts:
                # Whatever happens to them, `message` is done.
                await self._second.now()
        return outcome is not None

    def _count(self, message: Message, outcome: DeliveryOutcome, began: float) -> None:
        self._metrics.notification(*counted(message, outcome))
        if outcome == "delivered":
            self._metrics.delivery_seconds(self._monotonic() - began)
            if isinstance(message, Gathered):
                self._metrics.gathered(message.why)
            self._second.accepted()
