"""Who asks: the person behind a request, and what they may do. How they came in is for the rest of the room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, HTTPException, Request
from starlette.types import Scope as AsgiScope

from streams.workspace.records import ROLES, SCOPES, Role, Scope

Door = Literal["local", "oidc", "proxy", "key"]
SCOPES_OF: dict[Role, frozenset[Scope]] = {role: frozenset(SCOPES[: number + 1]) for number, role in enumerate(ROLES)}
"""What each role may do: read; act on accounts and cases; everything else."""
_SCOPE_OF: dict[str, Scope] = dict(zip(ROLES, SCOPES, strict=True))
_KEY = "vitals.person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks. `login` is unique, `name` is for people, `owner` is the name under which accounts are theirs.

    `csrf` is the token that their unsafe requests must carry, "" where no cookie speaks for them. `address` is the IP
    that the request came from.
    """

    login: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    door: Door
    owner: str = ""
    csrf: str = ""
    address: str = ""

    def may(self, what: Role | Scope) -> bool:
        """Whether they may do this: a scope, or what a role may do.

        >>> LOCAL_PERSON.may("admin")
        True
        """
        return _SCOPE_OF.get(what, what) in self.scopes

    @property
    def is_local(self) -> bool:
        """Whether nobody logged in: the dashboard is this machine's alone, and every page says so."""
        return self.door == "local"


LOCAL_PERSON = Person(login="local", name="this machine", role="admin", scopes=SCOPES_OF["admin"], door="local")
"""Everybody on this machine, in local mode."""


def admit(scope: AsgiScope, person: Person) -> None:
    """Say who sent a request. For the doors alone."""
    scope[_KEY] = person


def admitted(scope: AsgiScope) -> Person | None:
    """Who sent a request; None when no door let them in."""
    found = scope.get(_KEY)
    return found if isinstance(found, Person) else None


def person(request: Request) -> Person:
    """The person who asks: a dependency.

    Raises:
        HTTPException: 401, when no door let them in.
    """
    found = admitted(request.scope)
    if found is None:
        raise HTTPException(401, "You are not logged in: log in, or send the header Authorization: Bearer KEY.")
    return found


Asking = Annotated[Person, Depends(person)]


def needs(what: Role | Scope) -> Callable[[Person], Awaitable[Person]]:
    """A dependency: the person who asks, who may do this.

    It raises `HTTPException`: 401, when no door let them in, and 403, when they may not.
    """

    async def allowed(asking: Asking) -> Person:
        if not asking.may(what):
            word = _SCOPE_OF.get(what, what)
            raise HTTPException(403, f"This needs the scope {word!r}: ask an admin of the dashboard for it.")
        return asking

    return allowed


Reading = Annotated[Person, Depends(needs("read"))]
"""The person who asks, who may read. A key that may only act reads nothing, pages and streams as little as the API."""
