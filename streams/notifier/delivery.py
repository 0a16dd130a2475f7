"""Delivers one message to one sink: claim its id, deliver it, mark it as sent; retry until that is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

from alerts.gathered import Gathered
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, PartlyDelivered, Sink
from streams.notifier.delivered_ids import Claim, DeliveredIds, DeliveredIdsUnavailable
from streams.notifier.doubtful_refusals import DoubtfulRefusals

Outcome = Literal[
    "delivered", "duplicate", "stale", "refused", "undecodable", "retried", "held", "before_sink", "partly", "ambiguous"
]

# An attempt ends well before its claim's lease (`delivered_ids.LEASE_MS`), however slowly the sink answers.
ATTEMPT_SECONDS = 30.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
# A channel that a person must fix is tried rarely: nothing is lost meanwhile, and a busy log helps nobody.
FIRST_HOLD_SECONDS = 60.0
LONGEST_HOLD_SECONDS = 3_600.0
# How often to check an id that another notifier has claimed.
HELD_SECONDS = 2.0

logger = logging.getLogger(__name__)


class NotifierMetrics(Protocol):
    """The metrics that the notifier writes. No method blocks or raises."""

    def ready(self) -> None:
        """The notifier has partitions to read."""
        ...

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        """`count` outcomes: of a message ("stale", "undecodable", "before_sink"), of its delivery to one sink
        ("delivered", "duplicate", "refused"), of a failed attempt that will be retried ("retried"), or of one that
        found the channel itself at fault ("held"), or after which the message may have arrived all the same
        ("ambiguous"), or of a delivery that left out some of those it was for ("partly", beside "delivered").
        """
        ...

    def delivery_seconds(self, seconds: float, /) -> None:
        """A sink accepted a message `seconds` after the first attempt, waits included."""
        ...

    def waiting(self, reason: str, /) -> None:
        """A sink or Redis does not accept anything; `reason` tells a person which. `progressed` ends the wait."""
        ...

    def progressed(self) -> None:
        """A message was processed, or there is none."""
        ...

    def held(self, sink: str, since_seconds: float, /) -> None:
        """`sink` has accepted nothing since the Unix time `since_seconds` and needs a person; 0.0 if it works."""
        ...

    def sink_lag(self, sink: str, messages: int, /) -> None:
        """How many messages `sink` has not finished yet."""
        ...

    def lost(self, topic: str, count: int, /) -> None:
        """`count` notifications were deleted before they were delivered."""
        ...

    def notice(self, about: str, words: str, /) -> None:
        """Something that people should know, shown until it is replaced by ""."""
        ...

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        """How many messages are not finished yet, by (topic, partition), for every partition read here."""
        ...


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

    `stop` ends a wait at once, and an attempt after its outcome. `sleep` and `monotonic` are in seconds, `now` is the
    wall clock in seconds; tests pass their own.
    """

    def __init__(
        self,
        sink: Sink,
        delivered: DeliveredIds,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        *,
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
        self._now = now
        self._doubts = DoubtfulRefusals()
        self._holds = 0
        self._held_since = 0.0

    @property
    def is_in_doubt(self) -> bool:
        """A refusal since the last delivery may yet turn out to be the channel's fault: commit no offset."""
        return bool(self._doubts)

    async def deliver(self, message: Message) -> bool:
        """Deliver `message`, retrying for as long as it takes: hours, if the sink is down for hours.

        True if nothing is left to do: delivered, now or before, or refused (see `is_in_doubt`). False if stopped before
        that; nothing is recorded then, and a later call delivers. Idempotent by the message's id.
        """
        began = self._monotonic()
        failures = 0
        while not self._stop.is_set():
            try:
                if await self._round(message, began):
                    return True
                seconds, reason = HELD_SECONDS, "another notifier is delivering it, or crashed while it did"
            except ChannelUnavailable as error:
                seconds, reason = self._hold(message, error), f"{error} (held since {_utc(self._held_since)})"
            except (DeliveryFailed, DeliveredIdsUnavailable) as error:
                failures += 1
                seconds, reason = _retry_seconds(failures, error), str(error)
                self._metrics.notification("retried")
                self._log("not delivered yet (%s); next attempt in %.0f s", message, error, seconds)
            self._metrics.waiting(f"{self._sink.name}: {reason}")
            await self._pause(seconds)
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
                self._count(outcome, began)
            if self._doubts.is_full:
                raise _refuses_everything(self._doubts)
        elif outcome is not None:
            self._count(outcome, began)
        return outcome is not None

    async def _try_doubted_again(self) -> None:
        """Retry all refusals. If the sink accepts one, it works, and the others are refused for good."""
        taken = False
        for doubted in self._doubts.oldest_first():
            outcome = await self._attempt(doubted, is_known=True)
            if outcome == "delivered":
                taken = True
                self._metrics.notification(outcome)
        if taken:
            self._end_hold()

    async def _attempt(self, message: Message, *, is_known: bool = False) -> Outcome | None:
        """One attempt: its outcome, or None if another notifier claims the id. `is_known`: its refusal was logged."""
        delivery_id = self._delivery_id(message)
        match await self._delivered.claim(delivery_id):
            case Claim.SENT:
                return "duplicate"
            case Claim.HELD:
                return None
            case Claim.OURS:
                pass
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._sink.deliver(message)
        except PartlyDelivered as partly:
            self._metrics.notification("partly")
            self._log("delivered in part: %s", message, partly)
        except DeliveryRefused as refusal:
            # Released, not marked as sent: once the sink is fixed, a replay of the topic delivers it.
            await self._release(delivery_id)
            if not is_known:
                self._log("refused: %s", message, refusal)
            return "refused"
        except (ChannelUnavailable, DeliveryFailed) as failure:
            if isinstance(failure, DeliveryFailed) and failure.may_have_arrived:
                self._metrics.notification("ambiguous")
            await self._release(delivery_id)
            raise
        except TimeoutError as error:
            await self._release(delivery_id)
            raise DeliveryFailed(f"no answer in {ATTEMPT_SECONDS:.0f} s") from error
        await self._mark_sent(message)
        return "delivered"

    async def _mark_sent(self, message: Message) -> None:
        """Record the delivery, waiting for Redis if necessary. Gives up only when stopped: the offset then shows it."""
        failures = 0
        while True:
            try:
                await self._delivered.mark_sent(self._delivery_id(message))
            except DeliveredIdsUnavailable as error:
                failures += 1
                self._metrics.waiting(f"{self._sink.name}: {error}")
                self._log("delivered, but that cannot be recorded (%s)", message, error)
                if self._stop.is_set():
                    return
                await self._pause(_retry_seconds(failures, error))
            else:
                return

    async def _release(self, delivery_id: str) -> None:
        try:
            await self._delivered.release(delivery_id)
        except DeliveredIdsUnavailable:
            logger.debug("claim on %s not released; its lease will expire", delivery_id)

    def _hold(self, message: Message, error: ChannelUnavailable) -> float:
        """The channel is at fault: report it, in one log line, and return the seconds until the next attempt."""
        self._holds += 1
        if self._holds == 1:
            self._held_since = self._now()
            self._metrics.held(self._sink.name, self._held_since)
        self._metrics.notification("held")
        seconds = min(FIRST_HOLD_SECONDS * 2.0 ** min(self._holds - 1, 16), LONGEST_HOLD_SECONDS)
        self._log("and all after it are held: %s Next attempt in %.0f s", message, error, seconds)
        return seconds

    def _count(self, outcome: Outcome, began: float) -> None:
        self._metrics.notification(outcome)
        if outcome == "delivered":
            self._metrics.delivery_seconds(self._monotonic() - began)
            self._end_hold()

    def _end_hold(self) -> None:
        """The sink accepted a message: nothing is held or in doubt any more."""
        self._doubts.settle()
        if self._holds:
            logger.warning("%s accepts notifications again, held since %s", self._sink.name, _utc(self._held_since))
            self._holds, self._held_since = 0, 0.0
            self._metrics.held(self._sink.name, 0.0)

    def _delivery_id(self, message: Message) -> str:
        # Per sink: if one of two sinks fails, the other does not deliver again.
        return f"{self._sink.name}:{message.id}"

    def _log(self, text: str, message: Message, *details: object) -> None:
        of = "many accounts" if isinstance(message, Gathered) else f"account {message.account_id!r}"
        logger.warning(f"%s: message %s of %s {text}", self._sink.name, message.id, of, *details)

    async def _pause(self, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stop.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


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


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds))
