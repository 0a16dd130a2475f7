"""What surrounds every request: its limits, its metrics, and the end of its stream when the process ends."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streams.operations.dashboard_metrics import DashboardMetrics

BODY_MAX_BYTES: Final = 1_000_000
"""The largest is a file of rules for a preview."""
BODY_SECONDS: Final = 15.0
"""How long a client may take to send a body."""
_TOO_LARGE: Final = f"A request may have {BODY_MAX_BYTES:,} bytes: send less."
_LOG = logging.getLogger(__name__)
_STREAM: Final = b"text/event-stream"


class _Unfinished(Exception):
    """An answer that ends before its end."""


class Requests:
    """Refuses bodies that are too large or too slow, counts, and ends streams on stop at once.

    What a fault of ours leaves unanswered is logged by its route, since a path may have a key in it, and answered by
    `broken`.
    """

    def __init__(self, app: ASGIApp, metrics: DashboardMetrics, stop: asyncio.Event, broken: ASGIApp) -> None:
        self._app = app
        self._broken = broken
        self._metrics = metrics
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        one = _One(receive, send)
        begun = time.monotonic()
        serving = asyncio.ensure_future(self._served(scope, one))
        try:
            await self._while_wanted(serving, one)
        finally:
            if one.is_stream:
                self._metrics.stream(-1)
            self._metrics.request(_template(scope), one.status, time.monotonic() - begun)

    async def _served(self, scope: Scope, one: _One) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start" and one.starts(message):
                self._metrics.stream(1)
            await one.send(message)

        if _length(scope) > BODY_MAX_BYTES:
            await PlainTextResponse(_TOO_LARGE, 413)(scope, one.receive, send)
            return
        try:
            await self._app(scope, one.receive, send)
        except ClientDisconnect:
            return  # nobody is there to be answered
        except Exception as error:
            _LOG.error("a request to %s failed", _template(scope), exc_info=error)
            if one.status:
                raise _Unfinished from None  # the connection is closed, so that nobody takes it for whole
            await self._broken(scope, one.receive, send)

    async def _while_wanted(self, serving: asyncio.Future[None], one: _One) -> None:
        """Until it is served or, for a stream, the process ends."""
        stopped = asyncio.ensure_future(self._stop.wait())
        waited: set[asyncio.Future[Any]] = {serving, stopped}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if one.is_stream and not serving.done():
                serving.cancel()
                await asyncio.wait({serving})
                await one.end()
                return
            await serving
        finally:
            stopped.cancel()
            if not serving.done():
                serving.cancel()
                await asyncio.wait({serving})


class _One:
    """One request: its body, and the answer to it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.status = 0
        self.is_stream = False
        self._receive = receive
        self.send = send
        self._bytes = 0
        self._is_whole = False
        self._deadline = time.monotonic() + BODY_SECONDS

    def starts(self, message: Message) -> bool:
        """Note the head of the answer; whether a stream begins."""
        self.status = int(message["status"])
        headers = dict(message.get("headers", ()))
        self.is_stream = headers.get(b"content-type", b"").startswith(_STREAM)
        return self.is_stream

    async def receive(self) -> Message:
        """The next part of the body.

        Raises:
            HTTPException: 413 when there is too much of it, 408 when it does not come.
        """
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, f"A body must come within {BODY_SECONDS:g} s: send it again.") from None
        if message["type"] == "http.request":
            self._bytes += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            if self._bytes > BODY_MAX_BYTES:
                raise HTTPException(413, _TOO_LARGE)
        return message

    async def end(self) -> None:
        """End the answer: the client comes back by itself."""
        await self.send({"type": "http.response.body", "body": b"", "more_body": False})


def _template(scope: Scope) -> str:
    """The path of the route, with the names of its parameters; "none" where no route answered."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return path if isinstance(path, str) else "none"


def _length(scope: Scope) -> int:
    """How long the body will be, where the head says so."""
    text = Headers(scope=scope).get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0
