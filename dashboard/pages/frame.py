"""What stands around every page, and the one function that makes the context of `base.html`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from msgspec import structs
from starlette.datastructures import QueryParams
from starlette.responses import HTMLResponse

from dashboard.acts.said import Said, said_of, unsaid
from dashboard.doors.identity import Person, Reading
from dashboard.doors.kept import Kept
from dashboard.pages.lists.addresses import address_of
from dashboard.pages.lists.views import SAVED, ListView
from dashboard.pages.shell.environment import environment
from dashboard.pages.shell.packing import packed
from dashboard.pages.shell.top_bar import TopBar
from dashboard.pages.stylesheet import stylesheet_url
from dashboard.queries.asked import Asked
from dashboard.values.book_state import BookState
from dashboard.values.dashboard_file import DashboardFile
from dashboard.wording.look import Look
from dashboard.wording.times import zone_of
from streams.workspace.records import Preferences, View


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the top bar."""

    name: str
    label: str
    href: str


PAGES: Final = (
    Entry("portfolio", "Portfolio", "/"),
    Entry("accounts", "Accounts", "/accounts"),
    Entry("actions", "Actions", "/actions"),
    Entry("alerts", "Alerts", "/alerts"),
    Entry("team", "Team", "/team"),
    Entry("model", "Model", "/model"),
    Entry("sources", "Sources", "/sources"),
)
KEYMAP: Final = (
    ("/", "find an account"),
    ("j k", "next, previous row"),
    ("Enter", "open"),
    ("u", "back to the list"),
    ("e", "explain in place"),
    ("a", "acknowledge"),
    ("z", "snooze"),
    ("p", "playbook"),
    ("d", "done"),
    ("o", "owner"),
    ("n", "note"),
    ("f", "filter"),
    (".", "pause"),
    ("g p", "portfolio"),
    ("g a", "accounts"),
    ("g c", "actions"),
    ("g l", "alerts"),
    ("g m", "model"),
    ("g s", "sources"),
    ("?", "these keys"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a page knows before it has asked anything: who reads, in which zone, what is wrong.

    `counts` are those of the top bar, by page. `address` is the page's own, to return to after an act. `said` is what
    became of the act before this page, `etag` what the reader has of it already.
    """

    person: Person
    preferences: Preferences
    look: Look
    counts: Mapping[str, int]
    saved_views: tuple[ListView, ...] = ()
    trouble: str = ""
    filling: str = ""
    address: str = "/"
    said: Said | None = None
    etag: str = ""
    is_posted: bool = False
    takes_gzip: bool = False

    @property
    def may_act(self) -> bool:
        """Whether the reader may act, and acts have somewhere to go."""
        return self.person.may("act") and not self.trouble

    def page(self, template: str, *, page: str, title: str, as_of_ms: int, **values: Any) -> HTMLResponse:
        """A page as an answer. `values` are what the template needs beside the context of `base.html`."""
        status = values.pop("status", 200)
        text = render(template, {**context(self, page=page, title=title, as_of_ms=as_of_ms), **values})
        etag = f'"{blake2b(text.encode(), digest_size=12).hexdigest()}"'
        if status == 200 and etag == self.etag:
            return HTMLResponse(status_code=304, headers={"etag": etag})
        headers = {"vary": "accept-encoding"} | ({"etag": etag} if status == 200 else {})
        body = text.encode()
        if self.takes_gzip:
            body, headers["content-encoding"] = packed(body), "gzip"
        answer = HTMLResponse(body, status, headers)
        if self.said is not None:
            unsaid(answer)
        return answer


def context(frame: Frame, *, page: str, title: str, as_of_ms: int) -> dict[str, Any]:
    """All that `base.html` and its parts read.

    `page` is the name of an entry of `PAGES` or another word; `title` is plain text; `as_of_ms` is the one «as of» of
    the page, the latest instant of judgement in what it shows. `search` is what stands in the box «Find an account».
    """
    return {
        "page": page,
        "title": title,
        "as_of_ms": as_of_ms or frame.look.now_ms,
        "person": frame.person,
        "csrf": frame.person.csrf,
        "counts": frame.counts,
        "trouble": frame.trouble,
        "filling": frame.filling,
        "said": frame.said,
        "is_posted": frame.is_posted,
        "theme": frame.preferences.theme,
        "has_keys": frame.preferences.has_keys,
        "zone_name": frame.preferences.zone,
        "address": frame.address,
        "look": frame.look,
        "search": "",
        "pages": PAGES,
        "keymap": KEYMAP,
        "stylesheet": stylesheet_url(),
    }


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template as text."""
    return environment().get_template(template).render(values)


def now_ms() -> int:
    """The wall clock, in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


async def clock() -> int:
    """A dependency: now, in milliseconds since 1970."""
    return now_ms()


async def frame(
    request: Request, person: Reading, asked: Asked, kept: Kept, at_ms: Annotated[int, Depends(clock)]
) -> Frame:
    """A dependency: the frame of this request."""
    state = asked.book_state()
    file: DashboardFile = request.app.state.file
    bar = _top_bar(request)
    await bar.refresh(asked)
    found = kept.table.preferences(person.login)
    preferences = found if found.at_ms else structs.replace(found, zone=file.zone)
    look = Look(now_ms=at_ms, zone=zone_of(preferences.zone), currency=file.currency)
    query = f"?{request.url.query}" if request.url.query else ""
    framed = Frame(
        person=person,
        preferences=preferences,
        look=look,
        counts=bar.counts,
        saved_views=tuple(saved_view(view) for view in kept.table.views(person.login)),
        trouble=trouble_words(state, look),
        filling=filling_words(state),
        address=request.url.path + query,
        said=said_of(request),
        etag=request.headers.get("if-none-match", ""),
        takes_gzip="gzip" in request.headers.get("accept-encoding", ""),
        is_posted=request.method == "POST",
    )
    return with_tiers(framed, state.tiers)


def _top_bar(request: Request) -> TopBar:
    state = request.app.state
    if not hasattr(state, "top_bar"):
        state.top_bar = TopBar()
    found: TopBar = state.top_bar
    return found


def saved_view(view: View) -> ListView:
    """A view of the workspace as a tab."""
    address = address_of(QueryParams(view.query), {}, "")
    return ListView(
        name=f"{SAVED}{view.id}", label=view.name, request=address.request, columns=address.columns, is_saved=True
    )


def trouble_words(state: BookState, look: Look) -> str:
    """What is broken, what still holds, what is off; "" while all is well."""
    if not state.trouble:
        return ""
    since = f" since {look.instant(state.trouble_since_ms)}" if state.trouble_since_ms else ""
    of = f"These are the scores of {look.clock(state.as_of_ms)}; scoring itself goes on. " if state.as_of_ms else ""
    return f"Redis does not answer{since}. {of}Acting is off until it returns; it is tried again every few seconds."


def filling_words(state: BookState) -> str:
    """How far the book is while it is being filled; "" once it is whole."""
    if state.is_whole:
        return ""
    return f"The book is being filled: {state.accounts:,} accounts are here so far. Sums and ranks are of these alone."


def with_tiers(framed: Frame, tiers: tuple[tuple[str, float], ...]) -> Frame:
    """The same with the model's tiers, the worst first."""
    return replace(framed, look=replace(framed.look, tiers=tiers)) if tiers else framed


Framed = Annotated[Frame, Depends(frame)]
"""A parameter of a page's route: `async def page(framed: Framed, asked: Asked)`."""
