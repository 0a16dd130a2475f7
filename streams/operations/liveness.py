"""Decides whether a process is alive and makes progress. `streams.operations.health_server` serves it as `/healthz`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import msgspec

TICK_LIMIT_SECONDS = 30.0
STALL_LIMIT_SECONDS = 300.0


class LivenessReport(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `/healthz`. `is_alive` False asks for a restart; `reason` says why in plain words.

    `state` is "starting" until the process has its partitions and its state, then "ready"; "waiting" while something
    outside does not answer, which a restart would not fix. `reason` also holds notices that need no restart: lost
    messages, topics with wrong settings.
    """

    is_alive: bool
    state: str
    reason: str
    seconds_since_tick: float
    seconds_since_progress: float
    lag_messages: int


class Liveness:
    """The facts behind `/healthz`. The event loop writes, the server's thread reads; each field is replaced whole.

    `clock` returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock: Final = clock
        self._ticked = self._progressed = self._behind_since = clock()
        self._lag_messages = 0
        self._is_ready = False
        self._waiting_for = ""
        self._notices: dict[str, str] = {}

    def ready(self) -> None:
        """The process has started its work."""
        self._is_ready = True

    def tick(self) -> None:
        """The event loop is running."""
        self._ticked = self._clock()

    def progressed(self) -> None:
        """Work was finished, or there was none. Ends a wait."""
        self._progressed = self._clock()
        self._waiting_for = ""

    def waiting(self, reason: str) -> None:
        """Something outside, named in `reason`, does not answer. Until `progressed`, a stall is not a fault."""
        self._waiting_for = reason

    def notice(self, about: str, words: str) -> None:
        """Something that people should know, shown until it is replaced by ""."""
        self._notices = {**self._notices, about: words}

    def lag(self, messages: int) -> None:
        """How many messages are waiting now, over all partitions."""
        if messages > 0 and self._lag_messages == 0:
            # An idle process has not been stalled for an hour the moment a message arrives.
            self._behind_since = self._clock()
        self._lag_messages = messages

    def report(self) -> LivenessReport:
        """The verdict now. A process is dead if its event loop is silent for 30 s, or if it lags and makes no progress
        for 5 minutes."""
        now = self._clock()
        fault = self._fault(now)
        state = "waiting" if self._waiting_for else "ready" if self._is_ready else "starting"
        return LivenessReport(
            is_alive=not fault,
            state=state,
            reason=" ".join(filter(None, (fault or self._waiting_for, *self._notices.values()))),
            seconds_since_tick=round(now - self._ticked, 3),
            seconds_since_progress=round(now - self._progressed, 3),
            lag_messages=self._lag_messages,
        )

    def _fault(self, now: float) -> str:
        if now - self._ticked >= TICK_LIMIT_SECONDS:
            return f"The event loop has not run for {now - self._ticked:.0f} seconds."
        stalled_seconds = now - max(self._progressed, self._behind_since)
        if self._lag_messages > 0 and not self._waiting_for and stalled_seconds >= STALL_LIMIT_SECONDS:
            return f"{self._lag_messages} messages wait, and none was finished for {stalled_seconds:.0f} seconds."
        return ""
