"""The session of a person who logged in: sealed in a cookie, nothing on the server."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from dashboard.doors.identity import SCOPES_OF, Person
from dashboard.doors.seal import Seal
from streams.workspace.records import Role

_WHAT: Final = "session"


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who logged in. `id` is random; the token of the person's forms is made of it."""

    id: str
    login: str
    name: str
    role: Role
    owner: str


class Sessions:
    """Cookies of one deployment. Over https the cookie's name begins with `__Host-`: no other host can set it."""

    def __init__(self, seal: Seal, address: str, hours: float) -> None:
        """`address` is where people reach the dashboard."""
        self._seal = seal
        self.is_secure: Final = urlsplit(address).scheme == "https"
        self.seconds: Final = round(hours * 3_600)
        self.cookie: Final = self.name_of("vitals-session")

    def name_of(self, cookie: str) -> str:
        """The whole name of a cookie."""
        return f"__Host-{cookie}" if self.is_secure else cookie

    def begin(self, response: Response, *, login: str, name: str, role: Role, owner: str) -> None:
        """Give the browser a session, in place of any that it has."""
        session = Session(id=secrets.token_urlsafe(18), login=login, name=name, role=role, owner=owner)
        self.set(response, self.cookie, self._seal.close(_WHAT, msgspec.json.encode(session)), self.seconds)

    def end(self, response: Response) -> None:
        """Take it away."""
        response.delete_cookie(self.cookie, path="/", secure=self.is_secure, httponly=True, samesite="lax")

    def set(self, response: Response, name: str, value: str, seconds: int) -> None:
        """Set a cookie that scripts do not see, and other sites do not send but by following a link."""
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self.is_secure, httponly=True, samesite="lax"
        )

    def person_of(self, scope: Scope, address: str) -> Person | None:
        """Who sent a request; None without a session, or with one that is over or not ours."""
        text = cookies_of(scope).get(self.cookie, "")
        found = self._seal.open(_WHAT, text, self.seconds) if text else None
        if found is None:
            return None
        try:
            session = msgspec.json.decode(found, type=Session)
        except msgspec.DecodeError:
            return None
        return Person(
            login=session.login,
            name=session.name,
            role=session.role,
            scopes=SCOPES_OF[session.role],
            door="oidc",
            owner=session.owner,
            csrf=self._seal.token(session.id),
            address=address,
        )


class SessionDoor:
    """Lets in whom the session of a request names."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def person_of(self, scope: Scope, address: str) -> Person | None:
        """See `dashboard.doors.entrance.Door`."""
        return self._sessions.person_of(scope, address)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request."""
    return {
        name: value for text in Headers(scope=scope).getlist("cookie") for name, value in cookie_parser(text).items()
    }
