"""One attempt to deliver a message to a sink: claim its id, deliver it, mark it as sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from alerts.delivery_record import GATHERED_AS, DeliveryOutcome
from alerts.gathered import Gathered
from alerts.sinks.port import ChannelUnavailable, DeliveryFailed, DeliveryRefused, Message, PartlyDelivered, Sink
from streams.notifier.delivered_ids import Claim, DeliveredIds, DeliveredIdsUnavailable
from streams.notifier.mark import Mark
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.notifier.pause import pause

# An attempt ends well before its claim's lease (`delivered_ids.LEASE_MS`), however slowly the sink answers.
ATTEMPT_SECONDS = 30.0
FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0

Report = Callable[[Message, DeliveryOutcome, str, str], None]
"""(message, outcome, what made it wait, why it was refused or who was left out): what became of a message. The last
report counts."""

logger = logging.getLogger(__name__)


class Attempts:
    """Attempts of one lane on one sink. See `delivery.Delivery`, also for the arguments."""

    def __init__(
        self,
        sink: Sink,
        delivered: DeliveredIds,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        lane: str,
        report: Report,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._sink = sink
        self._delivered = delivered
        self._metrics = metrics
        self._stop = stop
        self._lane = lane
        self._report = report
        self._sleep = sleep

    async def make(self, message: Message, held_by: str, *, is_known: bool = False) -> DeliveryOutcome | None:
        """One attempt: its outcome, or None if another notifier claims the id. `is_known`: its refusal was logged.
        `held_by` is what made it wait.

        Raises:
            ChannelUnavailable, DeliveryFailed, DeliveredIdsUnavailable: it was not delivered; the id is free again.
        """
        delivery_id = self._delivery_id(message)
        match await self._delivered.claim(delivery_id):
            case Claim.SENT:
                self._report(message, "duplicate", held_by, "")
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
            self.log("delivered in part: %s", message, partly)
        except DeliveryRefused as refusal:
            # Released, not marked as sent: once the sink is fixed, a replay of the topic delivers it.
            await self._release(delivery_id)
            if not is_known:
                self.log("refused: %s", message, refusal)
                self._report(message, "refused", held_by, str(refusal))
            return "refused"
        except (ChannelUnavailable, DeliveryFailed) as failure:
            if isinstance(failure, DeliveryFailed) and failure.may_have_arrived:
                self._metrics.notification("ambiguous")
            await self._release(delivery_id)
            raise
        except TimeoutError as error:
            await self._release(delivery_id)
            raise DeliveryFailed(f"no answer in {ATTEMPT_SECONDS:.0f} s", reason="timeout") from error
        outcome = counted(message, "delivered")[0]
        await self._mark_sent(message, outcome, held_by)
        self._report(message, outcome, held_by, left_out)
        return "delivered"

    async def _mark_sent(self, message: Message, outcome: DeliveryOutcome, held_by: str) -> None:
        """Record the delivery, waiting for Redis if necessary. Gives up only when stopped: the offset then shows it."""
        mark, failures = Mark(self._lane, message.id, outcome, held_by), 0
        while True:
            try:
                await self._delivered.mark_sent(self._delivery_id(message), mark.text())
            except DeliveredIdsUnavailable as error:
                failures += 1
                self._metrics.waiting(f"{self._sink.name}: {error}")
                self.log("delivered, but that cannot be recorded (%s)", message, error)
                if self._stop.is_set():
                    return
                await pause(retry_seconds(failures, error), self._stop, self._sleep)
            else:
                return

    async def _release(self, delivery_id: str) -> None:
        try:
            await self._delivered.release(delivery_id)
        except DeliveredIdsUnavailable:
            logger.debug("claim on %s not released; its lease will expire", delivery_id)

    def _delivery_id(self, message: Message) -> str:
        # Per sink: if one of two sinks fails, the other does not deliver again.
        return f"{self._sink.name}:{message.id}"

    def log(self, text: str, message: Message, *details: object) -> None:
        """Tell people about `message`: what `text` says, with `details`."""
        of = "many accounts" if isinstance(message, Gathered) else f"account {message.account_id!r}"
        logger.warning(f"%s: message %s of %s {text}", self._sink.name, message.id, of, *details)


def retry_seconds(failures: int, error: DeliveryFailed | DeliveredIdsUnavailable) -> float:
    """How long to wait after `failures` failures in a row: what the sink asks for, else twice as long each time."""
    if isinstance(error, DeliveryFailed) and error.retry_after_seconds is not None:
        return max(error.retry_after_seconds, FIRST_RETRY_SECONDS)
    # The exponent is limited too: an outage of a week must not compute 2 to the power of ten thousand.
    return min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)


def counted(message: Message, outcome: DeliveryOutcome) -> tuple[DeliveryOutcome, int]:
    """(outcome, number of steps) of a message that was delivered, refused or a duplicate."""
    if not isinstance(message, Gathered):
        return outcome, 1
    return GATHERED_AS[message.why] if outcome == "delivered" else outcome, message.count
