"""A channel that accepts nothing until a person fixes it: since when, and how rarely it is tried."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from streams.notifier.notifier_metrics import NotifierMetrics

# A channel that a person must fix is tried rarely: nothing is lost meanwhile, and a busy log helps nobody.
FIRST_HOLD_SECONDS = 60.0
LONGEST_HOLD_SECONDS = 3_600.0

logger = logging.getLogger(__name__)


class ChannelHold:
    """Whether the channel of one sink is held. `now` is the wall clock in seconds."""

    def __init__(self, sink: str, metrics: NotifierMetrics, now: Callable[[], float] = time.time) -> None:
        self._sink = sink
        self._metrics = metrics
        self._now = now
        self._holds = 0
        self._since = 0.0

    def again(self) -> float:
        """The channel was found at fault. Reports it, and returns the seconds until the next attempt: a minute, then
        twice as long each time, up to an hour."""
        self._holds += 1
        if self._holds == 1:
            self._since = self._now()
            self._metrics.held(self._sink, self._since)
        self._metrics.notification("held")
        return min(FIRST_HOLD_SECONDS * 2.0 ** min(self._holds - 1, 16), LONGEST_HOLD_SECONDS)

    def end(self) -> None:
        """The channel accepted a message."""
        if self._holds:
            logger.warning("%s accepts messages again, held since %s", self._sink, self.since)
            self._holds, self._since = 0, 0.0
            self._metrics.held(self._sink, 0.0)

    @property
    def since(self) -> str:
        """Since when, in UTC, for people."""
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(self._since))
