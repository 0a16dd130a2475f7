"""Local mode: everybody on this machine is an admin, and nobody else comes in."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.doors.identity import LOCAL_PERSON, admit

LOCAL: Final = "local"
"""What `VITALS_DASHBOARD` names for this mode."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_HOSTS: Final = ("127.0.0.1", "[::1]", "localhost")


class LocalDoor:
    """Lets every request in that names this machine as its host.

    A page of another site can make its own name point here (DNS rebinding): its requests name that host, and are
    refused.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not is_this_machine(Headers(scope=scope).getlist("host")):
            words = "This dashboard runs in local mode: open it as http://127.0.0.1 with its port."
            await PlainTextResponse(words, 421)(scope, receive, send)
            return
        admit(scope, LOCAL_PERSON)
        await self._app(scope, receive, send)


def is_this_machine(hosts: list[str]) -> bool:
    """Whether a request's only Host header is this machine, with any port.

    >>> is_this_machine(["127.0.0.1:8490"]), is_this_machine(["127.0.0.1.example.com"]), is_this_machine([])
    (True, False, False)
    """
    if len(hosts) != 1:
        return False
    host, colon, port = hosts[0].rpartition(":")
    if not colon or port.endswith("]"):
        return hosts[0].lower() in _HOSTS
    return host.lower() in _HOSTS and port.isascii() and port.isdigit()
