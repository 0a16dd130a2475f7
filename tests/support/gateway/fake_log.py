"""A log that remembers what was written, and can be slow, or fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from streams.gateway.log.outgoing import NotWritten, Outgoing


class RecordingLog:
    """Acknowledges at once, unless `hangs`, or `refuses` at once, or `fails` later."""

    def __init__(self) -> None:
        self.messages: list[Outgoing] = []
        self.hangs = False
        self.refuses: NotWritten | None = None
        self.fails: NotWritten | None = None

    def write(self, messages: Sequence[Outgoing]) -> asyncio.Future[None]:
        if self.refuses is not None:
            raise self.refuses
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.messages.extend(messages)
        if self.fails is not None:
            done.set_exception(self.fails)
        elif not self.hangs:
            done.set_result(None)
        return done

    def values(self, topic: str) -> list[bytes | None]:
        """What was written to the topic whose name ends like this."""
        return [message.value for message in self.messages if message.topic.endswith(topic)]
