"""What the endpoints use, in memory."""

from __future__ import annotations

import asyncio

from streams.control.messages import CaseCommand
from streams.interactions.acting import CommandNotSent


class InMemoryCommandLog:
    """`CommandLog` in a list. While `is_down` it acknowledges nothing. `gate` keeps senders waiting."""

    def __init__(self) -> None:
        self.sent: list[CaseCommand] = []
        self.is_down = False
        self.gate: asyncio.Event | None = None

    async def send(self, command: CaseCommand, /) -> None:
        """See `CommandLog.send`."""
        if self.gate is not None:
            await self.gate.wait()
        if self.is_down:
            raise CommandNotSent("down")
        self.sent.append(command)
