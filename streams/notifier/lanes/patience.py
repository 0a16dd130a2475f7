"""Waits that a stop ends: for Redis and Kafka, and until a lane may send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError

from alerts.sinks.port import DeliveryFailed
from streams.notifier.delivered_ids import DeliveredIdsUnavailable
from streams.notifier.notifier_metrics import NotifierMetrics
from streams.notifier.pause import pause

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 60.0

logger = logging.getLogger(__name__)


class Patience:
    """The waits of one lane. `sleep` waits for seconds; tests pass their own."""

    def __init__(
        self,
        lane: str,
        metrics: NotifierMetrics,
        stop: asyncio.Event,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._lane = lane
        self._metrics = metrics
        self._stop = stop
        self._sleep = sleep

    async def until_done(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Do `work`, again for as long as Redis or Kafka does not answer. False if stopped before it was done; it is
        tried once all the same."""
        failures = 0
        while True:
            try:
                await work()
            except (DeliveredIdsUnavailable, DeliveryFailed, KafkaError) as error:
                if isinstance(error, KafkaError) and not error.retriable:
                    raise
                failures += 1
                seconds = min(FIRST_RETRY_SECONDS * 2.0 ** min(failures - 1, 16), LONGEST_RETRY_SECONDS)
                logger.warning("lane %s waits (%s); next attempt in %.0f s", self._lane, error, seconds)
                self._metrics.waiting(f"{self._lane}: {error}")
                if self._stop.is_set():
                    return False
                await self.pause(seconds)
            else:
                return True

    async def pause(self, seconds: float) -> None:
        """Wait for `seconds`, or until stopped."""
        await pause(seconds, self._stop, self._sleep)
