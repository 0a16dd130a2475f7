"""Second tries of the messages in doubt of a lane, and whether its sink works."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from alerts.gathered import Gathered
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed
from streams.notifier.attempts import LONGEST_RETRY_SECONDS, Attempts, Report, counted
from streams.notifier.channel_hold import ChannelHold
from streams.notifier.delivered_ids import DeliveredIdsUnavailable
from streams.notifier.doubts import Doubt, Doubts, may_be_the_message, order_key
from streams.notifier.notifier_metrics import NotifierMetrics

SinkError = ChannelUnavailable | DeliveryFailed | DeliveredIdsUnavailable


class SecondTries:
    """Tries messages in doubt again. See `delivery.Delivery`, also for the arguments; `sink` is the sink's name."""

    def __init__(
        self,
        sink: str,
        doubts: Doubts,
        attempts: Attempts,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        report: Report,
        now: Callable[[], float],
    ) -> None:
        self._sink = sink
        self._doubts = doubts
        self._attempts = attempts
        self._metrics = metrics
        self._stop = stop
        self._report = report
        self._now = now
        self.hold = ChannelHold(sink, metrics, now)
        self._works = False
        """Whether the last attempt of any message was accepted."""
        self._next_at = 0.0
        """When to try again while there is nothing else to do."""

    def accepted(self) -> None:
        """The sink accepted a message: nothing is held, and refusals are final."""
        self._works = True
        self._doubts.settle()
        self.hold.end()

    def is_at_fault(self, error: ChannelUnavailable) -> float:
        """The channel is at fault. Returns the seconds until the next attempt."""
        self._works = False
        self._metrics.failed(self._sink, error.reason)
        return self.hold.again()

    def failed(self, tries: Doubt, error: DeliveryFailed | DeliveredIdsUnavailable) -> bool:
        """Count a failure. True if the message may be at fault, and has failed often and long enough."""
        self._metrics.notification("retried")
        self._metrics.failed(self._sink, error.reason if isinstance(error, DeliveryFailed) else "store")
        after_accepted, self._works = self._works, False
        if not may_be_the_message(error):
            return False
        tries.failed(error, self._now(), after_accepted=after_accepted)
        return tries.is_due

    def add(self, tries: Doubt) -> None:
        """Put a message that failed in doubt."""
        self._attempts.log("failed %d times (%s): in doubt", tries.message, tries.failures, tries.why)
        self._doubts.add(tries)
        self._next_at = self._now() + LONGEST_RETRY_SECONDS

    async def when_idle(self) -> bool:
        """Try again if it is time. True if none is in doubt that failed."""
        if self._doubts.failed and self._now() >= self._next_at:
            error, seconds = await self.now(), LONGEST_RETRY_SECONDS
            found = error or self._doubts.fault()
            if isinstance(error, ChannelUnavailable):
                seconds = self.is_at_fault(error)
            elif isinstance(found, DeliveryFailed):
                seconds = max(seconds, found.retry_after_seconds or 0.0)
            self._next_at = self._now() + seconds
            if self._doubts.failed:
                self._metrics.waiting(f"{self._sink}: {found}")
        return not self._doubts.failed

    async def now(self) -> SinkError | None:
        """Try all in doubt again, oldest first; those that failed once more after each round in which the sink accepted
        one. Refusals are final then. Returns an error that has nothing to do with the messages, and ended it."""
        taken, todo = False, self._doubts.oldest_first()
        while todo:
            try:
                is_taken = await self._try_all(todo)
            except (ChannelUnavailable, DeliveryFailed, DeliveredIdsUnavailable) as error:
                self._works = False
                return error
            taken = taken or is_taken
            todo = self._doubts.failed if is_taken and not self._stop.is_set() else []
        if taken:
            self._doubts.settle()
            self.hold.end()
        return None

    async def _try_all(self, doubts: list[Doubt]) -> bool:
        """Retry each, but none behind one of its account. True if the sink accepted one."""
        taken, blocked = False, set[tuple[str, str]]()
        for doubt in doubts:
            if self._stop.is_set():
                break
            key = order_key(doubt.message)
            if key in blocked:
                continue
            taken = await self._try_one(doubt) or taken
            if doubt.message in self._doubts and not doubt.is_refused:
                blocked.add(key)
        return taken

    async def _try_one(self, doubt: Doubt) -> bool:
        """Retry one. True if the sink accepted it."""
        message = doubt.message
        try:
            outcome = await self._attempts.make(message, "sink", is_known=doubt.is_refused)
        except DeliveryFailed as error:
            if not may_be_the_message(error):
                raise
            self.failed(doubt, error)
            if doubt.is_hopeless:
                self._give_up(doubt)
            return False
        if outcome in ("delivered", "duplicate"):
            self._doubts.remove(doubt)
            self._metrics.notification(*counted(message, outcome))
            if outcome == "delivered":
                self._works = True
                if isinstance(message, Gathered):
                    self._metrics.gathered(message.why)
        elif outcome == "refused" and not doubt.is_refused:
            doubt.is_refused = True
            self._metrics.failed(self._sink, "refused")
            self._metrics.notification(*counted(message, outcome))
        return outcome == "delivered"

    def _give_up(self, doubt: Doubt) -> None:
        why = f"given up after {doubt.failures} failures, while the sink accepted others: {doubt.why}"
        self._doubts.remove(doubt)
        self._attempts.log("refused: %s", doubt.message, why)
        self._metrics.notification(*counted(doubt.message, "refused"))
        self._report(doubt.message, "refused", "sink", why)
