"""Bringing one notification to one sink: claim its id, hand it over, mark it sent; and try again until that is done."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, Protocol

from alerts.notification import Notification
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Sink
from streams.notifier.delivered_ids import Claim, DeliveredIds, DeliveredIdsUnavailable
from streams.notifier.doubtful_refusals import Doubts

Outcome = Literal["delivered", "duplicate", "stale", "refused", "undecodable", "retried", "held", "before_sink"]

# An attempt ends well before its claim's lease does (`delivered.LEASE_MS`), however slowly a sink trickles.
ATTEMPT_SECONDS = 30.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0
# A channel that a person must mend is asked seldom: nothing is lost meanwhile, and nobody is helped by a busy log.
FIRST_HOLD_SECONDS = 60.0
LONGEST_HOLD_SECONDS = 3_600.0
# How often to look again at an id that another notifier holds.
HELD_SECONDS = 2.0

logger = logging.getLogger(__name__)


class NotifierMetrics(Protocol):
    """What the notifier says about itself. None of these blocks or raises."""

    def ready(self) -> None:
        """It has partitions to read."""
        ...

    def notification(self, outcome: Outcome, count: int = 1, /) -> None:
        """So many outcomes: of a message ("stale", "undecodable", "before_sink"), of its delivery to one sink
        ("delivered", "duplicate", "refused"), of an attempt that failed and will be made again ("retried"), or of one
        that found the channel itself at fault ("held").
        """
        ...

    def delivery_seconds(self, seconds: float, /) -> None:
        """A sink accepted a notification `seconds` after it was first tried there, waits included."""
        ...

    def waiting(self, reason: str, /) -> None:
        """A sink or Redis does not take what we have; `reason` says which, to a person. `progressed` ends it."""
        ...

    def progressed(self) -> None:
        """A message is done with, or none is there."""
        ...

    def held(self, sink: str, since_seconds: float, /) -> None:
        """`sink` takes nothing since the Unix time `since_seconds`, until a person mends it; 0.0 when it does."""
        ...

    def sink_lag(self, sink: str, messages: int, /) -> None:
        """How many messages `sink` is not done with yet."""
        ...

    def lost(self, topic: str, count: int, /) -> None:
        """So many notifications were deleted before they were delivered."""
        ...

    def notice(self, about: str, words: str, /) -> None:
        """Something that people should know, until words of "" take it back."""
        ...

    def lag(self, messages: Mapping[tuple[str, int], int], /) -> None:
        """How many messages are not done with yet, by (topic, partition), for every partition read here."""
        ...


class Delivery:
    """Brings notifications to one sink: each id once, as far as the sink allows, and none is lost.

    A claim is held only for the attempt itself, never through a wait: whoever takes over the partition meanwhile
    may deliver, and the next claim here then finds the id sent. Redis down: nothing is delivered until it answers,
    rather than perhaps twice.

    A channel that is at fault itself holds everything: the notification is tried again after a minute, then after
    twice as long each time, up to an hour. So does a sink that refuses ten different notifications in a row, however
    much it blames each.

    What is left to chance: a notification is delivered a second time when the sink took it but that could not be
    recorded, because its answer was lost, or this process was killed, or halted for longer than the lease, between
    the two. Twice, in such a case, rather than never.

    `stop` ends waits at once and an attempt after its outcome. `sleep` and `monotonic` count seconds, `now` is the
    wall clock in seconds; tests give their own.
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
        self._doubts = Doubts()
        self._holds = 0
        self._held_since = 0.0

    @property
    def is_in_doubt(self) -> bool:
        """A refusal since the last delivery may yet prove to be the channel's fault: commit no offset."""
        return bool(self._doubts)

    async def bring(self, notification: Notification) -> bool:
        """Deliver `notification`, trying for as long as that takes: hours, when the sink is down for hours.

        True when nothing is left to do: delivered, now or before, or refused (see `is_in_doubt`). False when stopped
        before that; nothing is then recorded, and a later call delivers. Idempotent by the notification's id.
        """
        began = self._monotonic()
        failures = 0
        while not self._stop.is_set():
            try:
                if await self._round(notification, began):
                    return True
                seconds, reason = HELD_SECONDS, "another notifier is delivering, or died doing so"
            except ChannelUnavailable as error:
                seconds, reason = self._hold(notification, error), f"{error} (held since {_utc(self._held_since)})"
            except (DeliveryFailed, DeliveredIdsUnavailable) as error:
                failures += 1
                seconds, reason = _retry_seconds(failures, error), str(error)
                self._metrics.notification("retried")
                self._log("not delivered yet (%s); next try in %.0f s", notification, error, seconds)
            self._metrics.waiting(f"{self._sink.name}: {reason}")
            await self._pause(seconds)
        return False

    async def _round(self, notification: Notification, began: float) -> bool:
        """Try what is in doubt, if that is too much, then `notification`; False when another notifier is at it."""
        if self._doubts.are_many:
            was_doubted = notification in self._doubts
            await self._try_doubted_again()
            if self._doubts:
                raise self._refuses_everything()
            if was_doubted:
                return True
        outcome = await self._attempt(notification)
        if outcome == "refused":
            if self._doubts.add(notification):
                self._count(outcome, began)
            if self._doubts.are_many:
                raise self._refuses_everything()
        elif outcome is not None:
            self._count(outcome, began)
        return outcome is not None

    async def _try_doubted_again(self) -> None:
        """One that is taken now proves the sink: those that it still refuses are then refused for good."""
        taken = False
        for doubted in self._doubts.oldest_first():
            outcome = await self._attempt(doubted, is_known=True)
            if outcome == "delivered":
                taken = True
                self._metrics.notification(outcome)
        if taken:
            self._end_hold()

    def _refuses_everything(self) -> ChannelUnavailable:
        count = len(self._doubts.oldest_first())
        return ChannelUnavailable(f"refused {count} notifications in a row, so the fault is not theirs: see its log.")

    async def _attempt(self, notification: Notification, *, is_known: bool = False) -> Outcome | None:
        """One attempt: its outcome, or None when another notifier is at it. `is_known`: its refusal was logged."""
        delivery_id = self._delivery_id(notification)
        match await self._delivered.claim(delivery_id):
            case Claim.SENT:
                return "duplicate"
            case Claim.HELD:
                return None
            case Claim.OURS:
                pass
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._sink.deliver(notification)
        except DeliveryRefused as refusal:
            # Released, not marked: once the sink is mended, a replay of the topic delivers it.
            await self._release(delivery_id)
            if not is_known:
                self._log("refused: %s", notification, refusal)
            return "refused"
        except (ChannelUnavailable, DeliveryFailed):
            await self._release(delivery_id)
            raise
        except TimeoutError as error:
            await self._release(delivery_id)
            raise DeliveryFailed(f"no answer in {ATTEMPT_SECONDS:.0f} s") from error
        await self._mark_sent(notification)
        return "delivered"

    async def _mark_sent(self, notification: Notification) -> None:
        """Record the delivery, waiting for Redis if need be; given up only when stopped, for the offset to tell."""
        failures = 0
        while True:
            try:
                await self._delivered.mark_sent(self._delivery_id(notification))
            except DeliveredIdsUnavailable as error:
                failures += 1
                self._metrics.waiting(f"{self._sink.name}: {error}")
                self._log("delivered, but that cannot be recorded (%s)", notification, error)
                if self._stop.is_set():
                    return
                await self._pause(_retry_seconds(failures, error))
            else:
                return

    async def _release(self, delivery_id: str) -> None:
        try:
            await self._delivered.release(delivery_id)
        except DeliveredIdsUnavailable:
            logger.debug("claim on %s not released; its lease will run out", delivery_id)

    def _hold(self, notification: Notification, error: ChannelUnavailable) -> float:
        """The channel is at fault: tell it, and say how long to leave it alone. One line a try is rare enough."""
        self._holds += 1
        if self._holds == 1:
            self._held_since = self._now()
            self._metrics.held(self._sink.name, self._held_since)
        self._metrics.notification("held")
        seconds = min(FIRST_HOLD_SECONDS * 2.0 ** min(self._holds - 1, 16), LONGEST_HOLD_SECONDS)
        self._log("and all after it are held: %s Next try in %.0f s", notification, error, seconds)
        return seconds

    def _count(self, outcome: Outcome, began: float) -> None:
        self._metrics.notification(outcome)
        if outcome == "delivered":
            self._metrics.delivery_seconds(self._monotonic() - began)
            self._end_hold()

    def _end_hold(self) -> None:
        """The sink took one: nothing is held, and nothing in doubt."""
        self._doubts.settle()
        if self._holds:
            logger.warning("%s takes notifications again, held since %s", self._sink.name, _utc(self._held_since))
            self._holds, self._held_since = 0, 0.0
            self._metrics.held(self._sink.name, 0.0)

    def _delivery_id(self, notification: Notification) -> str:
        # By sink: where there are two, one that fails does not make the other repeat itself.
        return f"{self._sink.name}:{notification.id}"

    def _log(self, text: str, notification: Notification, *details: object) -> None:
        about = (self._sink.name, notification.id, notification.account_id)
        logger.warning(f"%s: notification %s of account %r {text}", *about, *details)

    async def _pause(self, seconds: float) -> None:
        waits = {asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._stop.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()


def _retry_seconds(failures: int, error: DeliveryFailed | DeliveredIdsUnavailable) -> float:
    """How long to wait after so many failures in a row: what the sink asks for, else twice as long each time."""
    if isinstance(error, DeliveryFailed) and error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, FIRST_RETRY_SECONDS)
    # The exponent is bounded as well: an outage of a week must not compute 2 to the ten thousandth.
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds))
