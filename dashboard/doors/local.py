"""Local mode: everybody on this machine is an admin, and nobody else comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from dashboard.doors.identity import LOCAL_PERSON, Person

LOCAL: Final = "local"
"""What `VITALS_DASHBOARD` names for this mode."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_HOSTS: Final = ("127.0.0.1", "[::1]", "localhost")


class LocalDoor:
    """Lets everybody in; `dashboard.doors.entrance` has checked that a request names this machine as its host.

    A page of another site can make its own name point here (DNS rebinding): its requests name that host.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """The login name of the environment stands beside notes and acts."""
        name = environment.get("USER", "").strip()[:80]
        self._person: Final = replace(LOCAL_PERSON, name=name or LOCAL_PERSON.name)

    def person_of(self, _: Scope, address: str) -> Person:
        """The same for every request."""
        return replace(self._person, address=address)


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


def local_origin(scope: Scope) -> str:
    """The origin of our own pages, as the browser calls this machine; "" where it names another."""
    hosts = Headers(scope=scope).getlist("host")
    return f"http://{hosts[0]}" if is_this_machine(hosts) else ""
