"""The page where people make and end share links and, as admins, keys of the API. What is secret is shown once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from dashboard.acts.acts import Acting
from dashboard.acts.done import Done
from dashboard.acts.forms import BadField, Fields, fields_of
from dashboard.acts.links import KEY_MAX_DAYS, SHARE_MAX_DAYS
from dashboard.doors.entrance import origin_of
from dashboard.doors.identity import Asking
from dashboard.doors.kept import Kept
from dashboard.doors.keys import has_ended as key_has_ended
from dashboard.doors.local import local_origin
from dashboard.pages.frame import Frame, Framed
from dashboard.sharing.links import has_ended
from streams.workspace.limits import NAME_MAX_CHARACTERS
from streams.workspace.records import SCOPES
from streams.workspace.workspace import Workspace

router = APIRouter(include_in_schema=False)
Form = Annotated[Fields, Depends(fields_of)]
ENDED_SHOWN: Final = 20
State = Literal["open", "expired", "revoked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link or a key in its table; `what` says what it opens."""

    id: str
    name: str
    what: str
    author: str
    at_ms: int
    until_ms: int
    state: State
    may_end: bool


@router.get("/shares")
async def shares(framed: Framed, kept: Kept, place: str = "portfolio", query: str = "") -> Response:
    """The page. `place` and `query` are what the link to make shows."""
    return _page(framed, kept, place=place, query=query)


@router.post("/shares")
async def make_share(
    request: Request, form: Form, person: Asking, framed: Framed, kept: Kept, acting: Acting
) -> Response:
    """Make a link, and show it this once."""
    place, query = form.text("place"), form.text("query")
    try:
        days = form.number("days")
    except BadField as error:
        return _answer(request, Done(outcome="invalid", words=f"{error}."), "", framed, kept)
    done = await acting.links.share(person, place, query, days, redacts=form.is_on("redacts"), label=form.text("label"))
    url = f"{_origin(request)}/share/{done.id}?{urlencode({'key': done.secret})}" if done.is_done else ""
    return _answer(request, done, url, framed, kept)


@router.post("/shares/revoke")
async def end_share(
    request: Request, form: Form, person: Asking, framed: Framed, kept: Kept, acting: Acting
) -> Response:
    """End the link `share`."""
    return _answer(request, await acting.links.end_share(person, form.text("share")), "", framed, kept)


@router.post("/keys")
async def make_key(
    request: Request, form: Form, person: Asking, framed: Framed, kept: Kept, acting: Acting
) -> Response:
    """Make a key with a `name`, the scopes that are ticked, and an end in `days`, 0 for none."""
    scopes = [scope for scope in SCOPES if form.is_on(f"scope_{scope}")]
    try:
        days = form.number("days")
    except BadField as error:
        return _answer(request, Done(outcome="invalid", words=f"{error}."), "", framed, kept)
    done = await acting.links.key(person, form.text("name"), scopes, days)
    return _answer(request, done, done.secret, framed, kept)


@router.post("/keys/revoke")
async def end_key(request: Request, form: Form, person: Asking, framed: Framed, kept: Kept, acting: Acting) -> Response:
    """End the key `key`."""
    return _answer(request, await acting.links.end_key(person, form.text("key")), "", framed, kept)


def _answer(request: Request, done: Done, secret: str, framed: Frame, kept: Workspace) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        found = {"outcome": done.outcome, "words": done.words, "id": done.id, "secret": secret}
        return JSONResponse(found, done.status)
    return _page(framed, kept, done=done, secret=secret)


def _page(
    framed: Frame,
    kept: Workspace,
    *,
    place: str = "portfolio",
    query: str = "",
    done: Done | None = None,
    secret: str = "",
) -> Response:
    values = {
        "done": done,
        "secret": secret,
        "place": place,
        "query": query,
        "shares": share_lines(framed, kept),
        "keys": key_lines(framed, kept),
        "may_share": framed.person.may("act"),
        "may_make_keys": framed.person.may("admin"),
        "share_days": SHARE_MAX_DAYS,
        "key_days": KEY_MAX_DAYS,
        "name_letters": NAME_MAX_CHARACTERS,
        "scopes": SCOPES,
        "status": done.status if done else 200,
    }
    return framed.page("shares.html", page="shares", title="Share links and keys", as_of_ms=0, **values)


def share_lines(framed: Frame, kept: Workspace) -> list[Line]:
    """Links that are open, then the latest that have ended."""
    person, now_ms = framed.person, framed.look.now_ms
    lines = [
        Line(
            id=each.id,
            name=each.label or "without a name",
            what=f"{each.scope}{', filtered' if each.query else ''}{', without names' if each.redacts else ''}",
            author=each.author,
            at_ms=each.at_ms,
            until_ms=each.until_ms,
            state="revoked" if each.revoked_ms else "expired" if has_ended(each, now_ms) else "open",
            may_end=person.may("admin") or (person.may("act") and each.login == person.login),
        )
        for each in kept.table.shares()
    ]
    return _open_first(lines)


def key_lines(framed: Frame, kept: Workspace) -> list[Line]:
    """Keys that are open, then the latest that have ended."""
    lines = [
        Line(
            id=each.id,
            name=each.name,
            what=", ".join(each.scopes),
            author=each.author,
            at_ms=each.at_ms,
            until_ms=each.until_ms,
            state="revoked" if each.revoked_ms else "expired" if key_has_ended(each, framed.look.now_ms) else "open",
            may_end=framed.person.may("admin"),
        )
        for each in kept.table.api_keys()
    ]
    return _open_first(lines)


def _open_first(lines: list[Line]) -> list[Line]:
    ended = [line for line in lines if line.state != "open"]
    return [*(line for line in lines if line.state == "open"), *ended[:ENDED_SHOWN]]


def _origin(request: Request) -> str:
    file = request.app.state.file
    return origin_of(file.doors.address) if file.doors else local_origin(request.scope)
