"""Time and tasks of a real process, for the ports of `streams.engine.ports`."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """The clocks of the operating system."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class AsyncioTasks:
    """The running event loop."""

    async def pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def new_signal(self) -> asyncio.Event:
        return asyncio.Event()

    def new_lock(self) -> asyncio.Lock:
        return asyncio.Lock()
