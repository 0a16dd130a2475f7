"""The headers that every answer carries: what a browser may do with a page of ours."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
"""No script, style, picture or connection but our own, none inline; no page of ours in a frame."""
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""What an answer gets unless it says otherwise itself: all are of a person, but for static files."""
HTTPS: Final = "max-age=31536000"
"""For a year a browser that was here once asks for no page over plain HTTP."""


class SecurityHeaders:
    """Adds `HEADERS` to each answer, but for those that it has; where people come by https, that they always do."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        """`address` is where people reach the dashboard."""
        self._app = app
        self._headers = {**HEADERS, "strict-transport-security": HTTPS} if address.startswith("https:") else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
