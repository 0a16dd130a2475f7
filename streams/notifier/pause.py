"""A wait that a stop ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def pause(seconds: float, stop: asyncio.Event, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Wait for `seconds`, or until stopped."""
    waits = {asyncio.ensure_future(sleep(seconds)), asyncio.ensure_future(stop.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
