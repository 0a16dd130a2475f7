"""What every request passes: where it may come from, who sent it, and whether a page of ours did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.doors.addresses import Networks, address_of
from dashboard.doors.genuine import SAFE_METHODS, has_token, is_form, is_same_origin
from dashboard.doors.identity import Person, admit
from dashboard.doors.keys import PREFIX, BadKey, person_of_key
from dashboard.doors.local import LocalDoor, local_origin
from dashboard.doors.proxy import ProxyDoor, Spoofed
from dashboard.doors.rates import Rate
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.workspace.table import WorkspaceTable

OPEN: Final = ("/static/", "/share/")
"""What begins so asks nobody who they are: share links have keys of their own."""
WAYS: Final = frozenset(("/login", "/login/done", "/logout", "/logged-out"))
"""The ways in and out. Every other path is for people who are let in, whatever its route says."""
_NOBODY: Final = "You are not logged in: log in, or send the header Authorization: Bearer KEY."
_WHERE: Final = "vitals.address"


class Door(Protocol):
    """Says who sent a request."""

    def person_of(self, scope: Scope, address: str, /) -> Person | None:
        """The person; None for nobody.

        Raises:
            Spoofed: when the request claims what it may not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further. `wait_seconds` is 0 where waiting does not help."""

    status: int
    words: str
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an entrance knows. `address` is where people reach the dashboard, "" in local mode. `refuse` makes the
    application that answers a refusal. `bad_keys` are the tries with wrong keys by address."""

    door: Door
    address: str
    proxies: Networks
    table: WorkspaceTable
    metrics: DashboardMetrics
    now_ms: Callable[[], int]
    refuse: Callable[[Refusal], ASGIApp]
    bad_keys: Rate = field(default_factory=lambda: Rate(per_minute=10, burst=20))


class Entrance:
    """The middleware. It stands before every route, so no route can be without it."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self._app = app
        self._rules = rules
        self._origin = origin_of(rules.address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if (fault := self._host_fault(scope)) is not None:
            await self._rules.refuse(fault)(scope, receive, send)
            return
        scope[_WHERE] = address_of(scope, self._rules.proxies)
        if scope["path"].startswith(OPEN):
            await self._app(scope, receive, send)
            return
        found = self._person(scope)
        if isinstance(found, Refusal):
            await self._rules.refuse(found)(scope, receive, send)
            return
        if found is None:
            app = self._app if scope["path"] in WAYS else self._rules.refuse(Refusal(401, _NOBODY))
            await app(scope, receive, send)
            return
        admit(scope, found)
        if found.door != "key" and scope["method"] not in SAFE_METHODS:
            checked = await self._checked(scope, receive, found)
            if isinstance(checked, Refusal):
                await self._rules.refuse(checked)(scope, receive, send)
                return
            receive = checked
        await self._app(scope, receive, send)

    def _host_fault(self, scope: Scope) -> Refusal | None:
        if isinstance(self._rules.door, LocalDoor) and not local_origin(scope):
            return Refusal(421, "This dashboard runs in local mode: open it as http://127.0.0.1 with its port.")
        return None

    def _person(self, scope: Scope) -> Person | Refusal | None:
        address = where(scope)
        authorization = Headers(scope=scope).get("authorization", "")
        scheme, _, text = authorization.partition(" ")
        # A proxy may pass on a token of its own, which is none of ours.
        may_be_its_own = isinstance(self._rules.door, ProxyDoor) and not text.startswith(PREFIX)
        if scheme.lower() == "bearer" and not may_be_its_own:
            return self._by_key(authorization, address)
        try:
            return self._rules.door.person_of(scope, address)
        except Spoofed as error:
            self._rules.metrics.login("proxy", "spoofed")
            return Refusal(400, str(error))

    def _by_key(self, authorization: str, address: str) -> Person | Refusal:
        tries = self._rules.bad_keys
        if tries.is_spent(address):
            self._rules.metrics.login("key", "too_often")
            return Refusal(429, "Too many wrong keys came from there: wait a minute.", tries.wait_seconds(address))
        try:
            person = person_of_key(authorization, self._rules.table, self._rules.now_ms(), address)
        except BadKey as error:
            tries.allows(address)
            self._rules.metrics.login("key", "refused")
            return Refusal(401, str(error))
        return person

    async def _checked(self, scope: Scope, receive: Receive, person: Person) -> Receive | Refusal:
        """How to read the request from here on."""
        headers = Headers(scope=scope)
        elsewhere = Refusal(403, "This did not come from a page of this dashboard: open the page again, and repeat it.")
        if not is_same_origin(headers, self._origin or local_origin(scope)):
            return elsewhere
        if not person.csrf:
            return receive
        body = b""
        if is_form(headers):
            try:
                body, receive = await _read(receive)
            except HTTPException as error:  # it is too long, or too slow
                return Refusal(error.status_code, str(error.detail))
        return receive if has_token(headers, body, person.csrf) else elsewhere


def where(scope: Scope) -> str:
    """The IP that a request came from, as the entrance found it."""
    return str(scope.get(_WHERE, ""))


def origin_of(address: str) -> str:
    """The origin of an address, as browsers write it; "" for none.

    >>> origin_of("https://Vitals.example:443/"), origin_of("http://localhost:8490")
    ('https://vitals.example', 'http://localhost:8490')
    """
    parts = urlsplit(address)
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


async def _read(receive: Receive) -> tuple[bytes, Receive]:
    """The whole body, whose size was limited before, and how to read it again.

    Raises:
        ClientDisconnect: the client went before its end. Half a form is no form: «score=10» may be that of 100.
    """
    body, is_whole = b"", False
    while not is_whole:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return body, again
