"""Delivers one message to one sink: claim its id, deliver it, mark it as sent; retry until that is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from alerts.delivery_record import GATHERED_AS, DeliveryOutcome
from alerts.gathered import Gathered
from alerts.sinks.port import (
    ChannelUnavailable,
    DeliveryFailed,
    DeliveryRefused,
    FailureReason,
    Message,
    PartlyDelivered,
    Sink,
)
from streams.notifier.channel_hold import ChannelHold
from streams.notifier.delivered_ids import Claim, DeliveredIds, DeliveredIdsUnavailable
from streams.notifier.doubtful_refusals import DoubtfulRefusals
from streams.notifier.mark import Mark
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.notifier.pause import pause

# An attempt ends well before its claim's lease (`delivered_ids.LEASE_MS`), however slowly the sink answers.
ATTEMPT_SECONDS = 30.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
# How often to check an id that another notifier has claimed.
HELD_SECONDS = 2.0

Report = Callable[[Message, DeliveryOutcome, str, str], None]
"""(message, outcome, what made it wait, why it was refused or who was left out): what became of a message. The last
report counts."""

logger = logging.getLogger(__name__)


class Delivery:
    """Delivers messages to one sink: each id once, as far as the sink allows, and loses none.

    A claim is held only during an attempt, never during a wait. If another notifier takes over the partition meanwhile,
    it may deliver, and our next claim finds the id sent. While Redis is down nothing is delivered, because it might be
    delivered twice.

    If the channel itself is at fault, everything waits: the message is retried after a minute, then after twice as
    long each time, up to an hour. A sink that refuses ten different messages in a row is treated the same way,
    even if it blames each message.

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
        self._delivered = delivered
        self._metrics = metrics
        self._stop = stop
        self._sleep = sleep
        self._monotonic = monotonic
        self._lane = lane
        self._report = report
        self._free_seconds = free_seconds
        self._doubts = DoubtfulRefusals()
        self._hold = ChannelHold(sink.name, metrics, now)
        self._waited = ""
        """What made the message of now wait."""

    @property
    def is_in_doubt(self) -> bool:
        """A refusal since the last delivery may yet turn out to be the channel's fault: commit no offset."""
        return bool(self._doubts)

    async def deliver(self, message: Message, held_by: str = "") -> bool:
        """Deliver `message`, retrying for as long as it takes: hours, if the sink is down for hours.

        True if nothing is left to do: delivered, now or before, or refused (see `is_in_doubt`). False if stopped before
        that; nothing is recorded then, and a later call delivers. Idempotent by the message's id. `held_by` says what
        made it wait until now.
        """
        began, failures, self._waited = self._monotonic(), 0, held_by
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
                seconds = self._hold.again()
                reason = f"{error} (held since {self._hold.since})"
                self._metrics.failed(self._sink.name, error.reason)
                self._log("and all after it are held: %s Next attempt in %.0f s", message, error, seconds)
            except (DeliveryFailed, DeliveredIdsUnavailable) as error:
                failures += 1
                seconds, reason = _retry_seconds(failures, error), str(error)
                self._metrics.notification("retried")
                self._metrics.failed(self._sink.name, _reason(error))
                self._log("not delivered yet (%s); next attempt in %.0f s", message, error, seconds)
            self._waited = held_by or "sink"
            self._metrics.waiting(f"{self._sink.name}: {reason}")
            await pause(seconds, self._stop, self._sleep)
        return False

    async def _round(self, message: Message, began: float) -> bool:
        """Retry doubtful refusals if there are many, then try `message`. False if another notifier claims it."""
        if self._doubts.is_full:
            was_doubted = message in self._doubts
            await self._try_doubted_again()
            if self._doubts:
                raise _refuses_everything(self._doubts)
            if was_doubted:
                return True
        outcome = await self._attempt(message)
        if outcome == "refused":
            if self._doubts.add(message):
                self._metrics.failed(self._sink.name, "refused")
                self._count(message, outcome, began)
            if self._doubts.is_full:
                raise _refuses_everything(self._doubts)
        elif outcome is not None:
            self._count(message, outcome, began)
        return outcome is not None

    async def _try_doubted_again(self) -> None:
        """Retry all refusals. If the sink accepts one, it works, and the others are refused for good."""
        taken = False
        for doubted in self._doubts.oldest_first():
            outcome = await self._attempt(doubted, is_known=True)
            if outcome == "delivered":
                taken = True
                self._metrics.notification(*_counted(doubted, outcome))
        if taken:
            self._end_hold()

    async def _attempt(self, message: Message, *, is_known: bool = False) -> DeliveryOutcome | None:
        """One attempt: its outcome, or None if another notifier claims the id. `is_known`: its refusal was logged."""
        delivery_id = self._delivery_id(message)
        match await self._delivered.claim(delivery_id):
            case Claim.SENT:
                self._report(message, "duplicate", self._waited, "")
                return "duplicate"
            case Claim.HELD:
                return None
            case Claim.OURS:
                pass
        left_out = ""
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._sink.deliver(message)
        except PartlyDelivered as partly:
            left_out = str(partly)
            self._metrics.notification("partly")
            self._log("delivered in part: %s", message, partly)
        except DeliveryRefused as refusal:
            # Released, not marked as sent: once the sink is fixed, a replay of the topic delivers it.
            await self._release(delivery_id)
            if not is_known:
                self._log("refused: %s", message, refusal)
                self._report(message, "refused", self._waited, str(refusal))
            return "refused"
        except (ChannelUnavailable, DeliveryFailed) as failure:
            if isinstance(failure, DeliveryFailed) and failure.may_have_arrived:
                self._metrics.notification("ambiguous")
            await self._release(delivery_id)
            raise
        except TimeoutError as error:
            await self._release(delivery_id)
            raise DeliveryFailed(f"no answer in {ATTEMPT_SECONDS:.0f} s", reason="timeout") from error
        outcome = _counted(message, "delivered")[0]
        await self._mark_sent(message, outcome)
        self._report(message, outcome, self._waited, left_out)
        return "delivered"

    async def _mark_sent(self, message: Message, outcome: DeliveryOutcome) -> None:
        """Record the delivery, waiting for Redis if necessary. Gives up only when stopped: the offset then shows it."""
        mark, failures = Mark(self._lane, message.id, outcome, self._waited), 0
        while True:
            try:
                await self._delivered.mark_sent(self._delivery_id(message), mark.text())
            except DeliveredIdsUnavailable as error:
                failures += 1
                self._metrics.waiting(f"{self._sink.name}: {error}")
                self._log("delivered, but that cannot be recorded (%s)", message, error)
                if self._stop.is_set():
                    return
                await pause(_retry_seconds(failures, error), self._stop, self._sleep)
            else:
                return

    async def _release(self, delivery_id: str) -> None:
        try:
            await self._delivered.release(delivery_id)
        except DeliveredIdsUnavailable:
            logger.debug("claim on %s not released; its lease will expire", delivery_id)

    def _count(self, message: Message, outcome: DeliveryOutcome, began: float) -> None:
        self._metrics.notification(*_counted(message, outcome))
        if outcome == "delivered":
            self._metrics.delivery_seconds(self._monotonic() - began)
            if isinstance(message, Gathered):
                self._metrics.gathered(message.why)
            self._end_hold()

    def _end_hold(self) -> None:
        """The sink accepted a message: nothing is held or in doubt any more."""
        self._doubts.settle()
        self._hold.end()

    def _delivery_id(self, message: Message) -> str:
        # Per sink: if one of two sinks fails, the other does not deliver again.
        return f"{self._sink.name}:{message.id}"

    def _log(self, text: str, message: Message, *details: object) -> None:
        of = "many accounts" if isinstance(message, Gathered) else f"account {message.account_id!r}"
        logger.warning(f"%s: message %s of %s {text}", self._sink.name, message.id, of, *details)


def _refuses_everything(doubts: DoubtfulRefusals) -> ChannelUnavailable:
    count = len(doubts.oldest_first())
    return ChannelUnavailable(
        f"refused {count} messages in a row, so the sink itself is probably at fault: check its log."
    )


def _retry_seconds(failures: int, error: DeliveryFailed | DeliveredIdsUnavailable) -> float:
    """How long to wait after `failures` failures in a row: what the sink asks for, else twice as long each time."""
    if isinstance(error, DeliveryFailed) and error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, FIRST_RETRY_SECONDS)
    # The exponent is limited too: an outage of a week must not compute 2 to the power of ten thousand.
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)


def _reason(error: DeliveryFailed | DeliveredIdsUnavailable) -> FailureReason:
    return error.reason if isinstance(error, DeliveryFailed) else "store"


def _counted(message: Message, outcome: DeliveryOutcome) -> tuple[DeliveryOutcome, int]:
    """(outcome, number of steps) of a message that was delivered, refused or a duplicate."""
    if not isinstance(message, Gathered):
        return outcome, 1
    return GATHERED_AS[message.why] if outcome == "delivered" else outcome, message.count
