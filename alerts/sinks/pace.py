"""Keeps a sink to the pace that the other side accepts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Gives out turns, `seconds` apart. A rest saves up no turns. `monotonic` is a clock in seconds and `sleep` waits
    for seconds; tests pass their own."""

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_turn = monotonic()

    async def turn(self) -> None:
        """Wait for the next turn."""
        now = self._monotonic()
        turn = max(now, self._next_turn)
        # Reserved before the wait, so that two concurrent callers get two turns.
        self._next_turn = turn + self._seconds
        if turn > now:
            await self._sleep(turn - now)
