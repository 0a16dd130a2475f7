"""The door of a trusted proxy, which names the person in a header. From anybody else such a header is refused."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from dashboard.doors.addresses import Networks, peer_of
from dashboard.doors.identity import SCOPES_OF, Person
from dashboard.doors.seal import Seal
from dashboard.values.dashboard_file import Doors, Proxy
from streams.workspace.records import ROLES, Role

LOGIN_MAX_CHARACTERS: Final = 200


class Spoofed(Exception):
    """A header that only the proxy may send came from elsewhere, or twice."""


class ProxyDoor:
    """Believes the header in requests from the proxy's addresses, and in no other."""

    def __init__(self, doors: Doors, proxy: Proxy, seal: Seal) -> None:
        self._doors = doors
        self._proxy = proxy
        self._seal = seal
        self._networks: Final = Networks(proxy.addresses)

    def person_of(self, scope: Scope, address: str) -> Person | None:
        """Who the proxy says it is; None when it names nobody.

        Raises:
            Spoofed: when somebody else sent its header, or there are two.
        """
        headers = Headers(scope=scope)
        users = headers.getlist(self._proxy.user_header)
        roles = headers.getlist(self._proxy.role_header) if self._proxy.role_header else []
        if not users and not roles:
            return None
        if peer_of(scope) not in self._networks:
            raise Spoofed("Only the proxy may name a person: its address is not among doors.proxy.addresses.")
        if len(users) != 1 or len(roles) > 1:
            raise Spoofed("The proxy must name one person and at most one role: have it replace what a client sends.")
        login = users[0].strip()
        role = self._role(login, roles[0] if roles else "")
        if not 0 < len(login) <= LOGIN_MAX_CHARACTERS or role is None:
            return None
        return Person(
            login=login,
            name=login,
            role=role,
            scopes=SCOPES_OF[role],
            door="proxy",
            owner=self._doors.people.get(login, login),
            csrf=self._seal.token(f"proxy\0{login}"),
            address=address,
        )

    def _role(self, login: str, given: str) -> Role | None:
        """The greatest role of those in the header, which commas separate; None for somebody without one."""
        if login in self._doors.admins:
            return "admin"
        named = {part.strip() for part in given.split(",")}
        default: tuple[Role, ...] = tuple(role for role in ROLES if role == self._proxy.default_role)
        return next((role for role in reversed(ROLES) if role in named), default[0] if default else None)
