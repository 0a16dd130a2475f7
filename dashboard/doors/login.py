"""The way in and out by OpenID Connect: `/login`, `/login/done`, `/logout`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from dashboard.doors.entrance import where
from dashboard.doors.identity import admitted
from dashboard.doors.paths import own_path
from dashboard.doors.provider import NAME, NotAdmitted, Provider, ProviderFailed
from dashboard.doors.rates import Rate
from dashboard.doors.seal import Seal
from dashboard.doors.sessions import Sessions
from streams.operations.dashboard_metrics import DashboardMetrics

PENDING_SECONDS: Final = 600
"""How long somebody may take at the provider."""
PENDING_MAX: Final = 3
"""Logins under way in one browser: of more, the oldest is forgotten."""
DONE: Final = "/login/done"
_WHAT: Final = "login"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginDesk:
    """What logging in needs. `address` is where people reach the dashboard, without a slash at its end."""

    provider: Provider
    sessions: Sessions
    seal: Seal
    address: str
    metrics: DashboardMetrics
    rate: Rate = field(default_factory=lambda: Rate(per_minute=20, burst=30))

    @property
    def cookie(self) -> str:
        """The name of the cookie of logins under way."""
        return self.sessions.name_of("vitals-login")

    def pending(self, request: Request) -> dict[str, Any]:
        """The logins under way in this browser."""
        found = self.seal.open(_WHAT, request.cookies.get(self.cookie, ""), PENDING_SECONDS)
        return msgspec.json.decode(found, type=dict[str, Any]) if found else {}

    def keep(self, response: Response, pending: dict[str, Any]) -> None:
        """Have the browser keep them."""
        latest = dict(list(pending.items())[-2 * PENDING_MAX :])
        self.sessions.set(response, self.cookie, self.seal.close(_WHAT, msgspec.json.encode(latest)), PENDING_SECONDS)


def _desk(request: Request) -> LoginDesk:
    found = getattr(request.app.state, "login", None)
    if found is None:
        raise HTTPException(404, "Nobody logs in here.")
    desk = cast(LoginDesk, found)
    address = where(request.scope)
    if not desk.rate.allows(address):
        desk.metrics.login("oidc", "too_often")
        wait = {"retry-after": str(desk.rate.wait_seconds(address))}
        raise HTTPException(429, "Too many logins came from there: wait a minute.", wait)
    return desk


@router.get("/login")
async def login(request: Request) -> Response:
    """To the provider, and afterwards to the path `next`."""
    desk = _desk(request)
    pending = desk.pending(request)
    before = set(pending)
    try:
        url = await desk.provider.login_url(pending, desk.address + DONE)
    except ProviderFailed as error:
        desk.metrics.login("oidc", "provider")
        raise HTTPException(503, str(error)) from None
    for state in set(pending) - before:
        pending[f"next{state}"] = own_path(request.query_params.get("next", "/"))
    response = RedirectResponse(url, 303)
    desk.keep(response, pending)
    return response


@router.get(DONE)
async def login_done(request: Request) -> Response:
    """Back from the provider: a session, and on to where they wanted."""
    desk = _desk(request)
    pending = desk.pending(request)
    request.scope["session"] = pending
    state = request.query_params.get("state", "")
    next_path = own_path(str(pending.pop(f"next_state_{NAME}_{state}", "/")))
    try:
        found = await desk.provider.admitted(request)
    except NotAdmitted as error:
        desk.metrics.login("oidc", "refused")
        raise HTTPException(403, str(error)) from None
    except ProviderFailed as error:
        desk.metrics.login("oidc", "provider")
        raise HTTPException(503, str(error)) from None
    desk.metrics.login("oidc", "done")
    response = RedirectResponse(next_path, 303)
    desk.sessions.begin(response, login=found.login, name=found.name, role=found.role, owner=found.owner)
    response.delete_cookie(desk.cookie, path="/", secure=desk.sessions.is_secure, httponly=True, samesite="lax")
    return response


@router.api_route("/logout", methods=["GET", "POST"])
async def logout(request: Request) -> Response:
    """The session ends here and, where it can, at the provider. A link from another site does nothing."""
    desk = _desk(request)
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403, "Log out on a page of this dashboard.")
    url = await desk.provider.logout_url(f"{desk.address}/logged-out") if admitted(request.scope) else ""
    response = RedirectResponse(url or "/logged-out", 303)
    desk.sessions.end(response)
    return response


def login_path(path: str) -> str:
    """The way in for somebody who wanted this path."""
    return f"/login?{urlencode({'next': path})}"
