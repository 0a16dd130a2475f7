"""A stream as an ASGI response. Not `fastapi.sse`: that one encodes each event once a client and sends them one by one;
here an event is bytes, made once for all who see the same, and what waits goes out in one piece.

A reader that reads nothing is hung up on by the server (`streams.operations.web_server`), which ends the `send` here.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.live.frames import BEAT, retry
from dashboard.live.listener import Listener

BEAT_SECONDS: Final = 15.0
LIFE_SECONDS: Final = 300.0
SLOW_SECONDS: Final = 10.0
"""A send that took longer, and ended with the connection, was a reader that did not read."""
HEADERS: Final = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
}


class EventStream(Response):
    """Sends what a listener has until it ends, the client goes, or its life is over. Then `left` is called, with
    whether it was dropped because it did not read."""

    def __init__(
        self,
        listener: Listener,
        left: Callable[[bool], None],
        *,
        beat_seconds: float = BEAT_SECONDS,
        life_seconds: float = LIFE_SECONDS,
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self._listener = listener
        self._left = left
        self._beat_seconds = beat_seconds
        self._life_seconds = life_seconds * random.uniform(0.8, 1.2)  # not all come back at once
        self._slowest = 0.0
        self._is_gone = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watching = asyncio.ensure_future(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await self._send(send, retry(random.randrange(500, 3_000)) + BEAT)
            await self._serve(send)
            if not self._is_gone:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watching.cancel()
            self._left(self._is_gone and self._slowest >= SLOW_SECONDS)

    async def _serve(self, send: Send) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._life_seconds
        while not self._listener.is_ended and (left := ends_at - loop.time()) > 0:
            events = await self._listener.take(min(self._beat_seconds, left))
            if not self._is_gone:
                await self._send(send, events)

    async def _send(self, send: Send, events: bytes) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        if events:
            await send({"type": "http.response.body", "body": events, "more_body": True})
        self._slowest = max(self._slowest, loop.time() - began)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        self._listener.end()
