"""Pages that could not be shown: what happened, what still holds, and who can change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse
from starlette.types import Scope

from dashboard.doors.identity import Person, admitted
from dashboard.pages.frame import Frame, now_ms, render
from dashboard.pages.parts.addresses import Choice
from dashboard.pages.stylesheet import stylesheet_url
from dashboard.wording.look import Look
from streams.workspace.records import Preferences

_TITLES: Mapping[int, str] = {
    400: "This address cannot be used",
    401: "Log in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be done here",
    408: "That took too long",
    413: "That is too much at once",
    421: "Open it at its own address",
    422: "This address cannot be used",
    429: "Too many tries",
    500: "Something is broken here",
    503: "The scores cannot be read at the moment",
}
_MORE: Mapping[int, str] = {
    500: "Scoring and alerts are other processes, and go on.",
    503: "Scoring itself goes on. Nothing is lost: the page is whole again as soon as Redis answers.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a page says in the place of its content. `more` says what still holds, "" for nothing."""

    title: str
    words: str
    more: str
    ways: tuple[Choice, ...]


def state_page(
    scope: Scope, status: int, words: str, headers: Mapping[str, str] | None = None, *, title: str = ""
) -> HTMLResponse:
    """The page for a status. It has the bars of every page where somebody is logged in."""
    person = admitted(scope)
    path = str(scope.get("path", "/"))
    state = state_of(status, words, person, path, title=title)
    values: dict[str, Any] = {"state": state, "stylesheet": stylesheet_url(), "status": status}
    if person is None:
        return HTMLResponse(render("plain.html", values), status, headers)
    framed = Frame(
        person=person,
        preferences=Preferences(id=person.login, at_ms=0),
        look=Look(now_ms=now_ms()),
        counts={"actions": 0, "alerts": 0, "sources": 0},
        address=path,
    )
    answer = framed.page("state.html", page="state", title=state.title, as_of_ms=0, **values)
    answer.headers.update(headers or {})
    return answer


def state_of(status: int, words: str, person: Person | None, path: str, *, title: str = "") -> State:
    """What the page for a status says."""
    more = _MORE.get(status, "")
    if status == 403 and person is not None:
        more = f"You are signed in as {person.role} ({person.login}). An admin of the dashboard can change that."
    ways = [Choice(label="Portfolio", href="/"), Choice(label="All accounts", href="/accounts")]
    if status in (408, 429, 500, 503):
        ways.insert(0, Choice(label="Try again", href=path))
    if person is None:
        ways = [Choice(label="To the dashboard", href="/")]
    return State(
        title=title or _TITLES.get(status) or HTTPStatus(status).phrase, words=words, more=more, ways=tuple(ways)
    )
