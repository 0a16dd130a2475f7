"""Long work in short turns, so that requests are answered meanwhile."""

from __future__ import annotations

import asyncio
import time

SECONDS = 0.005


class Turns:
    """Mutable. `rest` after each small step: it lets other work run when five milliseconds are over."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._begun = time.perf_counter()

    async def rest(self) -> None:
        """Let others have their turn, if this one is over."""
        if time.perf_counter() - self._begun > self._seconds:
            await asyncio.sleep(0)
            self._begun = time.perf_counter()
